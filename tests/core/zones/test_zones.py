# ruff: noqa: E501, RUF001 (mails as they come: long lines, words of many alphabets)
"""What holds for the zones of every text."""

import os
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.message import Zone, ZoneKind
from triage.core.zones import zone_text
from triage.core.zones.lines import MAX_CHARS, MAX_LINES

#: Seconds of processor time for the largest text that is analysed; far above what it takes.
CPU_LIMIT = 3.0
EXAMPLES = 5_000 if os.environ.get("TRIAGE_LONG") else 150

_PIECES = st.sampled_from(
    [
        "Yes.", "", "> Friday?", ">> When?", "> On 5 May 2020, Ana <ana@example.com> wrote:", "-- ", "Ana Lima", "+49 30 1234567",
        "On 5 May 2020, at 10:00, Ana Lima <ana@example.com> wrote:", "On 5 May 2020, Ana Lima <", "ana@example.com> wrote:", "wrote:",
        "From: ana@example.com", "Sent: 5 May 2020 10:00", "To: ben@example.org,", "Subject: The plan", "-----Original Message-----",
        "---------- Forwarded message ----------", "Sent from my iPhone", "________________________________", "| a | b |", ": quoted",
        "Yes. On 5 May 2020, at 10:00, ana@example.com wrote:", "intended recipient", "\r", "=20", "写道：", "05/05/2020 10:00 AM",
    ]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=400), st.lists(_PIECES, max_size=30).map("\n".join))


def _assert_tiles(text: str, zones: tuple[Zone, ...]) -> None:
    assert "".join(text[zone.start : zone.end] for zone in zones) == text
    assert all(zone.end > zone.start for zone in zones)
    assert all(left.end == right.start for left, right in pairwise(zones))


@settings(max_examples=EXAMPLES, deadline=None)
@given(_TEXTS, st.sampled_from(["", "Re: The plan", "Fwd: The plan"]))
def test_zones_tile_the_text_and_something_is_kept(text: str, subject: str) -> None:
    zoning = zone_text(text, subject=subject)

    _assert_tiles(text, zoning.zones)
    kept = [zone for zone in zoning.zones if zone.kind in {ZoneKind.NEW, ZoneKind.FORWARDED}]
    assert not text.strip() or any(text[zone.start : zone.end].strip() for zone in kept)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    _TEXTS,
    st.lists(st.tuples(st.sampled_from(ZoneKind), st.integers(-5, 500), st.integers(-5, 500)), max_size=5),
)
def test_marks_that_make_no_sense_do_no_harm(text: str, spans: list[tuple[ZoneKind, int, int]]) -> None:
    _assert_tiles(text, zone_text(text, marks=tuple(Zone(*span) for span in spans)).zones)


@settings(max_examples=EXAMPLES, deadline=None)
@given(_TEXTS)
def test_zones_end_after_a_line_break_or_before_an_attribution(text: str) -> None:
    for left, right in pairwise(zone_text(text).zones):
        assert text[left.end - 1] == "\n" or right.kind in {ZoneKind.QUOTE_HEADER, ZoneKind.QUOTED}


def test_empty_text_has_no_zones() -> None:
    assert zone_text("").zones == ()
    assert zone_text("").is_sure


def test_text_of_blank_lines_is_new_and_sure() -> None:
    zoning = zone_text(" \n\n")

    assert zoning.zones == (Zone(ZoneKind.NEW, 0, 3),)
    assert zoning.is_sure


def test_mail_with_nothing_but_a_quote_is_all_new_and_unsure() -> None:
    text = "On 5 May 2020, at 10:00, Ana Lima <ana@example.com> wrote:\n\n> Friday?\n"

    zoning = zone_text(text)

    assert zoning.zones == (Zone(ZoneKind.NEW, 0, len(text)),)
    assert not zoning.is_sure


@pytest.mark.parametrize(
    "text",
    [
        "> Friday?\n" * (MAX_LINES + 10),
        "On 5 May 2020, Ana <ana@example.com> wrote:\n\n" + "x" * (MAX_CHARS + 10),
    ],
    ids=["lines", "characters"],
)
def test_what_lies_beyond_the_caps_is_new_and_unsure(text: str) -> None:
    zoning = zone_text("Yes.\n" + text)

    _assert_tiles("Yes.\n" + text, zoning.zones)
    assert zoning.zones[-1].kind is ZoneKind.NEW
    assert not zoning.is_sure


HOSTILE = {
    "one long line": "a",
    "marks": "> ",
    "marked lines": ">\n",
    "openers": "On 1 May 2020\n",
    "verbs": "wrote:\n",
    "attributions": "On 1 May 2020 x@example.com wrote:\n",
    "attributions without verb": "1.1.2020 10:00 <a@example.com>::\n",
    "torn attributions": "On Mon, 1 <a@example.com> at:\n",
    "from lines": "From: a@example.com\n",
    "recipients": "To: a@example.com,\n\n",
    "dates": "01/02/2020 10:00 PM\nTo: x\n",
    "separators left open": "---------- Forwarded by\n",
    "signature delimiters": "-- \n",
    "phone numbers": "5 5 5 - ",
    "names": "Ana Lima\n",
    "torn lines": "> x\ny\n",
    "spaces": " ",
    "disclaimers": "intended recipient\n\n",
}


@pytest.mark.parametrize("joined", ["", ":\n"], ids=["plain", "colons"])
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_largest_hostile_text_takes_bounded_time(piece: str, joined: str) -> None:
    unit = piece + joined
    text = (unit * (MAX_CHARS // len(unit) + 1))[:MAX_CHARS]

    started = time.process_time()
    zones = zone_text(text, subject="Re: The plan").zones
    spent = time.process_time() - started

    _assert_tiles(text, zones)
    assert spent < CPU_LIMIT
