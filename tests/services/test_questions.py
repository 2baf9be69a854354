from datetime import datetime, timedelta
from pathlib import Path

from tests.services.desk import Desk
from triage.services.correct import Correction, correct
from triage.services.questions import open_questions
from triage.store.threads import messages_of


def newest(desk: Desk) -> datetime:
    with desk.database.read() as connection:
        found = messages_of(connection, desk.truth)
    return max(one.facts.received_at for some in found.values() for one in some)


def test_five_questions_about_recent_threads_without_a_project(desk: Desk, folder: Path) -> None:
    now = newest(desk)

    found = open_questions(desk.database, desk.practice, folder, now=now)

    assert len(found) == 5
    assert [one.value for one in found] == sorted((one.value for one in found), reverse=True)
    asked = [thread for one in found for thread in one.threads]
    assert len(asked) == len(set(asked))
    with desk.database.read() as connection:
        starts = [some[0].facts.received_at for some in messages_of(connection, asked).values()]
    assert min(starts) >= now - timedelta(days=14)


def test_answers_of_today_count_and_a_day_later_there_are_five_again(desk: Desk, folder: Path) -> None:
    now = newest(desk).replace(hour=12)
    (first, *_) = open_questions(desk.database, desk.practice, folder, now=now)
    thread = first.threads[0]
    answer = Correction(thread=thread, project=desk.company.customers[0].projects[0].key)
    if first.account != 1:
        answer = Correction(thread=thread, project=desk.company.customers[1].projects[0].key)

    correct(desk.database, desk.practice, [answer], actor="anna", now=now)
    after = open_questions(desk.database, desk.practice, folder, now=now)
    tomorrow = open_questions(desk.database, desk.practice, folder, now=now + timedelta(days=1))

    assert len(after) == 4
    assert thread not in [one for question in after for one in question.threads]
    assert len(tomorrow) == 5
