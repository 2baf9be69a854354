"""Evidence as it lies in JSON columns: ``[[kind, text], ...]``."""

from collections.abc import Iterable, Sequence

from triage.core.message import Evidence

#: Kinds of the reasons that a model gives for an account; all others are evidence.
HINT_KINDS = frozenset({"model", "others", "unproven"})


def load_evidence(stored: Sequence[Sequence[str]] | None) -> tuple[Evidence, ...]:
    """Return the reasons of a column; none for a column that was never filled."""
    return tuple(Evidence(kind=kind, text=text) for kind, text in stored or ())


def dump_evidence(reasons: Iterable[Evidence]) -> list[list[str]]:
    """Return the reasons as they are stored."""
    return [[reason.kind, reason.text] for reason in reasons]
