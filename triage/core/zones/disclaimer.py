"""Disclaimers and list footers: what a mail server or a mailing list puts under every mail."""

import re
from collections import defaultdict

from triage.core.zones.lines import Line
from triage.core.zones.separators import is_rule

PHRASES = (
    "intended recipient", "received this e-mail in error", "received this email in error",
    "received this message in error", "received it in error", "received this communication in error",
    "received this transmission in error", "may be privileged", "legally privileged",
    "privileged and confidential", "confidential and intended solely", "strictly confidential and",
    "confidential and/or privileged", "confidential and privileged", "confidential and may",
    "is confidential, intended only", "solely for the use of the", "unauthorized use, disclosure",
    "any unauthorised", "unauthorized review", "destroy all copies", "virus transmitted",
    "think before you print", "before printing this", "consider the environment before", "save a tree",
    "registered office", "registered in england", "this e-mail and any attachments",
    "this email and any attachments", "this message and any attachment", "this e-mail message and any",
    "this email has been scanned", "this message has been scanned", "virus-free. www",
    "this e-mail is confidential", "this email is confidential", "diese e-mail enthält vertrauliche",
    "diese e-mail kann vertrauliche", "nicht der richtige adressat", "irrtümlich erhalten",
    "nicht der beabsichtigte empfänger", "unbefugte weitergabe", "denken sie an die umwelt",
    "bitte prüfen sie, ob diese mail", "vertrauliche und/oder rechtlich geschützte", "amtsgericht",
    "geschäftsführer:", "ce message et toutes les pièces jointes", "ce message est confidentiel",
    "ce courriel est confidentiel", "si vous avez reçu ce message par erreur",
    "si vous n'êtes pas le destinataire", "pensez à l'environnement", "este mensaje es confidencial",
    "este mensaje y sus archivos adjuntos", "este correo electrónico es confidencial",
    "si usted no es el destinatario", "si ha recibido este mensaje por error", "antes de imprimir este",
    "esta mensagem é confidencial", "esta mensagem pode conter", "esta mensagem, incluindo seus anexos",
    "se você recebeu esta mensagem por engano", "se não for o destinatário", "antes de imprimir",
    "questo messaggio è confidenziale", "il presente messaggio",
    "le informazioni contenute in questo messaggio", "qualora non foste i destinatari",
    "se avete ricevuto questo messaggio per errore", "prima di stampare",
    "dit bericht is vertrouwelijk", "dit e-mailbericht is uitsluitend bestemd",
    "niet de bedoelde ontvanger", "ten onrechte ontvangen", "detta meddelande är konfidentiellt",
    "denne e-mail er fortrolig", "denne e-posten er konfidensiell", "tämä viesti on luottamuksellinen",
    "ta wiadomość jest poufna", "niniejsza wiadomość", "nie jest pan/pani adresatem",
    "tato zpráva je důvěrná", "tento e-mail je určen", "ez az üzenet bizalmas",
    "acest mesaj este confidențial", "это сообщение является конфиденциальным",
    "данное сообщение и любые", "содержит конфиденциальную информацию",
    "це повідомлення є конфіденційним", "το παρόν μήνυμα είναι εμπιστευτικό", "bu e-posta gizli",
    "bu mesaj ve ekleri", "הודעה זו מיועדת", "هذه الرسالة سرية", "本邮件及其附件", "本電子郵件",
    "本メールは", "機密情報", "本 메일은", "email này là bảo mật",
)  # fmt: skip
_FOOTERS = (
    "mailing list", "mailman/listinfo", "to unsubscribe", "unsubscribe from this",
    "you received this message because", "you are receiving this because", "listinfo",
    "list-unsubscribe", "posting guide", "mailinglist", "liste de diffusion", "abmelden:",
    "lista de correo", "sent from the", "view this message in context", "nabble.com",
)  # fmt: skip


def _by_inner_word() -> dict[str, list[str]]:
    """Return the phrases by their longest word that has others on both sides: it stands whole in any text."""
    found: dict[str, list[str]] = defaultdict(list)
    for phrase in PHRASES:
        found[max(phrase.split(" ")[1:-1], key=len, default="")].append(phrase)
    return found


_BY_INNER_WORD = _by_inner_word()
#: Of one or two words: a text may go on without a blank on either side.
_SHORT = tuple(_BY_INNER_WORD.pop(""))
_SHORT_ASCII = tuple(filter(str.isascii, _SHORT))
_LINK = re.compile(r"https?://\S|www\.\S", re.IGNORECASE)
_LONGEST_FOOTER = 8
_WIDE_RULE = 20
_FIRST_WORDS = 3_000
_ENOUGH_PHRASES = 2
_SHORT_DISCLAIMER = 400


def disclaimer_start(lines: list[Line], start: int, stop: int) -> int:
    """Return where the disclaimer at the end of a stretch begins; ``stop`` when there is none.

    Paragraph by paragraph from the end: each must carry a phrase of a disclaimer, or be a list footer.
    """
    found = end = stop
    while end > start:
        first, end = _paragraph_before(lines, start, end)
        if not _is_disclaimer(lines, first, end) and not _is_footer(lines, first, end):
            break
        found = end = first
    return found


def _paragraph_before(lines: list[Line], start: int, stop: int) -> tuple[int, int]:
    end = stop
    while end > start and not lines[end - 1].words:
        end -= 1
    first = end
    while first > start and lines[first - 1].words:
        first -= 1
    return first, end


def _is_disclaimer(lines: list[Line], first: int, end: int) -> bool:
    words = " ".join(line.words for line in lines[first:end])[:_FIRST_WORDS].lower()
    hits = sum(map(words.__contains__, _candidates(words)))
    return hits >= _ENOUGH_PHRASES or (hits == 1 and len(words) < _SHORT_DISCLAIMER and "?" not in words)


def _candidates(words: str) -> list[str]:
    """Return the phrases that may stand in a text: the last paragraph of every mail is asked for all."""
    found = list(_SHORT_ASCII if words.isascii() else _SHORT)
    for inner in _BY_INNER_WORD.keys() & words.split(" "):
        found += _BY_INNER_WORD[inner]
    return found


def _is_footer(lines: list[Line], first: int, end: int) -> bool:
    """Whether a paragraph below a rule talks of a list, or holds a link like an advertisement."""
    rule = lines[first].words
    if not is_rule(rule) or not 1 < end - first <= _LONGEST_FOOTER:
        return False
    below = [line.words for line in lines[first + 1 : end]]
    if any(phrase in words.lower() for words in below for phrase in _FOOTERS):
        return True
    return rule[0] == "_" and len(rule) >= _WIDE_RULE and any(_LINK.search(words) for words in below)
