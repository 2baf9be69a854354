import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cursor import Cursor, decode_cursor
from triage.core.errors import InvalidCursor
from triage.core.ids import ThreadId
from triage.core.queue_entry import View

INSTANT = datetime(2026, 3, 11, 9, 30, 0, 123456, tzinfo=UTC)


def packed(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@given(
    view=st.sampled_from(View),
    segment=st.integers(0, 5),
    instants=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=3),
    thread_id=st.integers(0, 2**63 - 1),
)
def test_a_cursor_survives_its_text(
    view: View, segment: int, instants: list[datetime], thread_id: int
) -> None:
    cursor = Cursor(view=view, segment=segment, instants=tuple(instants), thread_id=ThreadId(thread_id))

    assert decode_cursor(cursor.encode(), view=view) == cursor


def test_an_instant_of_another_zone_comes_back_in_utc() -> None:
    berlin = INSTANT.astimezone(timezone(timedelta(hours=1)))
    cursor = Cursor(view=View.ALL, segment=0, instants=(berlin,), thread_id=ThreadId(1))

    decoded = decode_cursor(cursor.encode(), view=View.ALL)

    assert decoded.instants[0].tzinfo is UTC
    assert decoded.instants[0] == INSTANT


def test_a_cursor_does_not_move_to_another_view() -> None:
    cursor = Cursor(view=View.ALL, segment=0, instants=(), thread_id=ThreadId(1))

    with pytest.raises(InvalidCursor, match="another view"):
        decode_cursor(cursor.encode(), view=View.PENDING)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "!!!!",
        "é",
        "A" * 401,
        packed("text"),
        packed(["pending", 0, []]),
        packed(["pending", "0", [], 1]),
        packed(["pending", True, [], 1]),
        packed(["pending", -1, [], 1]),
        packed(["pending", 0, [], -1]),
        packed(["pending", 0, [], 2**63]),
        packed(["pending", 0, ["2026-03-11T09:30:00"], 1]),
        packed(["pending", 0, [7], 1]),
        packed(["pending", 0, ["9999-12-31T23:59:59-23:00"], 1]),
        packed(["nowhere", 0, [], 1]),
    ],
)
def test_what_is_not_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(text, view=View.PENDING)


@given(st.text(max_size=60))
def test_decoding_is_total(text: str) -> None:
    try:
        cursor = decode_cursor(text, view=View.PENDING)
    except InvalidCursor:
        return
    assert cursor.view is View.PENDING
