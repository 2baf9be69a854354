# ruff: noqa: E501 (lines of mails stay whole)
"""What is quoted, forwarded or an answer, given the headers of quotes."""

import pytest

from triage.core.message import Zone, ZoneKind
from triage.core.zones import zone_text

NEW, QUOTED, HEADER, FORWARDED = ZoneKind.NEW, ZoneKind.QUOTED, ZoneKind.QUOTE_HEADER, ZoneKind.FORWARDED
WROTE = "On 5 May 2020, at 10:00, Ana Lima <ana@example.com> wrote:"
BLOCK = "From: Ana Lima <ana@example.com>\nSent: 5 May 2020 10:00\nTo: Ben Ode\nSubject: The plan"


def _zones(text: str, subject: str = "", marks: tuple[Zone, ...] = ()) -> list[tuple[ZoneKind, str]]:
    zoning = zone_text(text, subject=subject, marks=marks)
    return [(zone.kind, text[zone.start : zone.end].strip()) for zone in zoning.zones]


def test_answers_between_marked_lines_stay_new() -> None:
    text = f"{WROTE}\n> Is Friday fine?\n\nYes.\n\n> And the price?\n\nAs agreed.\n"

    assert _zones(text) == [
        (HEADER, WROTE),
        (QUOTED, "> Is Friday fine?"),
        (NEW, "Yes."),
        (QUOTED, "> And the price?"),
        (NEW, "As agreed."),
    ]


def test_answer_below_an_attribution_at_the_very_top_stays_new() -> None:
    answer = "Ben, thank you for all of this.\nI have two questions.\nThe first is about this here.\nWhat does it mean?"
    text = f"{WROTE}\n\n{answer}\n> The price holds until May.\n\nAnd then?"

    assert [words for kind, words in _zones(text) if kind is NEW] == [answer, "And then?"]


def test_answer_directly_below_a_marked_line_stays_new() -> None:
    assert _zones(f"{WROTE}\n\n>\n> Friday?\nYes.")[-1] == (NEW, "Yes.")


def test_text_below_an_unmarked_quote_is_quoted_to_the_end() -> None:
    text = f"Yes.\n\n{WROTE}\n\nIs Friday fine?\n\nOn 4 May 2020, at 9:00, Ben <ben@example.org> wrote:\n> When?\n\nBen"

    assert [kind for kind, _ in _zones(text)] == [NEW, HEADER, QUOTED]


def test_text_before_and_after_a_nested_quote_stays_new() -> None:
    text = f"Fine.\n{WROTE}\n\n>Good.\n>On 4 May 2020, Ben wrote:\n>\n>> When?\n\nRegards, Eva"

    assert [words for kind, words in _zones(text) if kind is NEW] == ["Fine.", "Regards, Eva"]


@pytest.mark.parametrize(
    "torn",
    [
        "> We should look at the numbers of the last quarter once more before the\nmeeting\n> starts.",
        "> See the ticket (http://example.com/tickets/view\n?id=17)\n> for more.",
        "> one\n(http://example.com/t/17) >\n> two",
        "> >> > we have the update log enabled with the default\nconfiguration.\n> > and more",
    ],
    ids=["wrapped word", "wrapped link", "link line", "nested wrap"],
)
def test_piece_torn_off_a_quoted_line_is_quoted(torn: str) -> None:
    assert [kind for kind, _ in _zones(f"Yes.\n\n{WROTE}\n\n{torn}\n")] == [NEW, HEADER, QUOTED]


@pytest.mark.parametrize(
    "text",
    [
        "Look here:\n>>> >>>  http://www.example.com <<<\nand tell me.",
        "I typed this:\n> fit <- lm(y ~ x)\n> summary(fit)\n\nWhy the error?",
        "The menu says\n> File\n> Open\nbut nothing opens.",
    ],
    ids=["decoration", "console", "menu"],
)
def test_mark_that_nothing_introduces_is_not_a_quote(text: str) -> None:
    assert _zones(text) == [(NEW, text)]


def test_unintroduced_sentences_on_top_of_a_reply_are_quoted() -> None:
    text = "> Could you send us the figures for the last quarter,\n> and tell us who signs the contract?\n\nBoth attached."

    assert _zones(text, subject="Re: figures") == [
        (QUOTED, "\n".join(text.split("\n")[:2])),
        (NEW, "Both attached."),
    ]


def test_unintroduced_quote_of_a_quote_in_a_reply_is_quoted() -> None:
    text = "Both are attached.\n\n> Could you send us the figures of last year?\n>> And who signs the contract then?"

    assert [kind for kind, _ in _zones(text, subject="Re: figures")] == [NEW, QUOTED]


def test_words_set_off_below_own_words_stay_new() -> None:
    text = "These are the winners.\n\n> The first place goes to the team of Ana Lima.\n> The second place goes to Ben."

    assert _zones(text, subject="Re: prizes") == [(NEW, text)]


def test_header_marked_like_its_quote_introduces_it() -> None:
    text = f"Yes.\n\n> {WROTE}\n>\n> Friday?"

    assert [kind for kind, _ in _zones(text)] == [NEW, QUOTED]


@pytest.mark.parametrize(
    "top",
    ["-----Original Message-----", "Begin forwarded message:", BLOCK, "Ana Lima wrote:"],
    ids=["original", "forward", "block", "name"],
)
def test_quote_that_begins_with_its_own_header_is_quoted(top: str) -> None:
    quote = "\n".join(f"> {line}" for line in f"{top}\nFriday?".split("\n"))

    assert [kind for kind, _ in _zones(f"Yes.\n{quote}\n")] == [NEW, QUOTED]


def test_header_inside_a_marked_forward_belongs_to_it() -> None:
    text = "Begin forwarded message:\n\n> From: ana@example.com\n>>> <ben@example.org> 05/05/20 10:00 >>>\n> When?\n\nSee?"

    assert [kind for kind, _ in _zones(text)] == [FORWARDED, NEW]


def test_forward_heading_whose_dashes_never_close_is_one_line() -> None:
    text = "For you.\n\n---------- Forwarded by Ana Lima\n\nShall we?"

    assert [kind for kind, _ in _zones(text)] == [NEW, FORWARDED]


def test_colons_in_front_of_several_lines_are_quote_marks() -> None:
    text = f"No.\n\n{WROTE}\n: Is it true\n: that nothing\n: has come?\n\nIt is not.\n"

    assert [kind for kind, _ in _zones(text)] == [NEW, HEADER, QUOTED, NEW]


def test_table_drawn_with_bars_stays_new() -> None:
    text = f"Prices:\n\n| a | 1 |\n| b | 2 |\n| c | 3 |\n\n{WROTE}\n> Prices?"

    assert [kind for kind, _ in _zones(text)] == [NEW, HEADER, QUOTED]


FORWARDS = {
    "gmail": "---------- Forwarded message ----------",
    "gmail new": "---------- Forwarded message ---------",
    "thunderbird": "-------- Forwarded Message --------",
    "apple": "Begin forwarded message:",
    "german": "---------- Weitergeleitete Nachricht ----------",
    "german apple": "Anfang der weitergeleiteten Nachricht:",
    "french": "-------- Message transféré --------",
    "spanish": "---------- Mensaje reenviado ----------",
    "italian": "---------- Messaggio inoltrato ----------",
    "portuguese": "---------- Mensagem encaminhada ----------",
    "dutch": "---------- Doorgestuurd bericht ----------",
    "swedish": "---------- Vidarebefordrat meddelande ----------",
    "polish": "---------- Wiadomość przekazana dalej ----------".replace(" dalej", ""),
    "russian": "-------- Пересылаемое сообщение --------",
    "chinese": "---------- 转发的邮件 ----------",
    "japanese": "---------- 転送メッセージ ----------",
    "notes": "----- Forwarded by Ana Lima/LON/ACME on 05/05/2020 10:00 AM -----",
    "notes wrapped": "---------------------- Forwarded by Ana Lima/LON/ACME on 05/05/2020 10:00 \nAM ---------------------------",
}  # fmt: skip


@pytest.mark.parametrize("heading", FORWARDS.values(), ids=FORWARDS.keys())
def test_forwarded_message_is_kept_as_forwarded(heading: str) -> None:
    text = f"For you.\n\n{heading}\n{BLOCK}\n\nShall we?\n\n> When?\n"

    zones = _zones(text)

    assert [kind for kind, _ in zones] == [NEW, FORWARDED]
    assert zones[1][1].startswith(heading)


def test_forward_marked_line_by_line_leaves_later_words_new() -> None:
    text = "Begin forwarded message:\n\n> From: ana@example.com\n> Date: 5 May 2020\n> Subject: The plan\n>\n> Shall we?\n\nWhat do you think?"

    assert [kind for kind, _ in _zones(text)] == [FORWARDED, NEW]


@pytest.mark.parametrize(
    "subject", ["FW: The plan", "Fwd: The plan", "WG: Der Plan", "TR: Le plan", "RV: El plan", "[team] Fw: x"]
)
def test_header_block_under_a_forward_subject_is_a_forward(subject: str) -> None:
    assert [kind for kind, _ in _zones(f"For you.\n\n{BLOCK}\n\nShall we?\n", subject)] == [NEW, FORWARDED]


def test_mail_that_is_only_an_older_message_passes_it_on() -> None:
    text = f"-----Original Message-----\n{BLOCK}\n\nShall we?\n"

    zoning = zone_text(text)

    assert [zone.kind for zone in zoning.zones] == [FORWARDED]
    assert zoning.is_sure


def test_forward_inside_a_quote_is_quoted() -> None:
    text = f"Yes.\n\n-----Original Message-----\n\nFYI\n\n---------- Forwarded message ----------\n{BLOCK}\n"

    assert [kind for kind, _ in _zones(text)] == [NEW, HEADER, QUOTED]


@pytest.mark.parametrize(
    "phrase",
    ["Original Message", "Reply Message", "Ursprüngliche Nachricht", "Oprindelig meddelelse", "Message d'origine", "Mensaje original",
     "Mensagem original", "Messaggio originale", "Oorspronkelijk bericht", "Ursprungligt meddelande", "Oryginalna wiadomość",
     "Původní zpráva", "Eredeti üzenet", "Исходное сообщение", "Orijinal Mesaj", "原始邮件", "元のメッセージ", "원본 메시지"],
)  # fmt: skip
def test_all_below_an_original_message_line_is_quoted(phrase: str) -> None:
    assert [kind for kind, _ in _zones(f"Yes.\n\n-----{phrase}-----\n\nShall we?")] == [NEW, HEADER, QUOTED]


def test_section_between_rules_is_no_separator() -> None:
    text = "Please answer below.\n\n--------------\nYour answer\n--------------\n\nIt was good."

    assert _zones(text) == [(NEW, text)]


def test_mark_of_the_html_reader_is_not_judged_again() -> None:
    text = "Yes.\nIs Friday fine?\nNo, Monday."
    marks = (Zone(QUOTED, 5, 20),)

    assert _zones(text, marks=marks) == [(NEW, "Yes."), (QUOTED, "Is Friday fine?"), (NEW, "No, Monday.")]


def test_header_marked_by_the_html_reader_begins_an_unmarked_quote() -> None:
    text = "Yes.\nOd: Ana\nKiedy: wtorek\nShall we?\nAna"
    marks = (Zone(HEADER, 5, 27),)

    assert [kind for kind, _ in _zones(text, marks=marks)] == [NEW, HEADER, QUOTED]
    assert [kind for kind, _ in _zones(text, "Fwd: x", marks)][-1] is FORWARDED
