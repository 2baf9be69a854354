"""Dates that are not legal and have one meaning."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.mailbox.mime.mail_parser import legal_date
from triage.mailbox.mime.sent_at import is_plausible, plain_date, repaired_date

MOMENT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 2 Mar 2026 9:30:00 +0100",
        "Mon, 02 Mar 2026 09:30 +0100",
        "Monday, 2 March 2026 09:30:00 +01:00",
        "2-Mar-2026 09.30.00 GMT+1",
        "Mon, 2 Mar 2026 9:30:00 AM +0100",
        "Mon Mar  2 09:30:00 +0100 2026",
        "March 2, 2026 at 9:30 AM +0100",
        "2026-03-02T09:30:00.123+01:00",
        "2026/03/02 Mon 03:30:00 EST",
        "RANDOM_Mon, 2 Mar 2026 09:30:00 +0100",
        "Mo, 2 Mar 2026 09:30:00 +0100 (CET)",
        "Mon, 2 Mar 0126 9:30:00 +0100",
    ],
)
def test_the_instant_is_read(value: str) -> None:
    assert repaired_date(value) == (MOMENT, "date:repaired")


@pytest.mark.parametrize("value", ["Mon, 2 Mar 2026 8:30:00", "2026-03-02 08:30", "Mon Mar  2 08:30:00 2026"])
def test_without_a_zone_it_is_taken_as_utc_and_flagged(value: str) -> None:
    assert repaired_date(value) == (MOMENT, "date:no_zone")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "02/03/2026 09:30",
        "31 Feb 2026 09:30 +0100",
        "Mon, 2 Mar 2026 25:30:00 +0100",
        "Mon, 2 Mar 2026 09:30:00 +9999",
        "Mon, 2 Mar 2026",
        "Mon, 2 Foo 2026 09:30:00 +0100",
        "2 Mar 9999 09:30:00 +0100",
    ],
)
def test_what_has_no_or_two_meanings_is_no_date(value: str) -> None:
    assert repaired_date(value) == (None, "date:unreadable")


@given(st.text(alphabet="0123456789:-+/ ,.MonMarGTZ(", max_size=250))
def test_any_text_gives_an_aware_instant_or_none(value: str) -> None:
    moment, defect = repaired_date(value)

    assert defect.startswith("date:")
    assert moment is None or (moment.tzinfo is UTC and is_plausible(moment))


@st.composite
def date_fields(draw: st.DrawFn) -> str:
    """Draw dates near the plain form, a good part of them not legal."""
    weekday = draw(st.sampled_from(["Mon, ", "Sun, ", "", "Mon,", "mon, ", "Montag, "]))
    day = draw(st.sampled_from(["1", "02", "29", "30", "31", "0", "32"]))
    month = draw(st.sampled_from(["Jan", "Feb", "feb", "Dec", "Mai"]))
    year = draw(st.sampled_from(["2024", "2026", "1900", "2099", "1899", "0102", "26", "02026"]))
    clock = draw(
        st.sampled_from(["00:00:00", "23:59:60", "24:00:00", "9:30:00", "09:30", "09:60:00", "12:34:56"])
    )
    zone = draw(st.sampled_from(["+0000", "-0000", "+0130", "-9959", "+0060", "+100", "GMT", "Z", ""]))
    rest = draw(st.sampled_from(["", " (CET)", " (a (b))", " ", "(GMT)", " CET", "\t(UTC)"]))
    return f"{weekday}{day} {month} {year} {clock} {zone}{rest}"


@given(date_fields())
@example("2 Mar 2026 09:30:00 +0060")
@example("2 Mar 2026 09:30:60 +0000")
@example("2 Mar 2026 24:00:00 +0000")
@example("2 Mar 2026 09:30:00+0000")
@example("2 Mar 1899 09:30:00 +0000")
@example("2 Mar 0102 09:30:00 +0000")
@example("31 Feb 2026 09:30:00 +0000")
@example("2 Mar 2026 09:30:00 +0100 (a) b")
def test_plain_date_is_read_as_mail_parser_reads_it(value: str) -> None:
    assert plain_date(value) in {None, legal_date(value)}


@pytest.mark.parametrize("value", ["Mon, 02 Mar 2026 09:30:00 +0100", "2 Mar 2026 09:30:00 +0100 (CET)"])
def test_common_form_of_a_date_is_plain(value: str) -> None:
    assert plain_date(value) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
