"""The text of a message cut into what is read, what is folded away and what is dimmed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from triage.core.message import Zone, ZoneKind


class Look(StrEnum):
    """How a stretch of text is shown."""

    PLAIN = "plain"
    QUOTED = "quoted"
    FORWARDED = "forwarded"
    DIM = "dim"


_LOOKS = {
    ZoneKind.NEW: Look.PLAIN,
    ZoneKind.QUOTED: Look.QUOTED,
    ZoneKind.QUOTE_HEADER: Look.QUOTED,
    ZoneKind.FORWARDED: Look.FORWARDED,
    ZoneKind.SIGNATURE: Look.DIM,
    ZoneKind.DISCLAIMER: Look.DIM,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TextBlock:
    """Text of one look, not escaped."""

    look: Look
    text: str

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n") + 1


def text_blocks(text: str, zones: Sequence[Zone]) -> tuple[TextBlock, ...]:
    """Return the blocks of a text in order. A text without zones is one plain block."""
    if not zones:
        zones = (Zone(ZoneKind.NEW, 0, len(text)),)
    blocks = (
        TextBlock(look=look, text=_joined(text, group))
        for look, group in groupby(zones, key=lambda zone: _LOOKS[zone.kind])
    )
    return tuple(block for block in blocks if block.text)


def _joined(text: str, zones: Iterable[Zone]) -> str:
    return "".join(text[zone.start : zone.end] for zone in zones).strip("\n")
