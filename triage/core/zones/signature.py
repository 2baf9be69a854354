# ruff: noqa: RUF001 (words of many alphabets)
"""Signatures at the end of a sender's own text.

Precise rather than complete: a closing ("Best regards, Ana") stays new, for nothing is lost when it
does. What counts is the delimiter of RFC 3676 section 4.3, the lines that phones add, the contact block
below a name, and lines that this sender repeats.
"""

import re
from collections.abc import Callable

from triage.core.message import Address
from triage.core.zones.lines import Line
from triage.core.zones.repetition import line_hash
from triage.core.zones.separators import is_rule

_MAX_LINES = 12
_MAX_CHARS = 600
_MAX_DELIMITED_LINES = 25
_MAX_NAME_WORDS = 5
_MIN_CONTACTS = 2
_MAX_CLOSING_WORDS = 3
_MAX_PHRASE_WORDS = 5
_LONGEST_CLOSING = 40
_SHORTEST_NAME = 3
_LONGEST_LINE = 90

_DELIMITER = frozenset({"--", "—", "– –", "__", "---"})
_SENT = (
    "sent|written|typed|envoyé|gesendet|von meinem|enviado|enviada|enviat|inviato|verzonden|verstuurd|skickat"
    "|skickades|sendt|lähetetty|wysłane|wysłano|odesláno|odoslané|poslano|küldve|elküldve|trimis"
    "|отправлено|надіслано|отримано|изпратено|στάλθηκε|gönderildi|saadetud|išsiųsta|nosūtīts"
    "|נשלח|تم الإرسال|أرسلت|ارسال شده|đã gửi|được gửi|dikirim|get|download|发自|發自|從我的|从我的|自我的"
)
_DEVICES = (
    "iphone|ipad|ipod|ios|android|blackberry|samsung|galaxy|nokia|windows|outlook|yahoo|mobile|handy|smartphone"
    "|telefon|phone|téléphone|teléfono|telefono|móvil|celular|telefone|cellulare|device|gerät|mail|tablet|htc"
    "|huawei|xiaomi|sony|lg|motorola|verizon|at&t|t-mobile|proton|sparrow|acompli|k-9|bluemail|gmx|web\\.de|treo"
    "|pixels|телефон\\w*|устройства|смартфона|айфон\\w*|手机|手機"
)
#: What phones and mail programs write at the end, verb first, and in languages that put it last.
_DEVICE = re.compile(
    rf"[*_]{{0,2}}(?:{_SENT})\b[^.?!]{{0,60}}?\b(?:{_DEVICES})|发自我的|從我的\s?i|iphone(?:에서|から)"
    r"|나의\s\w{2,12}에서|von meinem \w{3,20} gesendet",
    re.IGNORECASE,
)
_LONGEST_DEVICE_LINE = 120
_CONTACT = re.compile(
    r"(?:\+|\b00)\d[\d\s()./-]{6,}|\(?\b\d{2,5}\)?[\s./-]\d{3,4}[\s./-]\d{3,5}\b|\b\d{3}[.-]\d{4}\b|\bhttps?://\S|\bwww\.\S"
    r"|(?<!\w)(?:tel|fax|phone|mobile?|cell|telefon|handy|direct|office|fon|tél|móvil|gsm|skype"
    r"|тел|моб|факс|電話|电话|전화)\s?(?:\(\w{1,12}\))?[.:#/]|\((?:phone|fax|cell|office|direct|mobile)\)",
    re.IGNORECASE,
)
_CONTACT_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,100}\.\w{2,}")
#: One of these is in everything that ``_CONTACT`` finds, and in few lines of prose.
_CONTACT_SIGN = re.compile(r"[\d.:#/(]")
_PHONE = re.compile(r"(?:\d[\s().-]{0,3}){7,}")
_SENTENCE_END = re.compile(r"[.?!][\"')]?$")
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_.'’-]*[.'’-]?[^\W\d_]*\.?,?$")


def signature_start(
    lines: list[Line],
    start: int,
    stop: int,
    *,
    sender: Address | None,
    is_repeated: Callable[[int], bool] | None,
) -> int:
    """Return where the signature at the end of a stretch of own text begins; ``stop`` when there is none."""
    end = _trim(lines, start, stop)
    found = _delimited(lines, start, end)
    if found is None:
        found = _without_devices(lines, start, end)
        if is_repeated is not None:
            found = _without_repeated(lines, start, found, is_repeated)
        found = _contact_block(lines, start, _trim(lines, start, found), sender, found)
    if _trim(lines, start, found) == start and found < stop:
        # Nothing would be left of the stretch: a mail that only looks like a signature is what was said.
        return stop
    return stop if found >= end else found


def _trim(lines: list[Line], start: int, stop: int) -> int:
    while stop > start and not lines[stop - 1].words:
        stop -= 1
    return stop


def _delimited(lines: list[Line], start: int, end: int) -> int | None:
    """The delimiter line nearest to the end, when what follows has the size of a signature."""
    floor = max(start, end - _MAX_DELIMITED_LINES - 1)
    for index in range(end - 1, floor - 1, -1):
        if lines[index].words in _DELIMITER:
            has_blank_above = index == start or not lines[index - 1].words
            limit = _MAX_DELIMITED_LINES if lines[index].words == "--" else _MAX_LINES
            chars = lines[end - 1].end - lines[index].start
            is_short = end - index - 1 <= limit and chars <= 2 * _MAX_CHARS
            is_dash = lines[index].words == "--"
            return index if is_short and (is_dash or has_blank_above) and end - index > 1 else None
    return None


def _without_devices(lines: list[Line], start: int, end: int) -> int:
    """Cut the lines that a phone or a mail program put at the end."""
    while end > start:
        words = lines[end - 1].words
        if not words or (len(words) <= _LONGEST_DEVICE_LINE and _DEVICE.match(words)):
            end -= 1
        else:
            break
    return end


def _without_repeated(lines: list[Line], start: int, end: int, is_repeated: Callable[[int], bool]) -> int:
    """Cut trailing lines that earlier mails of this sender ended with; a question is never cut."""
    found = end
    for index in range(end - 1, max(start, end - 2 * _MAX_LINES) - 1, -1):
        words = lines[index].words
        if not words:
            continue
        if "?" in words or not is_repeated(line_hash(words)):
            break
        found = index
    return found


def _contact_block(lines: list[Line], start: int, end: int, sender: Address | None, otherwise: int) -> int:
    """The block of name, title, company and numbers at the end: where its first line stands."""
    best = otherwise
    chars = contacts = blanks = 0
    has_phone = False
    for index in range(end - 1, max(start, end - _MAX_LINES - 2) - 1, -1):
        words = lines[index].words
        if not words:
            blanks += 1
            if blanks > 1:
                break
            continue
        chars += len(words)
        if chars > _MAX_CHARS or len(words) > _LONGEST_LINE or _reads_like_sentence(words):
            break
        if is_rule(words):
            return index if contacts >= _MIN_CONTACTS or best < otherwise else best
        is_contact = _is_contact(words)
        contacts += is_contact
        has_phone = has_phone or (is_contact and _PHONE.search(words) is not None)
        if not is_contact and _is_block_top(lines, index, start):
            is_own = has_phone and contacts > 0 and _is_sender(words, sender)
            if is_own or (contacts >= _MIN_CONTACTS and _is_name(words)):
                best = index
    return best


def _is_contact(words: str) -> bool:
    """Whether a line holds a number, a link or an address."""
    if _CONTACT_SIGN.search(words) is None:
        return False
    return _CONTACT.search(words) is not None or ("@" in words and _CONTACT_ADDRESS.search(words) is not None)


def _reads_like_sentence(words: str) -> bool:
    if words[-1] in "?!" or (words.endswith(",") and len(words.split()) > _MAX_CLOSING_WORDS):
        return True
    # The end is two characters at most.
    return _SENTENCE_END.search(words[-2:]) is not None and len(words.split()) > _MAX_PHRASE_WORDS


def _is_block_top(lines: list[Line], index: int, start: int) -> bool:
    """Whether a paragraph, or the part below a closing, begins with this line."""
    if index == start or not lines[index - 1].words:
        return True
    above = lines[index - 1].words
    return len(above) <= _LONGEST_CLOSING and above[-1] in ",!-–" and len(above.split()) <= _MAX_PHRASE_WORDS


def _is_name(words: str) -> bool:
    parts = words.strip("*_-–— ").split()
    if words.endswith(",") or (len(parts) == 1 and words.isupper()):
        return False
    return 1 <= len(parts) <= _MAX_NAME_WORDS and all(
        _NAME_WORD.match(part) and not part[0].islower() for part in parts
    )


def _is_sender(words: str, sender: Address | None) -> bool:
    """Whether a line holds a name of the sender."""
    if sender is None or len(words.split()) > _MAX_NAME_WORDS + 1:
        return False
    own = {part.strip(".,").lower() for part in sender.name.split() if len(part) >= _SHORTEST_NAME}
    return bool(own & {part.strip("*_,.-–— ").lower() for part in words.split()})
