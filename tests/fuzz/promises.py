"""What every message promises, however it came about."""

from triage.core.message import Message

_UNSAFE = frozenset(
    "\x7f\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u2028\u2029"
)


def check(message: Message) -> None:
    """Raise AssertionError if a promise is broken."""
    lines = [
        message.subject,
        *(one.name for one in message.senders + message.to + message.cc + message.reply_to),
    ]
    lines += [one.name for one in message.attachments]
    for line in lines:
        assert_safe(line)
        assert "\n" not in line
        assert "\t" not in line
    assert_safe(message.text)
    position = 0
    for zone in message.zones:
        assert zone.start == position < zone.end, "zones tile the text"
        position = zone.end
    assert position == len(message.text), "zones cover the text"
    assert len(set(message.defects)) == len(message.defects), "each defect once"
    assert all(one.isprintable() for one in message.defects)
    assert not {"zones:failed", "class:failed"}.intersection(message.defects), "a fault of ours"


def assert_safe(text: str) -> None:
    """Hold a text to what a page, a log, a terminal and a database take as it is."""
    text.encode("utf-8")
    assert not any(
        (char < " " and char not in "\n\t") or "\x80" <= char <= "\x9f" or char in _UNSAFE for char in text
    )
