"""Zones of a mail's text: the sender's new words apart from quotes, forwards and signatures.

Nothing is deleted: every character stays in exactly one zone, in order. The rules prefer keeping too
much as new over losing a customer's words, and when nothing would be new, everything is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from triage.core.message import Address, Zone
from triage.core.zones.assembly import read_zones
from triage.core.zones.repetition import MIN_REPETITIONS, line_hash, trailing_line_hashes

__all__ = ["MIN_REPETITIONS", "Zoning", "line_hash", "trailing_line_hashes", "zone_text"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Zoning:
    """The zones of a text.

    Attributes:
        zones: They tile the text in order: each begins where the one before ends.
        is_sure: False when the zoner called the text new because nothing else was left of it, or
            because the text went past the caps.
    """

    zones: tuple[Zone, ...]
    is_sure: bool


def zone_text(
    text: str,
    *,
    marks: tuple[Zone, ...] = (),
    sender: Address | None = None,
    subject: str = "",
    repeated_lines: frozenset[int] | Callable[[int], bool] = frozenset(),
) -> Zoning:
    r"""Say for every part of a text what it is.

    Zones end after a line break, except where an answer and the attribution of the quote share a line.

    Args:
        text: The display text, with ``\n`` as line break.
        marks: Spans that the HTML reader knows from the marks of mail programs; what they cover is not
            judged again.
        sender: Whose name a signature may carry.
        subject: Tells a forward ("Fw:") from a reply.
        repeated_lines: Hashes (or a test of a hash) of trailing lines seen in at least
            ``MIN_REPETITIONS`` earlier mails of this sender, or of other senders of the same domain.

    Returns:
        The zones; none for an empty text.

    Source: ADR-free rules of design.md section 3; RFC 3676 sections 4.3 and 4.5 for quotes and signatures.
    """
    is_repeated = repeated_lines.__contains__ if isinstance(repeated_lines, frozenset) else repeated_lines
    zones, is_sure = read_zones(
        text,
        marks=marks,
        sender=sender,
        subject=subject,
        is_repeated=None if repeated_lines == frozenset() else is_repeated,
    )
    return Zoning(zones=zones, is_sure=is_sure)
