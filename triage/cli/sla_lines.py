"""One line of ``triage sla calc``: JSON to a question, its answer to JSON."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

import orjson

from triage.core.business_time import Pause, add, elapsed
from triage.core.errors import InvalidSchedule
from triage.core.schedule import LocalInterval, Schedule, SpecialDay

#: A program asks many questions about few schedules; so many are kept ready.
_SCHEDULES_REMEMBERED = 512

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_NAME = 3
_PAIR = 2
_MINUTE = 60

_SCHEDULE_KEYS = frozenset({"zone", "week", "exceptions", "holidays"})


class Answer(NamedTuple):
    """A line of output, with its line break."""

    text: bytes
    is_error: bool


class _Unanswerable(Exception):
    """The line is not a question. Never leaves this file."""


def answer_line(line: bytes, number: int, *, with_segments: bool = True) -> Answer:
    """Return the answer to one line, or an object that says what is wrong with it.

    Args:
        number: Of the line, from 1, for the error.
    """
    try:
        question = _object(line)
        content, is_error = _answer(question, with_segments=with_segments), False
        if "id" in question:
            content = {"id": question["id"], **content}
    except (InvalidSchedule, ValueError, OverflowError, _Unanswerable) as err:
        content, is_error = {"error": str(err), "line": number}, True
    return Answer(orjson.dumps(content, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE), is_error)


def _answer(question: Mapping[str, object], *, with_segments: bool) -> dict[str, object]:
    schedule = _remembered_schedule(orjson.dumps(question.get("schedule")))
    start = _instant(question, "start")
    pauses = tuple(_pauses(question.get("pauses") or []))
    if ("minutes" in question) == ("end" in question):
        raise _Unanswerable('give either "minutes" or "end"')
    if "end" in question:
        return {"seconds": elapsed(schedule, start, _instant(question, "end"), pauses)}
    due = add(schedule, start, _seconds(question["minutes"]), pauses)
    answer: dict[str, object] = {"due": due.at}
    if with_segments:
        answer["segments"] = [
            {"kind": segment.kind, "from": segment.start, "to": segment.end}
            | ({"name": segment.name} if segment.name else {})
            for segment in due.segments
        ]
    return answer


def _object(line: bytes) -> Mapping[str, object]:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as err:
        raise _Unanswerable(f"not JSON: {err}") from err
    if not isinstance(content, dict):
        raise _Unanswerable("a question is a JSON object")
    return content


@lru_cache(maxsize=_SCHEDULES_REMEMBERED)
def _remembered_schedule(text: bytes) -> Schedule:
    content = orjson.loads(text)
    if not isinstance(content, dict):
        raise _Unanswerable('"schedule" is missing or no object')
    unknown = sorted(set(content) - _SCHEDULE_KEYS)
    if unknown:
        raise _Unanswerable(
            f"unknown key {unknown[0]!r} in the schedule; known are {', '.join(sorted(_SCHEDULE_KEYS))}"
        )
    zone = content.get("zone")
    if not isinstance(zone, str):
        raise _Unanswerable('"zone" is missing; give an IANA name such as "Europe/Berlin"')
    days: list[tuple[LocalInterval, ...]] = [()] * len(_WEEKDAYS)
    for name, intervals in _mapping(content, "week").items():
        weekday = _weekday(name)
        days[weekday] = (*days[weekday], *_intervals(intervals, name))
    exceptions = {
        _date(name): SpecialDay(intervals=_intervals(intervals, name))
        for name, intervals in _mapping(content, "exceptions").items()
    }
    holidays = {_date(name): str(title) for name, title in _mapping(content, "holidays").items()}
    return Schedule(zone=zone, week=tuple(days), special_days=exceptions, holidays=holidays)


def _mapping(content: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = content.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Unanswerable(f'"{key}" is no object')
    return value


def _weekday(name: str) -> int:
    folded = name.strip().lower()
    if folded in {"1", "2", "3", "4", "5", "6", "7"}:
        return int(folded) - 1
    for index, weekday in enumerate(_WEEKDAYS):
        if len(folded) >= _SHORTEST_NAME and weekday.startswith(folded):
            return index
    raise _Unanswerable(f"{name!r} is no weekday; write mon to sun, or 1 (Monday) to 7")


def _intervals(value: object, where: str) -> tuple[LocalInterval, ...]:
    if not isinstance(value, list):
        raise _Unanswerable(f"the hours of {where!r} are no list of [from, to]")
    return tuple(LocalInterval.parse(*_pair(item, where)) for item in value)


def _pair(value: object, where: str) -> tuple[str, str]:
    match value:
        case [str(first), str(second)]:
            return first, second
        case _:
            raise _Unanswerable(f"in {where!r}: {value!r} is no [from, to]")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise _Unanswerable(f"{text!r} is no date; write YYYY-MM-DD") from err


def _pauses(value: object) -> list[Pause]:
    if not isinstance(value, list):
        raise _Unanswerable('"pauses" is no list of [from, to]')
    pairs = (_pair(item, "pauses") for item in value)
    return [(_parse(first, "pauses"), _parse(second, "pauses")) for first, second in pairs]


def _instant(question: Mapping[str, object], key: str) -> datetime:
    value = question.get(key)
    if not isinstance(value, str):
        raise _Unanswerable(f'"{key}" is missing or no text; write 2026-03-27T16:30:00+01:00')
    return _parse(value, key)


def _parse(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise _Unanswerable(f"in {where!r}: {text!r} is no instant; write 2026-03-27T16:30:00+01:00") from err
    if moment.tzinfo is None:
        raise _Unanswerable(f"in {where!r}: {text!r} has no offset; add Z or one such as +01:00")
    return moment


def _seconds(minutes: object) -> int:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise _Unanswerable('"minutes" is no number')
    seconds = minutes * _MINUTE
    if seconds != int(seconds):
        raise _Unanswerable('"minutes" do not come to whole seconds')
    return int(seconds)
