"""Lines that a sender repeats under every mail: signatures that no word list knows.

The caller keeps, for each sender (and for each domain, for disclaimers), how often a trailing line
was seen, and hands over the hashes of those seen in at least three earlier mails.
"""

from hashlib import blake2b

from triage.core.message import Zone, ZoneKind

#: Trailing lines that are looked at, and mails that must have shown one before it counts.
TRAILING_LINES = 12
MIN_REPETITIONS = 3

_LONGEST_LINE = 400
_OWN = frozenset({ZoneKind.NEW, ZoneKind.SIGNATURE, ZoneKind.DISCLAIMER})


def line_hash(words: str) -> int:
    """Return the 63-bit hash of a line, stable across runs and machines; case and spacing do not count."""
    plain = " ".join(words[:_LONGEST_LINE].casefold().split())
    return int.from_bytes(blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1


def trailing_line_hashes(text: str, *, zones: tuple[Zone, ...] = ()) -> tuple[int, ...]:
    """Return the hashes of the last lines of a sender's own text, top to bottom, blank lines left out.

    Args:
        text: The text of the mail.
        zones: Its zones. With them only the sender's own words count: what stands above the first
            quote when there are any, else what stands at the end. Without them the whole text counts.
    """
    own = _own_text(text, zones) if zones else text
    lines = [line for line in own.split("\n") if line.strip()][-TRAILING_LINES:]
    return tuple(line_hash(line) for line in lines)


def _own_text(text: str, zones: tuple[Zone, ...]) -> str:
    runs: list[str] = []
    was_own = False
    for zone in zones:
        is_own = zone.kind in _OWN
        if is_own and was_own:
            runs[-1] += text[zone.start : zone.end]
        elif is_own:
            runs.append(text[zone.start : zone.end])
        was_own = is_own
    return next((run for run in runs if run.strip()), "")
