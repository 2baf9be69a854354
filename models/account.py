"""Customer organisations, their projects, and the evidence that names them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Account(Base):
    """A customer organisation. Rows are never deleted, only archived."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The name in the configuration, such as ``acme``.
    key: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Project(Base):
    """A project of one account."""

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    key: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EvidenceRule(Base):
    """A fact that names an account or a project: a contact, a domain, a code and so on."""

    __tablename__ = "evidence_rule"
    __table_args__ = (
        UniqueConstraint(
            "kind", "value", "account_id", "project_id", "source", "valid_from", name="uq_evidence_rule_fact"
        ),
        Index(None, "kind", "value"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    #: Null for a fact about the account as a whole.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    #: contact, domain, plus_address, list_id, code, alias.
    kind: Mapped[str] = mapped_column(String(20))
    #: Compared in lower case.
    value: Mapped[str] = mapped_column(String(320))
    #: config, or person for what was learned from a confirmation.
    source: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
