"""One generated message as a file: trace and signature headers, text, HTML, attachments, and small lies."""

import base64
import quopri
import random
from dataclasses import dataclass
from html import escape

_CHARSETS = ("utf-8", "utf-8", "utf-8", "iso-8859-1", "windows-1252")
_ATTACHMENTS = (
    ("application/pdf", "pdf"),
    ("image/png", "png"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/zip", "zip"),
)
_LARGEST_ATTACHMENT = 5_200_000
_FONT = "font-size:11.0pt;font-family:Calibri,sans-serif;color:black"
#: Office programs put a few kilobytes of rules in front of every mail.
_STYLE = "\n".join(
    (
        "<style>",
        *(
            f"p.Style{number}, li.Style{number} {{margin:0cm; margin-bottom:.0001pt; {_FONT}; "
            f"mso-style-priority:{number}}}"
            for number in range(20)
        ),
        "</style>",
    )
)
#: Bytes of base64 in a line, its end included.
_LINE = 77


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What a message says.

    Attributes:
        references: Message-IDs of the mails before it, oldest first.
        headers: Further header lines.
        html_chance: That it has an HTML form too.
        attachment_chance: That it has a file.
    """

    number: int
    sender: str
    to: str
    subject: str
    message_id: str
    text: str
    references: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    html_chance: float
    attachment_chance: float


class Filler:
    """Random base64, made once: attachments are stretches of it, for making each anew takes minutes."""

    def __init__(self, chance: random.Random) -> None:
        self._encoded = base64.encodebytes(chance.randbytes(_LARGEST_ATTACHMENT + 1_000_000))

    def attachment(self, chance: random.Random) -> bytes:
        """Return the encoded content of a file: a third are below 50 KB, few are megabytes."""
        size = min(int(chance.lognormvariate(11.1, 1.42)), _LARGEST_ATTACHMENT)
        lines = size * 4 // 3 // (_LINE - 1) + 1
        start = chance.randrange(len(self._encoded) // _LINE - lines) * _LINE
        return self._encoded[start : start + lines * _LINE]


def mail_file(letter: Letter, date: str, chance: random.Random, filler: Filler) -> bytes:
    """Return the message as it lies on the server, lines ending in CRLF."""
    charset = chance.choice(_CHARSETS)
    # Some lie about their charset, and some name one that does not exist.
    declared = {7: "x-unknown", 57: "us-ascii"}.get(letter.number % 80, charset)
    body = _text_part("plain", letter.text, charset, declared, chance)
    boundary = f"=_{letter.number}_{chance.getrandbits(60):x}"
    if chance.random() < letter.html_chance:
        html = _text_part("html", _html(letter.text), charset, declared, chance)
        body = _multipart("alternative", f"{boundary}a", [body, html])
    files: list[bytes] = []
    while chance.random() < letter.attachment_chance and len(files) < 3:
        files.append(_file_part(f"report-{letter.number}-{len(files)}", chance, filler))
    if files:
        body = _multipart("mixed", f"{boundary}m", [body, *files])
    head = "\n".join(_header(letter, date, chance)) + "\nMIME-Version: 1.0\n"
    return (head.encode() + body).replace(b"\n", b"\r\n")


def _header(letter: Letter, date: str, chance: random.Random) -> list[str]:
    number, domain = letter.number, letter.sender.partition("@")[2]
    lines = [f"Return-Path: <{letter.sender}>", f"Delivered-To: {letter.to}"]
    lines += [
        f"Received: from hop{hop}.{domain} (hop{hop}.{domain} [192.0.2.{hop}])\n"
        f"\tby hop{hop + 1}.relay.example (Postfix) with ESMTPS id {number}x{hop}\n"
        f"\tfor <{letter.to}>; {date}"
        for hop in range(chance.randrange(2, 6))
    ]
    signature = "\n\t ".join(_token(chance, 72) for _ in range(4))
    lines += [
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=mail;\n\tb={signature}",
        f"Authentication-Results: mx.vendor.example; dkim=pass header.d={domain}; spf=pass",
        f"X-Mailer: Office {chance.randrange(9, 17)}.0",
        f"X-Scanned: {_token(chance, 100)}",
    ]
    lines += [
        f"From: {letter.sender.partition('@')[0].title()} <{letter.sender}>",
        f"To: {letter.to}",
        f"Subject: {letter.subject}",
        f"Date: {date}",
        f"Message-ID: <{letter.message_id}>",
    ]
    if letter.references:
        lines.append(f"In-Reply-To: <{letter.references[-1]}>")
        lines.append("References: " + "\n ".join(f"<{one}>" for one in letter.references))
    # One in a hundred has a line that is no field.
    lines += ["this line lost its name"] if number % 100 == 51 else []
    return [*lines, *letter.headers]


def _text_part(kind: str, text: str, charset: str, declared: str, chance: random.Random) -> bytes:
    content = f"{text}\n".encode(charset, "replace")
    encoding = chance.choice(("8bit", "quoted-printable", "quoted-printable", "base64"))
    if encoding == "quoted-printable":
        content = quopri.encodestring(content)
    elif encoding == "base64":
        content = base64.encodebytes(content)
    head = f'Content-Type: text/{kind}; charset="{declared}"\nContent-Transfer-Encoding: {encoding}\n\n'
    return head.encode() + content


def _html(text: str) -> str:
    paragraphs = "\n".join(
        f'<p class=MsoNormal style="margin:0cm"><span style="{_FONT}">{escape(line)}<o:p></o:p></span></p>'
        for line in text.splitlines()
    )
    return (
        f"<html><head>{_STYLE}</head>\n<body lang=DE><div class=Section1>\n{paragraphs}\n</div></body></html>"
    )


def _file_part(name: str, chance: random.Random, filler: Filler) -> bytes:
    content_type, ending = chance.choice(_ATTACHMENTS)
    head = (
        f'Content-Type: {content_type}; name="{name}.{ending}"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="{name}.{ending}"\n\n'
    )
    return head.encode() + filler.attachment(chance)


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    mark = boundary.encode()
    return head + b"".join(b"--%s\n%s\n" % (mark, part) for part in parts) + b"--%s--\n" % mark


def _token(chance: random.Random, length: int) -> str:
    return base64.b64encode(chance.randbytes(length * 3 // 4)).decode()
