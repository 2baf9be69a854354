"""One measured figure over one corpus: the row that every corpus benchmark returns."""

from typing import NamedTuple


class CorpusRow(NamedTuple):
    """A figure with what it is held against.

    Attributes:
        name: What was measured.
        corpus: Over which corpus.
        n: How many messages, lines or cases it covers.
        value: The figure.
        target: What it must reach; None when it is only reported.
        unit: Such as ``share`` or ``ms``.
    """

    name: str
    corpus: str
    n: int
    value: float
    target: float | None
    unit: str
