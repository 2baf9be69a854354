import json
from typing import Any

import pytest
from typer.testing import CliRunner

from triage.cli.sla import app
from triage.cli.sla_lines import answer_line

OFFICE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "week": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}


def ask(**question: object) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(answer_line(json.dumps(question).encode(), 1).text)
    return answer


def run(*lines: str, arguments: tuple[str, ...] = ("calc",)) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, arguments, input="\n".join(lines) + "\n")
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_minutes_are_answered_with_due_time_and_segments() -> None:
    answer = ask(schedule=OFFICE, start="2026-03-27T16:30:00+01:00", minutes=60)

    assert answer == {
        "due": "2026-03-30T07:30:00Z",
        "segments": [
            {"kind": "open", "from": "2026-03-27T15:30:00Z", "to": "2026-03-27T16:00:00Z"},
            {"kind": "closed", "from": "2026-03-27T16:00:00Z", "to": "2026-03-30T07:00:00Z"},
            {"kind": "open", "from": "2026-03-30T07:00:00Z", "to": "2026-03-30T07:30:00Z"},
        ],
    }


def test_an_end_is_answered_with_seconds() -> None:
    assert ask(schedule=OFFICE, start="2026-03-27T15:30:00Z", end="2026-03-30T07:30:00Z") == {"seconds": 3600}


def test_pauses_and_exceptions_are_taken_out() -> None:
    schedule = OFFICE | {"exceptions": {"2026-04-02": [["12:00", "17:00"]], "2026-04-03": []}}
    pauses = [["2026-04-01T10:00:00+02:00", "2026-04-01T20:00:00+02:00"]]

    answer = ask(schedule=schedule, start="2026-04-01T09:00:00+02:00", minutes=7 * 60, pauses=pauses)

    assert answer["due"] == "2026-04-06T08:00:00Z"
    assert sum(segment["kind"] == "exception" for segment in answer["segments"]) == 3
    assert sum(segment["kind"] == "paused" for segment in answer["segments"]) == 1


def test_a_holiday_is_named() -> None:
    schedule = OFFICE | {"holidays": {"2026-04-03": "Good Friday"}}

    answer = ask(schedule=schedule, start="2026-04-02T17:00:00+02:00", minutes=1)

    assert {"kind": "holiday", "name": "Good Friday"}.items() <= answer["segments"][1].items()


@pytest.mark.parametrize("names", [("mon", "tue"), ("Monday", "TUESDAY"), ("1", "2"), ("Mond", "tues")])
def test_weekdays_may_be_written_in_several_ways(names: tuple[str, str]) -> None:
    week = {name: [["00:00", "24:00"]] for name in names}

    answer = ask(
        schedule={"zone": "UTC", "week": week}, start="2026-03-01T00:00:00Z", end="2026-03-08T00:00:00Z"
    )

    assert answer == {"seconds": 2 * 86_400}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": "2026-03-27T16:30:00"}, "no offset"),
        ({"start": "yesterday"}, "no instant"),
        ({"start": None}, '"start" is missing'),
        ({"end": "2026-03-28T00:00:00Z"}, 'either "minutes" or "end"'),
        ({"minutes": "60"}, "no number"),
        ({"minutes": True}, "no number"),
        ({"minutes": -1}, "negative"),
        ({"minutes": 0.001}, "whole seconds"),
        ({"minutes": 1e300}, ""),
        ({"pauses": 5}, '"pauses" is no list'),
        ({"pauses": [["2026-03-27T16:30:00Z"]]}, "no [from, to]"),
        ({"pauses": [["2026-03-28T16:30:00Z", "2026-03-27T16:30:00Z"]]}, "pause ends before"),
        ({"schedule": None}, '"schedule" is missing'),
        ({"schedule": {"week": {}}}, '"zone" is missing'),
        ({"schedule": OFFICE | {"zone": "Mars/Olympus"}}, "unknown zone"),
        ({"schedule": OFFICE | {"week": {}}}, "never opens"),
        ({"schedule": OFFICE | {"week": []}}, '"week" is no object'),
        ({"schedule": OFFICE | {"week": {"someday": []}}}, "no weekday"),
        ({"schedule": OFFICE | {"week": {"mon": "09:00"}}}, "no list"),
        ({"schedule": OFFICE | {"week": {"mon": [["9", "17:00"]]}}}, "not a time of day"),
        ({"schedule": OFFICE | {"exceptions": {"Easter": []}}}, "no date"),
        ({"schedule": OFFICE | {"exception": {}}}, "unknown key 'exception'"),
    ],
)
def test_what_cannot_be_answered_says_why(change: dict[str, object], words: str) -> None:
    answer = ask(**{"schedule": OFFICE, "start": "2026-03-27T16:30:00Z", "minutes": 60, **change})

    assert set(answer) == {"error", "line"}
    assert words in answer["error"]


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"schedule": {"zone": "UTC"}', "\xff"])
def test_a_line_that_is_no_question_is_an_error_in_its_place(line: str) -> None:
    question = json.dumps({"schedule": OFFICE, "start": "2026-03-27T15:30:00Z", "minutes": 0})

    status, answers = run(question, line, "", question)

    assert status == 1
    assert [sorted(answer) for answer in answers] == [
        ["due", "segments"],
        ["error", "line"],
        ["due", "segments"],
    ]
    assert answers[1]["line"] == 2


def test_an_id_comes_back_and_other_keys_are_left_alone() -> None:
    answer = ask(id=7, note="x", schedule=OFFICE, start="2026-03-27T15:30:00Z", end="2026-03-27T15:30:01Z")

    assert answer == {"id": 7, "seconds": 1}


def test_all_answered_is_success() -> None:
    question = json.dumps({"schedule": OFFICE, "start": "2026-03-27T15:30:00Z", "minutes": 0.5})

    status, answers = run(question, arguments=("calc", "--no-segments"))

    assert (status, answers) == (0, [{"due": "2026-03-27T15:30:30Z"}])
