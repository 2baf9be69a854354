# ruff: noqa: E501, RUF001 (mails as they come: long lines, words of many alphabets)
"""Header blocks of mail programs in many languages, and what only looks like one."""

import pytest

from triage.core.message import ZoneKind
from triage.core.zones import zone_text

BLOCKS = {
    "english": ("From", "Sent", "To", "Subject"),
    "english date": ("From", "Date", "To", "Subject"),
    "german": ("Von", "Gesendet", "An", "Betreff"),
    "french": ("De", "Envoyé", "À", "Objet"),
    "spanish": ("De", "Enviado", "Para", "Asunto"),
    "italian": ("Da", "Inviato", "A", "Oggetto"),
    "portuguese": ("De", "Enviado", "Para", "Assunto"),
    "dutch": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "swedish": ("Från", "Skickat", "Till", "Ämne"),
    "danish": ("Fra", "Sendt", "Til", "Emne"),
    "finnish": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "icelandic": ("Frá", "Sent", "Til", "Efni"),
    "polish": ("Od", "Wysłano", "Do", "Temat"),
    "czech": ("Od", "Odesláno", "Komu", "Předmět"),
    "slovak": ("Od", "Odoslané", "Komu", "Predmet"),
    "slovene": ("Od", "Poslano", "Za", "Zadeva"),
    "croatian": ("Od", "Poslano", "Prima", "Predmet"),
    "hungarian": ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    "romanian": ("De la", "Trimis", "Către", "Subiect"),
    "bulgarian": ("От", "Изпратено", "До", "Относно"),
    "russian": ("От", "Отправлено", "Кому", "Тема"),
    "ukrainian": ("Від", "Надіслано", "Кому", "Тема"),
    "greek": ("Από", "Στάλθηκε", "Προς", "Θέμα"),
    "turkish": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "hebrew": ("מאת", "נשלח", "אל", "נושא"),
    "arabic": ("من", "تاريخ الإرسال", "إلى", "الموضوع"),
    "vietnamese": ("Từ", "Đã gửi", "Đến", "Chủ đề"),
    "indonesian": ("Dari", "Dikirim", "Kepada", "Subjek"),
    "thai": ("จาก", "ส่ง", "ถึง", "เรื่อง"),
    "simplified chinese": ("发件人", "发送时间", "收件人", "主题"),
    "traditional chinese": ("寄件者", "寄件日期", "收件者", "主旨"),
    "japanese": ("差出人", "送信日時", "宛先", "件名"),
    "korean": ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
}


def _block(labels: tuple[str, ...], form: str = "{}: {}") -> str:
    values = ("Ana Lima <ana@example.com>", "5.5.2020 10:00", "Ben Ode <ben@example.org>", "The plan")
    return "\n".join(form.format(label, value) for label, value in zip(labels, values, strict=True))


@pytest.mark.parametrize("form", ["{}: {}", "{} : {}", "*{}:* {}", "  {}:\t{}", "{}：{}"])
@pytest.mark.parametrize("labels", BLOCKS.values(), ids=BLOCKS.keys())
def test_all_below_a_header_block_is_quoted(labels: tuple[str, ...], form: str) -> None:
    text = f"I agree.\n\n{_block(labels, form)}\n\nShall we?\n\nAna\n"

    zones = zone_text(text).zones

    assert [zone.kind for zone in zones] == [ZoneKind.NEW, ZoneKind.QUOTE_HEADER, ZoneKind.QUOTED]
    assert text[: zones[0].end].strip() == "I agree."
    assert text[zones[2].start :].startswith("Shall we?")


VARIANTS = {
    "rule above": "________________________________\n" + _block(BLOCKS["english"]),
    "original message above": "-----Original Message-----\n" + _block(BLOCKS["english"]),
    "bare phrase above": "Original Message\n" + _block(BLOCKS["english"]),
    "recipients on several lines": (
        "From: Ana Lima\nSent: Tuesday, May 5, 2020 10:00 AM\nTo: Ben Ode; Eva Roy;\nUli Kern; Kim Son;\n"
        "Jo Fox\nCc: Max Orr\nSubject: The plan"
    ),
    "subject on two lines": "From: ana@example.com\nDate: 5 May 2020\nSubject: The plan\nfor May\nTo: ben@example.org",
    "attachments named": _block(BLOCKS["english"]) + "\nImportance: High\nAttachments: plan.pdf",
    "notes": (
        "Ana Lima@ACME\n\t05/05/2020 10:00 AM\n\t\t\n\t\t To: Ben Ode/LON/ACME@ACME\n\t\t cc: \n\t\t Subject: The plan"
    ),
    "notes with address": (
        '"Ana Lima" <ana@example.com> on 05/05/2020 10:00:11 AM\nTo: <ben@example.org>\ncc:  \n\nSubject: The plan'
    ),
    "notes with name and date on one line": (
        "   Ana Lima @ ACME          05/05/2020 10:00 AM\n\nTo: Ben Ode/LON/ACME@ACME\ncc:  \nSubject: The plan"
    ),
    "notes sent by": "Ana Lima\nSent by: Eva Roy\n05/05/2020 10:00 AM\nTo: Ben Ode/LON/ACME\ncc: \nSubject: The plan",
    "recipients by name on several lines": (
        "From: Ana Lima\nSent: Tuesday, May 5, 2020 10:00 AM\nTo: Ben Ode, Eva Roy, Uli\nKern, Kim Son, Jo\nFox, Al Orr\nSubject: The plan"
    ),
    "bare phrase below a rule": "________________\nOriginal Message\n" + _block(BLOCKS["english"]),
    "two labels below a rule": "________________\nFrom: Ana Lima <ana@example.com>\nSubject: The plan",
    "notes with a wrapped date": (
        '"Ana Lima" <ana@example.com> on 05/05/2020\n10:00:11 AM\nTo: <ben@example.org>\ncc:  \nSubject: The plan'
    ),
    "undecoded spaces": "From: =09Ana Lima =20\nSent:=09Tuesday, May 5, 2020 10:00 AM\nTo:=09Ben Ode\nSubject:=09The plan",
    "group wise": ">>> Ana Lima <ana@example.com> 05/05/20 10:00 >>>",
    "reply separator": "____________________Reply Separator____________________\n"
    + _block(BLOCKS["english"]),
}


@pytest.mark.parametrize("header", VARIANTS.values(), ids=VARIANTS.keys())
def test_header_block_is_found_whole(header: str) -> None:
    text = f"I agree.\n\n{header}\n\nShall we?\n"

    found = [(zone.kind, text[zone.start : zone.end].strip()) for zone in zone_text(text).zones]

    assert found == [
        (ZoneKind.NEW, "I agree."),
        (ZoneKind.QUOTE_HEADER, header.strip()),
        (ZoneKind.QUOTED, "Shall we?"),
    ]


NOT_BLOCKS = {
    "travel plan": "Our trip:\n\nFrom: Berlin\nTo: Paris\nDate: 5 May\n\nCan you book it?",
    "interview": "Invitation:\n\nDate: Tuesday 5, May 2020\nTime: 7 : 00am\nAddress: 130 Fox St\n\nBring your ID.",
    "web form": "Name: Ana Lima\nE-Mail: ana@example.com\nSubject: The plan\nMessage: Shall we?",
    "lone from line": "The sender is this:\n\nFrom: ana@example.com\n\nIs that right?",
    "labels far apart": "From: ana@example.com\n\n\n\nTo: ben@example.org\n\n\n\nSubject: this is what the form asks",
    "questions": "Q: who pays?\nA: we do\nRe: the plan, yes",
}


@pytest.mark.parametrize("text", NOT_BLOCKS.values(), ids=NOT_BLOCKS.keys())
def test_labelled_lines_that_are_no_mail_header_stay_new(text: str) -> None:
    zoning = zone_text(text)

    assert [zone.kind for zone in zoning.zones] == [ZoneKind.NEW]
    assert zoning.is_sure


def test_sentence_directly_above_a_notes_header_is_no_name() -> None:
    text = "I agree.\n05/05/2020 10:00 AM\nTo: Ben Ode/LON/ACME\ncc:\nSubject: The plan\n\nShall we?"

    assert text[: zone_text(text).zones[0].end] == "I agree.\n"


def test_marked_quote_below_a_header_block_leaves_later_words_new() -> None:
    text = f"See below.\n\n{_block(BLOCKS['english'])}\n\n> Shall we?\n\nYes, we shall.\n"

    kinds = [zone.kind for zone in zone_text(text).zones]

    assert kinds == [ZoneKind.NEW, ZoneKind.QUOTE_HEADER, ZoneKind.QUOTED, ZoneKind.NEW]
