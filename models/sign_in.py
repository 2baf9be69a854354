"""How signing in to a mailbox goes."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UtcDateTime


class SignIn(Base):
    """Refusals by the server, and tokens that only the key in the configuration opens."""

    __tablename__ = "sign_in"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"), primary_key=True)
    #: Rises with every change of ``sealed``: what a refresh is saved against.
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Fingerprint of the settings that the tokens were obtained with; others do not use them.
    belongs_to: Mapped[str] = mapped_column(String(64), default="")
    #: Access and refresh token, encrypted (Fernet).
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: When the access token was obtained, and when it ends.
    obtained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the refresh token was issued; None where there is none.
    renewable_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Who asks for new tokens at present, and until when others wait for it.
    claimed_by: Mapped[str] = mapped_column(String(100), default="")
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Refusals of the present secret in a row.
    refusals: Mapped[int] = mapped_column(default=0)
    #: What was refused, salted and hashed: another secret is tried at once.
    refused: Mapped[str] = mapped_column(String(200), default="")
    #: When the next try may be made; None with refusals means not before a person acts.
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The sentence that says why, and what to do.
    reason: Mapped[str] = mapped_column(Text, default="")
