"""Access tokens of people and plugins, and the accounts each may see."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Token(Base):
    """A bearer token. Only its SHA-256 is kept: the token itself has 256 random bits."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    #: Sees every account, and threads whose account is not known.
    sees_all: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Grant(Base):
    """An account that a token may see."""

    __tablename__ = "grant"

    token_id: Mapped[int] = mapped_column(ForeignKey("token.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
