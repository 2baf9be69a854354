from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from triage.demo.compose import DemoMail, compose
from triage.demo.letter import Kind, Style
from triage.demo.story import STORIES, message_ids, stories

#: A Saturday evening, a Monday before office hours, the Sundays of both clock changes, New Year.
MOMENTS = [
    datetime(2026, 11, 21, 21, 0, tzinfo=UTC),
    datetime(2026, 11, 23, 0, 5, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 59, tzinfo=UTC),
    datetime(2027, 1, 1, 12, 0, tzinfo=UTC),
    datetime(2026, 6, 17, 14, 30, 15, 250, tzinfo=UTC),
]
NOW = MOMENTS[0]


def _read(mail: DemoMail) -> EmailMessage:
    return message_from_bytes(mail.content, policy=policy.default)


def test_same_instant_gives_the_same_bytes() -> None:
    assert stories(NOW) == stories(NOW)


def test_message_ids_are_unique() -> None:
    ids = [_read(mail)["Message-ID"] for mail in stories(NOW)]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_every_letter_comes_after_the_one_before_it_and_before_now(now: datetime) -> None:
    for story in STORIES:
        at = [mail.received_at for mail in compose(story, now=now, ids=message_ids(now))]

        assert at == sorted(at), story.name
        assert at[-1] <= now, story.name


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_mail_covers_about_three_weeks(now: datetime) -> None:
    mails = stories(now)

    assert timedelta(days=18) < now - mails[0].received_at < timedelta(days=26)
    assert 55 <= len(STORIES) <= 65


def test_many_stories_wait_for_us_at_any_hour() -> None:
    minutes = [
        story
        for story in STORIES
        if story.letters[-1].when.endswith("m")
        and story.letters[-1].kind is Kind.LETTER
        and not story.letters[-1].sender.is_ours
    ]
    waiting = [
        story
        for story in STORIES
        if not story.letters[-1].sender.is_ours and story.letters[-1].kind is Kind.LETTER
    ]

    assert len(minutes) >= 10
    assert len(waiting) >= 25


def test_every_kind_and_style_of_mail_is_there() -> None:
    letters = [letter for story in STORIES for letter in story.letters]

    assert {letter.kind for letter in letters} == set(Kind)
    assert {letter.style for letter in letters} == set(Style)
    assert any(letter.files for letter in letters)
    assert any(letter.list_id for letter in letters)


def test_sent_folder_holds_what_the_desk_wrote_itself() -> None:
    folders = Counter((mail.folder, "nordlicht.example" in _read(mail)["From"]) for mail in stories(NOW))

    assert folders["Sent", False] == 0
    assert folders["Sent", True] > 30
    assert 2 <= folders["INBOX", True] <= 5  # a colleague's copies, and the mail system


def _story(name: str) -> tuple[EmailMessage, ...]:
    story = next(story for story in STORIES if story.name == name)
    return tuple(_read(mail) for mail in compose(story, now=NOW, ids=message_ids(NOW)))


def test_reply_names_all_letters_before_it() -> None:
    first, second, third = _story("berth-overlap")

    assert second["In-Reply-To"] == first["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]


def test_reply_from_a_phone_names_nothing() -> None:
    first, second = _story("versandkosten")

    assert second["References"] is None
    assert second["Subject"] == f"Re: {first['Subject']}"


def test_wrong_customer_refers_to_another_customers_mail() -> None:
    (wrong,) = _story("weiterleitung")
    other = _story("ledger-closing")[1]

    assert wrong["In-Reply-To"] == other["Message-ID"]
    assert wrong["From"].addresses[0].domain == "kessler-brau.example"


def test_bounce_names_what_came_back_and_from_whom() -> None:
    _, ours, bounce = _story("wartungsfenster")

    assert bounce.get_content_type() == "multipart/report"
    assert bounce.get_param("report-type") == "delivery-status"
    assert "kurz@solaris-energie.example" in str(bounce)
    assert ours["Message-ID"] in str(bounce)


def test_invitation_asks_for_an_answer() -> None:
    (invitation,) = _story("portal-steering")
    part = next(part for part in invitation.walk() if part.get_content_type() == "text/calendar")

    assert part.get_param("method") == "REQUEST"
    assert "BEGIN:VEVENT" in part.get_content()


def test_outlook_mail_quotes_below_german_headings() -> None:
    *_, last = _story("pfand")
    html = last.get_body(("html",))

    assert html is not None
    assert "<b>Gesendet:</b>" in html.get_content()
    assert last["Subject"].startswith("AW: ")


def test_mail_is_well_formed() -> None:
    for mail in stories(NOW):
        message = _read(mail)
        name = message["Message-ID"]

        assert [part.defects for part in message.walk() if part.defects] == [], name
        assert message["From"], name
        assert message["To"], name
        assert message["Date"].datetime <= mail.received_at, name
        assert max(map(len, mail.content.splitlines())) < 998, name
        assert b"\n" not in mail.content.replace(b"\r\n", b""), name
