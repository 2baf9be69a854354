"""What all parts of the configuration share, and how a secret is referred to."""

from typing import Self

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from triage.config.value import FilePath, WrongValueError


class Section(BaseModel):
    """A part of the configuration: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Section):
    """Where a secret is kept. Exactly one key is set."""

    #: Name of an environment variable.
    env: str | None = None
    #: A file that holds the secret and nothing else; relative to the configuration file.
    file: FilePath | None = None
    #: The secret itself; refused unless ``allow_inline_secrets`` is true.
    plain: SecretStr | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(way is not None for way in (self.env, self.file, self.plain)) != 1:
            raise WrongValueError(
                "A secret needs exactly one of env, file and plain.",
                "Write {env: NAME_OF_VARIABLE} or {file: path/to/secret}.",
            )
        return self
