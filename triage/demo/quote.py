"""How mail programs put the earlier mail under the new one, in English and in German."""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from triage.demo.letter import Letter, Style
from triage.demo.people import DESK

_PHONE_LINE = {"en": "Sent from my phone", "de": "Von meinem Telefon gesendet"}
_HEADINGS = {"en": ("From", "Sent", "To", "Subject"), "de": ("Von", "Gesendet", "An", "Betreff")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Quoted:
    """The earlier mail, as the program of the answering person shows it.

    Attributes:
        at: When it was sent, in local time.
    """

    letter: Letter
    subject: str
    at: datetime


def text_body(letter: Letter, earlier: Quoted | None) -> str:
    """Return the plain text of a letter with its signature and the quote."""
    parts = [letter.text.strip()]
    if letter.style is Style.PHONE:
        parts.append(_PHONE_LINE[letter.sender.language])
    elif letter.sender.is_ours:
        parts.append(f"-- \n{letter.sender.name}\nNordlicht Systems, Hamburg")
    if earlier is not None:
        is_outlook = letter.style is Style.OUTLOOK
        parts.append(_outlook_text(letter, earlier) if is_outlook else _marked_text(letter, earlier))
    return "\n\n".join(parts) + "\n"


def html_body(letter: Letter, earlier: Quoted | None) -> str:
    """Return the HTML that Gmail or Outlook would make of a letter."""
    new = _paragraphs(letter.text)
    if letter.style is Style.OUTLOOK:
        return (
            f'<html><body><div class="WordSection1">{new}{_outlook_html(letter, earlier)}</div></body></html>'
        )
    return f'<html><body><div dir="ltr">{new}</div>{_gmail_html(letter, earlier)}</body></html>'


def _attribution(letter: Letter, earlier: Quoted) -> str:
    name = earlier.letter.sender.name
    if letter.sender.language == "de":
        return f"Am {earlier.at:%d.%m.%Y} um {earlier.at:%H:%M} schrieb {name}:"
    return f"On {earlier.at:%d/%m/%Y %H:%M}, {name} wrote:"


def _marked_text(letter: Letter, earlier: Quoted) -> str:
    lines = earlier.letter.text.strip().splitlines()
    return "\n".join([_attribution(letter, earlier), *(f"> {line}".rstrip() for line in lines)])


def _headings(letter: Letter, earlier: Quoted) -> list[tuple[str, str]]:
    sender = earlier.letter.sender
    values = (f"{sender.name} <{sender.email}>", f"{earlier.at:%d.%m.%Y %H:%M}", DESK.name, earlier.subject)
    return list(zip(_HEADINGS[letter.sender.language], values, strict=True))


def _outlook_text(letter: Letter, earlier: Quoted) -> str:
    headings = "\n".join(f"{name}: {value}" for name, value in _headings(letter, earlier))
    return f"{'_' * 32}\n{headings}\n\n{earlier.letter.text.strip()}"


def _outlook_html(letter: Letter, earlier: Quoted | None) -> str:
    if earlier is None:
        return ""
    headings = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in _headings(letter, earlier))
    return (
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{headings}</p></div>{_paragraphs(earlier.letter.text)}'
    )


def _gmail_html(letter: Letter, earlier: Quoted | None) -> str:
    if earlier is None:
        return ""
    return (
        '<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f"{escape(_attribution(letter, earlier))}<br></div>"
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;padding-left:1ex">'
        f"{_paragraphs(earlier.letter.text)}</blockquote></div>"
    )


def _paragraphs(text: str) -> str:
    blocks = (escape(block).replace("\n", "<br>") for block in text.strip().split("\n\n"))
    return "".join(f'<p class="MsoNormal">{block}</p>' for block in blocks)
