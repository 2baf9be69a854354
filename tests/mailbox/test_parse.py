"""Reading of whole messages: every repair has a fixture in tests/messages, and none may raise."""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.promises import check
from triage.core.message import CalendarMethod, Message, MessageClass, ZoneKind
from triage.mailbox.fetched import Fetched, pack, unpack
from triage.mailbox.parse import read_fetched, read_message, reduce_message

RECEIVED_AT = datetime(2026, 3, 2, 8, 31, tzinfo=UTC)
FOLDER = Path(__file__).parents[1] / "messages"
FILES = sorted(FOLDER.glob("*.eml"))
EXAMPLES = 5_000 if os.environ.get("TRIAGE_LONG") else 150


def read(name: str) -> Message:
    return read_message((FOLDER / f"{name}.eml").read_bytes(), received_at=RECEIVED_AT)


def header(**fields: str) -> bytes:
    return (
        "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_fixture_is_read_soundly(file: Path) -> None:
    check(read_message(file.read_bytes(), received_at=RECEIVED_AT))


@pytest.mark.parametrize(
    ("name", "name_shown", "email", "defects"),
    [
        ("plain_question", "Nora Lindqvist", "nora.lindqvist@customer.example", ()),
        ("sender_double_dot", "Nora Lindqvist", "nora..lindqvist@customer.example", ("from:repaired",)),
        ("sender_empty_angle", "", "MAILER-DAEMON", ("from:repaired", "from:no_address")),
        ("sender_raw_utf8", "Åsa Öberg", "nora.lindqvist@customer.example", ("from:8bit",)),
        ("sender_raw_latin1", "Åsa Öberg", "nora.lindqvist@customer.example", ("from:8bit",)),
        ("sender_two_froms", "Nora Lindqvist", "nora.lindqvist@customer.example", ("from:duplicate",)),
        ("sender_address_as_name", "billing@customer.example", "thief@evil.example", ()),
        ("sender_encoded_whole", "Nora Lindqvist", "nora.lindqvist@customer.example", ("from:repaired",)),
        ("sender_group_and_idn", "Jörg", "joerg@xn--bcher-kva.example", ("from:8bit",)),
        ("sender_missing", "", "relay@customer.example", ("from:missing",)),
    ],
)
def test_the_sender_is_found(name: str, name_shown: str, email: str, defects: tuple[str, ...]) -> None:
    message = read(name)

    assert (message.senders[0].name, message.senders[0].email) == (name_shown, email)
    assert tuple(one for one in message.defects if one.startswith("from")) == defects


def test_two_senders_are_both_kept_so_that_nobody_guesses() -> None:
    assert [one.email for one in read("sender_two_froms").senders] == [
        "nora.lindqvist@customer.example",
        "else@other.example",
    ]


def test_an_ambiguous_sender_can_never_match_an_address() -> None:
    sender = read("sender_ambiguous").senders[0]

    assert "@" not in sender.email
    assert sender.domain == ""


def test_members_of_groups_are_recipients() -> None:
    message = read("sender_group_and_idn")

    assert message.to == ()
    assert [one.email for one in message.cc] == ["ann@vendor.example", "bob@vendor.example"]


@pytest.mark.parametrize(
    ("name", "defects"),
    [
        ("plain_question", ()),
        ("date_two_digit_year", ()),
        ("date_one_digit_hour", ("date:repaired",)),
        ("date_iso", ("date:repaired",)),
        ("date_short_zone", ("date:repaired",)),
        ("date_gmt_offset", ("date:repaired",)),
        ("date_asctime", ("date:no_zone",)),
        ("date_no_zone", ("date:no_zone",)),
    ],
)
def test_the_date_is_found(name: str, defects: tuple[str, ...]) -> None:
    message = read(name)

    assert message.sent_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert tuple(one for one in message.defects if one.startswith("date")) == defects


@pytest.mark.parametrize("name", ["date_impossible", "date_wild_zone", "date_words"])
def test_an_impossible_date_is_none_and_flagged(name: str) -> None:
    message = read(name)

    assert message.sent_at is None
    assert "date:unreadable" in message.defects
    assert message.received_at == RECEIVED_AT


def test_a_date_that_disagrees_with_the_server_is_flagged() -> None:
    fetched = Fetched(
        uid=1, received_at=RECEIVED_AT, size_bytes=1, header=header(Date="Fri, 2 Jan 2026 08:00:00 +0000")
    )

    assert "date:disagrees" in read_fetched(fetched).defects


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("base64_body", "Вопрос"),
        ("charset_iso2022jp", "質問"),
        ("subject_newline_attack", "Hello Bcc: evil@evil.example"),
        ("subject_bidi", "invoice fdp.exe"),
        ("subject_split_character", "äöüßä"),
        ("subject_unknown_charset", "Fixed price"),
        ("subject_twice", "First"),
        ("header_stray_line", "A long subject that was wrapped"),
    ],
)
def test_the_subject_is_one_safe_line(name: str, subject: str) -> None:
    assert read(name).subject == subject


@pytest.mark.parametrize(
    ("name", "text", "defect"),
    [
        ("windows_quotes_as_latin1", "The “new” offer – is it final?", ""),  # noqa: RUF001
        ("base64_body", "Добрый день, когда будет готово?", ""),
        ("base64_with_list_footer", "When is the next release?", "encoding:text_after_base64"),
        ("base64_that_is_plain", "This text was never encoded", "encoding:not_base64"),
        ("charset_unknown", "Grüße aus Köln", "charset:unknown"),
        ("charset_none_raw_bytes", "Grüße aus Köln", "charset:missing"),
        ("charset_iso2022jp", "見積もりをお願いします。", ""),
        ("charset_gb2312", "请问什么时候可以上线？", ""),  # noqa: RUF001
        ("encoding_unknown", "An encoding that does not exist.", "encoding:unknown"),
        ("nul_and_controls", "Beforeafter and [31mred[0m", "text:unsafe_characters"),
        ("header_without_blank_line", "This is the body already.\nIt has two lines.", "header:no_blank_line"),
        ("header_stray_line", "The body.", "header:stray_line"),
        ("mbox_line_first", "The body.", ""),
        ("carriage_returns_only", "The body.", ""),
        ("alternative_plain_and_html", "The plain words, which are real.", ""),
        ("alternative_stub_plain", "We need an offer for a second site", ""),
        ("mixed_no_end", "The end of this mail is missing.", "structure:no_end"),
        ("mixed_wrong_boundary", "The boundary is another one.", "structure:no_parts"),
        ("mixed_parts_after_end", "First words.\n\nWords behind the end.", "structure:parts_after_end"),
        ("nested_epilogue", "no inner part at all\n\nOuter words.", "structure:no_parts"),
        ("only_body", "Just words, no header at all.", "header:no_blank_line"),
    ],
)
def test_no_word_is_lost_or_doubled(name: str, text: str, defect: str) -> None:
    message = read(name)

    assert message.text.startswith(text)
    assert message.text.count(text) == 1
    assert (defect in message.defects) if defect else not any("text" in one for one in message.defects)


def test_the_mailing_list_footer_behind_base64_is_kept() -> None:
    assert "users@lists.example.org" in read("base64_with_list_footer").text


def test_attachments_are_listed_without_path_or_content() -> None:
    message = read("mixed_with_attachments")

    assert [(one.name, one.content_type, one.section, one.is_inline) for one in message.attachments] == [
        ("pläne.pdf", "application/pdf", "2", False),
        ("logo.png", "image/png", "3", True),
        ("prüfung.log", "text/plain", "4", False),
    ]
    assert message.attachments[1].content_id == "logo@customer.example"
    assert message.text.strip() == "See the files."


def test_an_attached_message_is_shown_as_forwarded_and_not_as_the_senders_words() -> None:
    message = read("attached_message")

    assert message.text_new == "Please look at the attached mail."
    assert [
        message.text[zone.start : zone.end].strip()
        for zone in message.zones
        if zone.kind is ZoneKind.FORWARDED
    ] == ["The offer is too high. Can they go lower?"]
    assert [one.content_type for one in message.attachments] == ["message/rfc822"]


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("plain_reply_gmail", "That works, thank you."),
        ("html_outlook_reply", "We accept the offer.\n\nWhen can you start?"),
    ],
)
def test_new_words_are_apart_from_quoted_ones(name: str, new: str) -> None:
    assert read(name).text_new == new


@pytest.mark.parametrize(
    ("name", "message_class", "evidence"),
    [
        ("plain_question", MessageClass.HUMAN, ""),
        ("auto_submitted_no", MessageClass.HUMAN, ""),
        ("customer_through_list", MessageClass.HUMAN, ""),
        ("out_of_office_exchange", MessageClass.AUTO_REPLY, "auto_submitted"),
        ("out_of_office_german", MessageClass.AUTO_REPLY, "subject"),
        ("bounce_dsn", MessageClass.BOUNCE, "report_type"),
        ("bounce_text_only", MessageClass.BOUNCE, "daemon"),
        ("delivery_receipt", MessageClass.RECEIPT, "delivery_status"),
        ("read_receipt", MessageClass.RECEIPT, "disposition_notification"),
        ("newsletter", MessageClass.BULK, "list_unsubscribe"),
        ("calendar_request", MessageClass.CALENDAR, "calendar_method"),
    ],
)
def test_the_class_comes_with_its_evidence(name: str, message_class: MessageClass, evidence: str) -> None:
    message = read(name)

    assert message.message_class is message_class
    assert [one.kind for one in message.class_evidence][:1] == ([evidence] if evidence else [])


@pytest.mark.parametrize(
    ("name", "own_id"), [("bounce_dsn", "a1@vendor.example"), ("bounce_text_only", "a2@vendor.example")]
)
def test_a_bounce_names_who_was_not_reached_and_which_mail_came_back(name: str, own_id: str) -> None:
    message = read(name)

    assert message.failed_recipients == ("nora.lindqvist@customer.example",)
    assert message.failed_ids == (own_id,)


@pytest.mark.parametrize("name", ["out_of_office_exchange", "out_of_office_german"])
def test_an_absence_states_the_day_of_return(name: str) -> None:
    assert read(name).out_of_office_until == date(2026, 3, 16)


def test_an_invitation_states_its_method() -> None:
    assert read("calendar_request").calendar_method is CalendarMethod.REQUEST


def test_ids_are_normalised() -> None:
    message = read("plain_reply_gmail")

    assert message.message_id == "q2@customer.example"
    assert message.in_reply_to == ("a1@vendor.example",)
    assert message.references == ("q1@customer.example", "a1@vendor.example")


@pytest.mark.parametrize("value", ["<", "<>", "", "no id at all"])
def test_an_unusable_message_id_is_none(value: str) -> None:
    assert read_message(header(Message_ID=value), received_at=RECEIVED_AT).message_id is None


def test_machine_fields_are_read() -> None:
    raw = header(
        From="a@b.example",
        List_Id='"Users" <Users.Lists.Example>',
        Delivered_To="desk@vendor.example",
        X_Original_To="help@vendor.example",
        Authentication_Results="mx.vendor.example; spf=pass",
        Thread_Index="AQHY",
        Importance="High",
    )
    message = read_message(raw, received_at=RECEIVED_AT)

    assert message.list_id == "users.lists.example"
    assert [one.email for one in message.delivered_to] == ["desk@vendor.example", "help@vendor.example"]
    assert message.authentication_results == ("mx.vendor.example; spf=pass",)
    assert message.thread_index == b"\x01\x01\xd8"
    assert message.is_important


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stored_message_is_read_again_the_same(file: Path) -> None:
    fetched = reduce_message(file.read_bytes(), received_at=RECEIVED_AT)

    assert read_fetched(unpack(pack(fetched))) == read_message(file.read_bytes(), received_at=RECEIVED_AT)


def nested(kind: bytes, depth: int) -> bytes:
    levels = [b"Content-Type: %s; boundary=b%d\r\n\r\n--b%d\r\n" % (kind, one, one) for one in range(depth)]
    return b"".join([*levels, b"\r\n\r\ndeep words"])


BOMBS = {
    "deep multiparts": nested(b"multipart/mixed", 2_000),
    "deep alternatives": nested(b"multipart/alternative", 2_000),
    "deep messages": b"Content-Type: message/rfc822\r\n\r\n" * 1_000 + b"\r\nwords",
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "long header": b"X-A: " + b"a" * 5_000_000 + b"\r\n\r\nwords",
    "many fields": b"X-A: a\r\n" * 300_000 + b"\r\nwords",
    "long subject": b"Subject: " + b"a" * 1_000_000 + b"\r\n\r\nwords",
    "many encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 30_000 + b"\r\n\r\nwords",
    "many recipients": b"To: " + b"a@b.example, " * 100_000 + b"\r\n\r\nwords",
    "open comments": b"From: " + b"(" * 100_000 + b"\r\n\r\nwords",
    "open quotes": b"From: " + b'"\\' * 50_000 + b"\r\n\r\nwords",
    "open angles": b"From: " + b"<" * 100_000 + b"\r\n\r\nwords",
    "many references": b"References: " + b"<a@b> " * 50_000 + b"\r\n\r\nwords",
    "html bomb": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
    "long line": b"\r\n\r\n" + b"a" * 5_000_000,
    "blank lines": b"Subject: x\r\n\r\n" + b"\r\n" * 500_000,
    "many dashes": b"Content-Type: multipart/mixed; boundary=-\r\n\r\n" + b"---\r\n" * 200_000,
    "colons": b":" * 500_000,
    "date": b"Date: " + b"1" * 100_000 + b"\r\n\r\n",
    "base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"====\r\n" * 50_000,
    "parameters": b"Content-Type: text/plain" + b"; a*0*=x" * 30_000 + b"\r\n\r\nwords",
    "quotes": b"Subject: x\r\n\r\n" + b">" * 60_000,
    "from blocks": b"Subject: x\r\n\r\n" + b"From: a\r\nSent: b\r\n" * 3_000,
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=list(BOMBS))
def test_hostile_mail_is_read_in_bounded_time(raw: bytes) -> None:
    started = time.process_time()

    message = read_message(raw, received_at=RECEIVED_AT)

    assert time.process_time() - started < 2
    check(message)


def test_words_of_too_deep_parts_are_not_searched_for_but_flagged() -> None:
    message = read_message(BOMBS["deep multiparts"], received_at=RECEIVED_AT)

    assert "structure:too_deep" in message.defects


def test_words_beyond_the_cap_are_flagged() -> None:
    message = read_message(BOMBS["long line"], received_at=RECEIVED_AT)

    assert message.has_more_text
    assert len(message.text) <= 64 * 1024


FIELD_NAMES = st.sampled_from(
    [
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "Content-Type",
        "Content-Transfer-Encoding",
        "References",
        "X",
    ]
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [
            b"a@b",
            b"<>",
            b"=?utf-8?b?/w==?=",
            b"multipart/mixed; boundary=x",
            b"text/html",
            b"base64",
            b"quoted-printable",
        ]
    ),
)
LINES = st.lists(
    st.one_of(st.binary(max_size=60), st.sampled_from([b"--x", b"--x--", b"", b"> q", b"<p>", b"-- "]))
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(fields=st.lists(st.tuples(FIELD_NAMES, VALUES), max_size=8), body=LINES)
def test_any_bytes_give_a_sound_message(fields: list[tuple[str, bytes]], body: list[bytes]) -> None:
    head = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields)

    check(read_message(head + b"\r\n" + b"\r\n".join(body), received_at=RECEIVED_AT))


def test_fault_of_the_reader_costs_a_field_and_not_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object, **__: object) -> NoReturn:
        raise ValueError

    monkeypatch.setattr("triage.mailbox.parse.classify", break_down)
    monkeypatch.setattr("triage.mailbox.parse.zone_text", break_down)

    message = read_message(b"From: ada@acme.example\nSubject: Hello\n\nWords.\n", received_at=RECEIVED_AT)

    assert (message.subject, message.text_new) == ("Hello", "Words.")
    assert message.message_class is MessageClass.HUMAN
    assert {"class:failed", "zones:failed"} <= set(message.defects)
