# ruff: noqa: E501 (markup as mail programs write it stays on one line)
"""HTML bodies as text: structure, what is hidden, marks of mail programs, hostile markup."""

import os
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.message import ZoneKind
from triage.core.zones import zone_text
from triage.mailbox.html_text import MAX_CHARS, html_to_text

CPU_LIMIT = 2.0
EXAMPLES = 5_000 if os.environ.get("TRIAGE_LONG") else 200
NEW, QUOTED, HEADER = ZoneKind.NEW, ZoneKind.QUOTED, ZoneKind.QUOTE_HEADER
FORWARDED, SIGNATURE = ZoneKind.FORWARDED, ZoneKind.SIGNATURE

STRUCTURES = {
    "paragraphs": ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    "tight paragraphs": ('<p class="MsoNormal">One</p><p class="MsoNormal">Two</p>', "One\nTwo"),
    "blank Outlook paragraph": ('<p class="MsoNormal">One</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">Two</p>', "One\n\nTwo"),
    "divs": ("<div>One</div><div>Two</div>", "One\nTwo"),
    "div with a break": ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
    "breaks": ("One<br>Two<br/><br>Three", "One\nTwo\n\nThree"),
    "inline": ("One <b>two</b><i> three</i>.", "One two three."),
    "spaces and line breaks in the source": ("<p>One\n   two</p>", "One two"),
    "space between elements": ("<b>One</b> <b>two</b>", "One two"),
    "no-break space": ("One&nbsp;two", "One two"),
    "list": ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
    "numbered list": ("<ol><li>One</li><li>Two<ul><li>in two</li></ul></li><li>Three</li></ol>", "1. One\n2. Two\n  - in two\n3. Three"),
    "table": ("<table><tr><th>Item</th><th>Price</th></tr><tr><td>Desk</td><td>100</td></tr></table>", "Item | Price\nDesk | 100"),
    "table of paragraphs": (
        "<table><tr><td><p class=MsoNormal>Desk</p></td><td><p class=MsoNormal>100</p></td></tr></table>", "Desk | 100",
    ),
    "table of labels": ("<table><tr><th>Subject: </th><td>Plan</td></tr></table>", "Subject: Plan"),
    "empty cells": ("<table><tr><td></td><td>One</td><td> </td></tr></table>", "One"),
    "link": ('See <a href="https://example.com/x">the plan</a>.', "See the plan."),
    "preformatted": ("<pre>a  b\n  c</pre>d", "a  b\n  c\nd"),
    "entities": ("a &lt;b&gt; &amp; &euro;", "a <b> & €"),
    "address that nobody escaped": ("Ana <ana@example.com> said", "Ana <ana@example.com> said"),
    "heading": ("<h1>Plan</h1>We go.", "Plan\n\nWe go."),
    "rule": ("One<hr>Two", "One\n" + "-" * 40 + "\nTwo"),
    "unmarked quote": ("One<blockquote>Two<br>Three</blockquote>Four", "One\n> Two\n> Three\nFour"),
    "no markup": ("One two", "One two"),
}  # fmt: skip


@pytest.mark.parametrize(("html", "text"), STRUCTURES.values(), ids=STRUCTURES.keys())
def test_structure_is_kept(html: str, text: str) -> None:
    assert html_to_text(html).text == text


HIDDEN = {
    "style": "<style>p { color: red }</style>",
    "script": "<script>alert('x')</script>",
    "head": "<head><title>Title</title></head>",
    "comment": "<!-- secret -->",
    "conditional comment": "<!--[if mso]><p>secret</p><![endif]-->",
    "display none": '<div style="display:none">secret</div>',
    "display none with space": '<span style="color:red; DISPLAY : none !important">secret</span>',
    "hidden attribute": "<div hidden>secret<p>more</p></div>",
    "zero font": '<div style="font-size:0px">secret</div>',
    "office": '<p style="mso-hide:all">secret</p>',
    "template": "<template>secret</template>",
}


@pytest.mark.parametrize("html", HIDDEN.values(), ids=HIDDEN.keys())
def test_what_a_reader_does_not_see_is_left_out(html: str) -> None:
    assert html_to_text(f"<html>{html}<body><p>Seen</p>{html}</body></html>").text == "Seen"


def test_visible_text_after_a_hidden_element_is_kept() -> None:
    assert html_to_text('<div style="display:none">x<b>y</b></div>Seen').text == "Seen"


QUOTE = "<div>Is Friday fine?</div><div>Ana</div>"
WROTE = "On 5 May 2020, at 10:00, Ana Lima &lt;ana@example.com&gt; wrote:"
BLOCK = "<b>From:</b> Ana Lima<br><b>Sent:</b> 5 May 2020 10:00<br><b>To:</b> Ben<br><b>Subject:</b> Plan"
UNKNOWN_BLOCK = "<b>Aaa:</b> Ana Lima<br><b>Bbb:</b> 5 May 2020 10:00<br><b>Ccc:</b> Ben<br><b>Ddd:</b> Plan"

REPLIES = {
    "gmail": f'<div dir="ltr">Yes.</div><br><div class="gmail_quote"><div class="gmail_attr">{WROTE}<br></div>'
    f'<blockquote class="gmail_quote" style="border-left:1px solid #ccc">{QUOTE}</blockquote></div>',
    "old gmail": f'Yes.<div class="gmail_quote">{WROTE}<br><blockquote class="gmail_quote">{QUOTE}</blockquote></div>',
    "gmail without blockquote": f'Yes.<div class="gmail_quote">{WROTE}<div>{QUOTE}</div></div>',
    "thunderbird": f'Yes.<br><div class="moz-cite-prefix">{WROTE}<br></div><blockquote type="cite" cite="mid:1">{QUOTE}</blockquote>',
    "apple mail": f'Yes.<div><br><blockquote type="cite"><div>{WROTE}</div><br><div>{QUOTE}</div></blockquote></div>',
    "iphone": f'Yes.<div dir="ltr"><br>{WROTE}<br><br></div><blockquote type="cite"><div dir="ltr">{QUOTE}</div></blockquote>',
    "yahoo": f'Yes.<div id="ydp1" class="ydp1yahoo_quoted yahoo_quoted"><div><div>{WROTE}</div><div>{QUOTE}</div></div></div>',
    "yahoo with blockquote": f'Yes.<div class="yahoo_quoted"><div>{WROTE}</div><blockquote>{QUOTE}</blockquote></div>',
    "outlook web": f'<div>Yes.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr">{UNKNOWN_BLOCK}</div><div>{QUOTE}</div>',
    "outlook desktop": '<p class="MsoNormal">Yes.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
    f'<p class="MsoNormal">{UNKNOWN_BLOCK}</p></div></div>{QUOTE}',
    "outlook desktop, old colour": '<p>Yes.</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    f"<p>{UNKNOWN_BLOCK}</p></div>{QUOTE}",
    "outlook for mac": f'<div>Yes.</div><span id="OLK_SRC_BODY_SECTION"><div>{BLOCK}</div><div>{QUOTE}</div></span>',
    "outlook express": f"<div>Yes.</div><div>----- Original Message -----</div><div>{BLOCK}</div><div>{QUOTE}</div>",
    "windows mail": '<div>Yes.</div><div style="padding-top: 5px; border-top-color: rgb(229, 229, 229); border-top-width: 1px; '
    f'border-top-style: solid;">{UNKNOWN_BLOCK}</div>{QUOTE}',
    "zimbra": f'<div>Yes.</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{UNKNOWN_BLOCK}</div>'
    f'<div data-marker="__QUOTED_TEXT__">{QUOTE}</div>',
    "protonmail": f'<div>Yes.</div><div class="protonmail_quote">{WROTE}<br><blockquote class="protonmail_quote" type="cite">{QUOTE}</blockquote></div>',
    "tutanota": f'Yes.<br>5 May 2020, 10:00 by ana@example.com:<br><blockquote class="tutanota_quote">{QUOTE}</blockquote>',
    "yandex": '<p>Yes.</p><p>05.05.2020, 10:00, "Ana" &lt;ana@example.com&gt;:</p><blockquote><p>Is Friday fine?</p><p>Ana</p></blockquote>',
    "roundcube": f'<p>Yes.</p><p>Le 2020-05-05 10:00, Ana Lima a écrit :</p><blockquote type="cite">{QUOTE}</blockquote>',
    "spark": f'<div name="messageBodySection">Yes.</div><div name="messageReplySection">{WROTE}<br><blockquote type="cite">{QUOTE}</blockquote></div>',
    "gmx": f'<div>Yes.<div name="quote"><div>{WROTE}</div><div>{QUOTE}</div></div></div>',
}  # fmt: skip


@pytest.mark.parametrize("html", REPLIES.values(), ids=REPLIES.keys())
def test_only_the_answer_above_the_quote_is_new(html: str) -> None:
    body = html_to_text(html)

    zones = zone_text(body.text, marks=body.marks).zones

    assert [body.text[zone.start : zone.end].strip() for zone in zones if zone.kind is NEW] == ["Yes."]
    quoted = [body.text[zone.start : zone.end] for zone in zones if zone.kind is QUOTED]
    assert "Is Friday fine?" in "".join(quoted)


FORWARDS = {
    "gmail": f'For you.<div class="gmail_quote">---------- Forwarded message ---------<br>{BLOCK}<br><br>{QUOTE}</div>',
    "apple mail": f'For you.<blockquote type="cite"><div>Begin forwarded message:</div><br><div>{BLOCK}</div><div>{QUOTE}</div></blockquote>',
    "thunderbird": f'For you.<div class="moz-forward-container">-------- Forwarded Message --------<table class="moz-email-headers-table">'
    f"<tr><th>Subject: </th><td>Plan</td></tr></table>{QUOTE}</div>",
    "outlook": f'For you.<hr><div id="divRplyFwdMsg">{UNKNOWN_BLOCK}</div>{QUOTE}',
}  # fmt: skip


@pytest.mark.parametrize("html", FORWARDS.values(), ids=FORWARDS.keys())
def test_forward_is_kept_as_forwarded(html: str) -> None:
    body = html_to_text(html)

    zones = zone_text(body.text, marks=body.marks, subject="Fwd: Plan").zones

    assert [zone.kind for zone in zones] == [NEW, FORWARDED]
    assert "Is Friday fine?" in body.text[zones[1].start :]


SIGNATURES = {
    "gmail": '<div class="gmail_signature" data-smartmail="gmail_signature"><div>Eva Roy</div></div>',
    "gmail with prefix": '<span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Eva Roy</div>',
    "outlook web": '<div id="Signature"><div>Eva Roy</div></div>',
    "outlook mobile": '<div id="ms-outlook-mobile-signature">Eva Roy</div>',
    "thunderbird": '<div class="moz-signature">-- <br>Eva Roy</div>',
    "apple": '<div id="AppleMailSignature">Eva Roy</div>',
    "protonmail": '<div class="protonmail_signature_block">Eva Roy</div>',
    "windows mail": '<div data-signatureblock="true">Eva Roy</div>',
}


@pytest.mark.parametrize("html", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_marked_signature_is_a_signature(html: str) -> None:
    body = html_to_text(f"<div>Yes.</div>{html}")

    zones = zone_text(body.text, marks=body.marks).zones

    assert [zone.kind for zone in zones] == [NEW, SIGNATURE]
    assert "Eva Roy" in body.text[zones[1].start :]


def test_answers_between_quotes_stay_new() -> None:
    html = (
        f'<div class="gmail_quote"><div class="gmail_attr">{WROTE}</div>'
        '<blockquote class="gmail_quote">Is Friday fine?</blockquote><div>Yes.</div>'
        '<blockquote class="gmail_quote">And the price?</blockquote><div>As agreed.</div></div>'
    )

    body = html_to_text(html)
    found = [
        (zone.kind, body.text[zone.start : zone.end].strip())
        for zone in zone_text(body.text, marks=body.marks).zones
    ]

    assert [words for kind, words in found if kind is NEW] == ["Yes.", "As agreed."]
    assert [words for kind, words in found if kind is QUOTED] == ["Is Friday fine?", "And the price?"]


def test_quote_that_the_writer_made_stays_new() -> None:
    body = html_to_text(
        'The law says<blockquote class="gmail_quote">Nobody may smoke here.</blockquote>So stop.'
    )

    assert [zone.kind for zone in zone_text(body.text, marks=body.marks).zones] == [NEW]


def test_line_above_a_box_that_is_no_header_is_no_mark() -> None:
    html = '<p>Yes.</p><div style="border-top:solid #E1E1E1 1.0pt"><p>We look forward to it.</p></div>'

    assert html_to_text(html).marks == ()


def test_marks_are_spans_of_the_text_in_order() -> None:
    body = html_to_text(REPLIES["gmail"] + SIGNATURES["outlook web"])

    assert [mark.kind for mark in body.marks] == [HEADER, QUOTED, SIGNATURE]
    assert body.text[body.marks[1].start : body.marks[1].end] == "Is Friday fine?\nAna"


HOSTILE = {
    "nested": "<div>",
    "nested and closed": "<div>" * 300 + "x" + "</div>" * 300,
    "many": "<div>x</div>",
    "tables": "<table><tr><td>x",
    "lists": "<ul><li>",
    "quotes": "<blockquote>x",
    "closing": "</div>",
    "crossed": "<b><i></b></i>",
    "open angle": "<",
    "open tag": "<a b=",
    "open string": "<a b=\"<'>",
    "open comment": "<!--",
    "styles": "<style>",
    "styles left open": "<style></",
    "entities": "&#x",
    "addresses": "<a@",
    "breaks": "<br>",
    "gmail": '<div class="gmail_quote"><blockquote>x',
    "declarations": "<![",
    "no-break spaces": "\xa0",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_megabyte_of_hostile_markup_takes_bounded_time(piece: str) -> None:
    html = (piece * (MAX_CHARS // len(piece) + 1))[:MAX_CHARS]

    started = time.process_time()
    html_to_text(html)

    assert time.process_time() - started < CPU_LIMIT


def test_words_in_markup_nested_beyond_reason_are_kept() -> None:
    body = html_to_text(
        "<div>" * 5_000 + "<style>x</style>Friday &amp; Monday<br>are fine" + "</div>" * 5_000
    )

    assert body.text == "Friday & Monday\nare fine"
    assert not body.is_whole


@pytest.mark.parametrize(
    "html", ["<!-- x -->", "<?xml version='1.0'?>", "<!DOCTYPE html>", "</p>", "<>", "<"]
)
def test_markup_without_words_gives_no_words(html: str) -> None:
    assert html_to_text(html).text.strip("<>") == ""


def test_body_longer_than_the_cap_is_cut_and_flagged() -> None:
    body = html_to_text("x " * MAX_CHARS)

    assert not body.is_whole
    assert body.text


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<div>", "</div>", "<p>", "<blockquote type=cite>", "</blockquote>", "<div class=gmail_quote>", "<td>", "</tr>", "<ul>", "<li>",
             "x", " y ", "&nbsp;", "<br>", "<pre>", "</pre>", "\n", "<hr>", "<div id=Signature>", "<b style='display:none'>", "</b>", "é", "<", ">"]
        ),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_marks_fit_the_text_of_any_markup(html: str) -> None:
    body = html_to_text(html)

    assert all(0 <= mark.start < mark.end <= len(body.text) for mark in body.marks)
    assert all(left.end <= right.start for left, right in pairwise(body.marks))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=200))
def test_any_string_gives_text(html: str) -> None:
    assert isinstance(html_to_text(html).text, str)
