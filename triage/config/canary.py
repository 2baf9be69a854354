"""Test mails to ourselves, and the mail server that takes them."""

from typing import Self

from pydantic import Field, model_validator

from triage.config.section import Secret, Section
from triage.config.security import Security
from triage.config.value import EmailAddress, FilePath, Key, Text, WrongValueError


class SmtpConfig(Section):
    """A mail server that takes mail of ours."""

    host: Text
    port: int = Field(default=465, ge=1, le=65535)
    #: ``plain`` is for a server on this machine only.
    security: Security = Security.TLS
    user: Text | None = None
    password: Secret | None = None
    #: Certificates (PEM) to trust in place of the system's.
    ca_file: FilePath | None = None

    @model_validator(mode="after")
    def _has_whole_sign_in(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise WrongValueError(
                "A sign-in needs both user and password.",
                "Write both, or neither for a server that asks none.",
            )
        return self


class CanaryConfig(Section):
    """Test mails to ourselves: whether mail reaches a mailbox at all."""

    #: Name of a mailbox.
    mailbox: Key
    #: An address of ours whose mail arrives in that mailbox.
    to: EmailAddress
    #: An address of ours that the mail server lets us send from.
    sender: EmailAddress
    every_minutes: int = Field(default=10, ge=2, le=1440)
    smtp: SmtpConfig
