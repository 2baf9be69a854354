"""Sign-in to mailboxes by tokens of Microsoft and Google."""

import re
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from triage.config.section import Secret, Section
from triage.config.value import Text, WrongValueError

_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class MicrosoftConfig(Section):
    """An application registered at Microsoft; without a secret a person signs in once with a code."""

    #: Directory (tenant) ID, or one of its domains.
    tenant: Text = Field(pattern=r"^[A-Za-z0-9.-]+$")
    #: Application (client) ID.
    client_id: str
    #: Lets the application sign in by itself (client credentials).
    client_secret: Secret | None = None
    #: Another cloud than the worldwide one.
    authority: str = "https://login.microsoftonline.com"

    @field_validator("client_id")
    @classmethod
    def _is_guid(cls, client_id: str) -> str:
        if not _GUID.fullmatch(client_id):
            raise WrongValueError(
                "This is not an application (client) ID.",
                "Copy it from the app registration at Microsoft; docs/sign-in.md says where it is.",
            )
        return client_id

    @field_validator("authority")
    @classmethod
    def _is_safe(cls, authority: str) -> str:
        parts = urlsplit(authority)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/"):
            raise WrongValueError(
                "This is not the address of a Microsoft cloud.",
                "Write https:// and a host, such as https://login.microsoftonline.us.",
            )
        return authority.rstrip("/")


class GoogleConfig(Section):
    """An application or a service account of Google. Exactly one key is set."""

    #: Client file of an application of the type "desktop app"; a person agrees once in a browser.
    client: Secret | None = None
    #: Key file of a service account with domain-wide delegation; no person is needed.
    service_account: Secret | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.client is None) == (self.service_account is None):
            raise WrongValueError(
                "google needs exactly one of client and service_account.",
                "Write client: {file: secrets/google-client.json}.",
            )
        return self
