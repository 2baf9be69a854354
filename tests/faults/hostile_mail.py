"""Faults 51 to 65 of the list as mail: what a sender may write. Each name begins with its number."""

import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass

from tests.acceptance.mail import letter


@dataclass(frozen=True, kw_only=True, slots=True)
class Hostile:
    """A mail.

    Attributes:
        name: The number of the fault and what it is; stands in the words too where there are words.
    """

    name: str
    content: bytes


def hostile_mails() -> Iterator[Hostile]:
    """Yield the mails; none of them is a reply to another unless its name says so."""
    yield from _ids()
    yield from _charsets()
    yield from _bombs()
    yield from _senders()
    yield from _dates()
    yield from _references()
    yield from _kinds()
    yield from _displayed()


def raw(
    name: str, *fields: str | bytes, body: str | bytes | None = None, sender: str | bytes = ""
) -> Hostile:
    """Return a mail with exactly these header fields, and From, To, Date and Subject where they lack."""
    given = [field.encode() if isinstance(field, str) else field for field in fields]
    if sender is not None:
        line = sender or f"{name.replace(' ', '-')}@acme.example"
        given.insert(0, b"From: " + (line.encode() if isinstance(line, str) else line))
    names = {field.partition(b":")[0].lower() for field in given}
    defaults = {
        b"To": b"desk@vendor.example",
        b"Date": b"Mon, 02 Mar 2026 09:00:00 +0000",
        b"Subject": name.encode(),
        b"Message-ID": f"<{name.replace(' ', '-')}@mail.example>".encode(),
    }
    given[:0] = [key + b": " + value for key, value in defaults.items() if key.lower() not in names]
    words = f"Could you look at {name}?" if body is None else body
    content = b"\r\n".join(given) + b"\r\n\r\n" + (words.encode() if isinstance(words, str) else words)
    return Hostile(name=name, content=content + b"\r\n")


def _ids() -> Iterator[Hostile]:
    yield raw("51 empty id", "Message-ID:")
    yield raw("51 angle brackets only", "Message-ID: <>")
    yield raw("51 open bracket", "Message-ID: <[x@y>")
    without = raw("51 no id").content.split(b"\r\n")
    yield Hostile(
        name="51 no id",
        content=b"\r\n".join(line for line in without if not line.startswith(b"Message-ID")),
    )
    yield raw("52 the first", "Message-ID: <shared@mail.example>", sender="lena@acme.example")
    yield raw("52 the second", "Message-ID: <shared@mail.example>", sender="lena@acme.example")
    yield raw("52 of another customer", "Message-ID: <shared@mail.example>", sender="ivo@beta.example")


def _charsets() -> Iterator[Hostile]:
    plain = 'Content-Type: text/plain; charset="{}"'
    yield raw("54 nul", plain.format("utf-8"), body=b"before\0after")
    yield raw("54 invalid utf-8", plain.format("utf-8"), body=b"caf\xe9 \xff\xfe open")
    yield raw("54 surrogate", plain.format("utf-8"), body=b"half \xed\xa0\x80 pair")
    yield raw("54 utf-7", plain.format("utf-7"), body=b"+2D0- +AGEA2ABi-")
    yield raw("54 unknown charset", plain.format("x-martian"), body="grüße".encode())
    yield raw("54 subject", b"Subject: 54 subject \0 \xed\xa0\x80 =?utf-8?b?7aCA?= =?utf-16?b?2AA=?=")


def _bombs() -> Iterator[Hostile]:
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(2_000))
    yield raw("55 deep multipart", deep + "Content-Type: text/plain\r\n\r\ninnermost", body="")
    nested = "Content-Type: message/rfc822\r\n\r\n" * 1_000
    yield raw("55 deep messages", nested + "Subject: innermost", body="inner words")
    parts = "--b\r\n\r\nx\r\n" * 100_000 + "--b--"
    yield raw("56 many parts", 'Content-Type: multipart/mixed; boundary="b"', body=parts)
    yield raw("56 long subject", "Subject: 56 long subject " + "x" * 1_000_000)
    yield raw("56 encoded words", "Subject: 56 encoded words " + "=?utf-8?q?x?= " * 30_000)
    yield raw("56 fifty thousand fields", *(f"X-Field-{n}: value" for n in range(50_000)))
    html = "57 words in the html" + "<div>" * 200_000
    yield raw("57 nested tags", "Content-Type: text/html; charset=utf-8", body=html)


def _senders() -> Iterator[Hostile]:
    yield raw("59 two froms", "From: eve@evil.example", sender="ada@acme.example")
    yield raw("59 eight bits", sender=b"J\xfcrgen B\xf6hm <juergen@acme.example>")
    yield raw("59 group", sender="Everybody: ada@acme.example, ivo@beta.example;")
    yield raw("59 name like an address", sender='"ada@acme.example" <eve@evil.example>')
    yield raw("59 two ats", sender="ada@acme.example)eve@evil.example")
    yield raw("59 nested brackets", sender="<ada@acme.example<eve@evil.example>>")


def _dates() -> Iterator[Hostile]:
    for name, date in {
        "february": "Sat, 31 Feb 9999 25:61:61 +0000",
        "year 0": "Mon, 01 Jan 0000 00:00:00 +0000",
        "zone": "Mon, 02 Mar 2026 09:00:00 +9999",
        "words": "yesterday",
    }.items():
        yield raw(f"60 {name}", f"Date: {date}")
    yield raw(
        "60 two dates", "Date: Mon, 02 Mar 2026 09:00:00 +0000", "Date: Tue, 03 Mar 2037 09:00:00 +0000"
    )


def _references() -> Iterator[Hostile]:
    many = "\r\n ".join(f"<parent-{number}@mail.example>" for number in range(10_000))
    yield raw("61 ten thousand", f"References: {many}")
    yield raw("61 itself", "References: <61-itself@mail.example>", "In-Reply-To: <61-itself@mail.example>")
    one, two = "<61-loop-one@mail.example>", "<61-loop-two@mail.example>"
    yield raw("61 loop one", f"References: {two}", f"In-Reply-To: {two}", sender="lo@acme.example")
    yield raw("61 loop two", f"References: {one}", f"In-Reply-To: {one}", sender="lo@acme.example")


def _kinds() -> Iterator[Hostile]:
    for number in range(300):
        yield Hostile(
            name=f"62 storm {number}",
            content=letter(
                f"62-storm-{number}",
                sender="robot@beta.example",
                subject="Automatic reply: Portal",
                body=f"I am away. Number {number}.",
                headers={"Auto-Submitted": "auto-replied"},
            ),
        )
    for name, kind in {
        "invitation": "text/calendar; method=REQUEST",
        "tnef": 'application/ms-tnef; name="winmail.dat"',
        "s-mime": "application/pkcs7-mime; smime-type=enveloped-data",
        "pgp": 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"',
        "image only": "image/png",
    }.items():
        yield raw(f"63 {name}", f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", body="AAAA")
    yield raw("63 empty", body="")


def _displayed() -> Iterator[Hostile]:
    newline = "=?utf-8?q?64_newline=0D=0ABcc:_eve@evil.example=1B[31m=00?="
    yield raw("64 newline", f"Subject: {newline}")
    folded = base64.b64encode(b"64 base64\r\nX-Evil: yes").decode()
    yield raw("64 base64", f"Subject: =?utf-8?b?{folded}?=")
    turned = quopri.encodestring("65 bidi \u202egpj.exe\u200b".encode(), header=True).decode()
    yield raw("65 bidi", f"Subject: =?utf-8?q?{turned}?=")
    yield raw("65 homoglyph", sender="ada@xn--cme-6cd.example")
    yield raw("65 homoglyph raw", sender="ada@\u0430cme.example")
