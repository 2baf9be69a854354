"""The base subject: what is left when reply and forward marks are taken away.

Used to propose that two messages belong together and to notice that a reply changed its topic. An
equal base subject alone never joins two messages.
"""

import re
from functools import lru_cache

#: Nothing behind this many characters decides what a mail is about; it bounds the work.
_MAX_CHARS = 1_000

_REPLY = (
    # English, German, Scandinavian, Dutch, French, Spanish, Portuguese, Italian
    "re", "aw", "antw", "antwort", "sv", "vs", "svar", "ref", "rép", "rep", "res", "rif", "r", "rsp",
    # Polish, Turkish, Hungarian, Latvian, Lithuanian, Indonesian, Albanian, Welsh
    "odp", "ynt", "yan", "vá", "atb", "ats", "bls", "kthim", "ateb",
    # Cyrillic, Greek, Hebrew, Arabic, Thai, Chinese, Japanese, Korean
    "отв", "ответ", "на", "відп", "απ", "σχετ", "השב", "תגובה", "رد", "ตอบ",
    "回复", "回覆", "答复", "返信", "답장", "회신",
)  # fmt: skip
_FORWARD = (
    "fw", "fwd", "wg", "wtr", "doorst", "vb", "vl", "vid", "tr", "rv", "enc", "i", "inoltro",
    "pd", "ilt", "i̇lt", "továbbítás", "továbbítva", "trs", "terusan", "përc",
    "пер", "переслать", "пересл", "прдж", "πρθ", "הועבר", "إعادة توجيه", "ส่งต่อ",
    "转发", "轉寄", "转寄", "転送", "전달",
)  # fmt: skip
_AUTOMATIC = (
    "automatic reply", "automatische antwort", "automatisch antwoord", "réponse automatique",
    "respuesta automática", "resposta automática", "risposta automatica", "autosvar",
    "automaattinen vastaus", "automatiskt svar", "automatisk svar",
)  # fmt: skip

_WORDS = "|".join(sorted(map(re.escape, (*_REPLY, *_FORWARD, *_AUTOMATIC)), key=len, reverse=True))
#: ``[list]``: a blob of RFC 5256.
_BLOB = r"\[[^\[\]]*+\]\s*+"
#: ``Re:``, ``RE[2]:``, ``Re^3:``, ``AW (2):``, ``[list] Fwd:``, and the full-width colon.
_LEADER = re.compile(
    rf"(?:{_BLOB})*+(?:{_WORDS})\s?(?:\[[^\[\]]*+\]|\^?\d+|\(\d+\))?\s?[:\uff1a]\s*+", re.IGNORECASE
)
_BLOB_AHEAD = re.compile(_BLOB)
_TRAILER = re.compile(r"\s*\(fwd\)\s*$", re.IGNORECASE)
_WRAPPED_FORWARD = re.compile(r"\[fwd:(.*)\]", re.IGNORECASE)


@lru_cache(maxsize=1_024)
def base_subject(subject: str) -> str:
    """Return the base subject, folded in case so that equal topics compare equal.

    Args:
        subject: The decoded Subject. What stands behind the first 1,000 characters is not looked at.

    Returns:
        The base subject; empty when the subject holds nothing but marks.

    Source: RFC 5256 section 2.1, with the marks that clients write in other languages than English.
    """
    base, _ = _stripped(subject)
    return base.casefold()


def is_reply_or_forward(subject: str) -> bool:
    """Return whether the subject carries a reply or forward mark.

    Source: RFC 5256 section 2.1, "is it a reply or forward".
    """
    _, has_mark = _stripped(subject)
    return has_mark


def _stripped(subject: str) -> tuple[str, bool]:
    text = " ".join(subject[:_MAX_CHARS].split())
    has_mark = False
    while True:
        text, was_trailed = _without_trailers(text)
        text, was_led = _without_leaders(text)
        has_mark = has_mark or was_trailed or was_led
        wrapped = _WRAPPED_FORWARD.fullmatch(text)
        if wrapped is None:
            return text, has_mark
        text, has_mark = wrapped.group(1).strip(), True


def _without_trailers(text: str) -> tuple[str, bool]:
    has_mark = False
    while trailer := _TRAILER.search(text):
        text, has_mark = text[: trailer.start()], True
    return text, has_mark


def _without_leaders(text: str) -> tuple[str, bool]:
    at, has_mark = 0, False
    while True:
        if leader := _LEADER.match(text, at):
            at, has_mark = leader.end(), True
        elif (blob := _BLOB_AHEAD.match(text, at)) and blob.end() < len(text):
            at = blob.end()
        else:
            return text[at:], has_mark
