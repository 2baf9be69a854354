"""Turning a message into the terms that a model counts.

Words, those of the subject three times, attachment names, and who takes part. Pairs of words were tried
and left out: on real mail with many labels they cost accuracy, with few they gain little
(docs/classifier.md). Digits are not told apart: numbers change from mail to mail, that there is one matters.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from triage.classify.label import MailText
from triage.core.phrase import PhraseIndex

#: What stands in the place of a code: its number would be learnt by heart.
CODE_MASK = " codemask "
#: Words of a long mail past these add time, not sense.
_MOST_WORDS = 400
_SUBJECT_WEIGHT = 3
_SEPARATOR = "\n"

_WORD = re.compile(r"[^\W_]{2,40}")
_DIGITS = re.compile(r"[0-9]+")

#: Splits a document of ``document`` into its terms again, for scikit-learn.
TERM_PATTERN = r"[^\n]+"


def masked(mail: MailText, codes: PhraseIndex[Any]) -> MailText:
    """Return the mail with every code masked, so that a model learns the words around it."""
    return MailText(
        subject=codes.mask(mail.subject, CODE_MASK),
        text=codes.mask(mail.text, CODE_MASK),
        attachment_names=tuple(codes.mask(name, CODE_MASK) for name in mail.attachment_names),
        participants=mail.participants,
        list_id=mail.list_id,
    )


def document(mail: MailText) -> str:
    """Return the terms of a message, one a line."""
    return _SEPARATOR.join(_terms(mail))


def _terms(mail: MailText) -> Iterator[str]:
    subject = words_of(mail.subject)
    for _ in range(_SUBJECT_WEIGHT):
        yield from subject
    yield from words_of(mail.text)
    for name in mail.attachment_names:
        yield from (f"file:{word}" for word in words_of(name))
    for email in dict.fromkeys(mail.participants):
        yield f"from:{email}"
    for domain in dict.fromkeys(email.rpartition("@")[2] for email in mail.participants):
        yield f"dom:{domain}"
    if mail.list_id:
        yield f"list:{mail.list_id.lower()}"


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, digits not told apart; those of a long text only in part."""
    found = islice(_WORD.finditer(text), _MOST_WORDS)
    return [_DIGITS.sub("#", word[0].casefold()) for word in found]
