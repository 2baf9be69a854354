"""Instants: aware, in UTC, whole seconds where they are compared with due times."""

from datetime import UTC, datetime


def as_utc(moment: datetime) -> datetime:
    """Return the instant in UTC.

    Raises:
        ValueError: If the datetime is naive: a local time without a zone is not an instant.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime is not an instant; attach its zone first")
    return moment.astimezone(UTC)
