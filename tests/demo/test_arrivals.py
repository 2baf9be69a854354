from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

from triage.demo.arrivals import arrivals
from triage.demo.story import stories

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


def test_first_mail_comes_soon_and_the_others_every_few_seconds() -> None:
    first, *others = arrivals(NOW)

    assert 5 <= first.delay_seconds <= 12
    assert all(15 <= arrival.delay_seconds <= 25 for arrival in others)
    assert len(others) >= 12


def test_mail_carries_the_time_of_its_arrival() -> None:
    elapsed = timedelta(0)
    for arrival in arrivals(NOW):
        elapsed += timedelta(seconds=arrival.delay_seconds)

        assert arrival.mail.received_at == NOW + elapsed


def test_answers_continue_conversations_that_are_there() -> None:
    known = {message_from_bytes(mail.content)["Message-ID"] for mail in stories(NOW)}
    continued = set()
    for arrival in arrivals(NOW):
        message = message_from_bytes(arrival.mail.content, policy=policy.default)
        earlier = set((message["References"] or "").split())
        assert earlier <= known
        continued |= earlier
        known.add(message["Message-ID"])

    assert len(continued) >= 6


def test_both_questions_and_answers_come() -> None:
    folders = {arrival.mail.folder for arrival in arrivals(NOW)}

    assert folders == {"INBOX", "Sent"}
