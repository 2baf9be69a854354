"""What the new words of a mail are: a closing thank-you, a holding reply, a request.

Word lists in many languages, matched on folded words. A hint for ranking, never a deletion: a closing
mail stays visible, with the reason. Not here: questions and commitments sentence by sentence.
"""

import re
import string
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

from triage.core.carried import carried
from triage.core.western import Western

#: A closing mail has at most so many words.
CLOSING_WORDS = 25
#: Scripts without spaces have long "words": so many characters a word, no more.
_LETTERS = 12
#: A holding reply says little else.
HOLDING_WORDS = 45
#: More is not looked at: no hint needs it, and a huge mail must not cost time.
_CHARACTERS_READ = 4_000
#: A thread is derived again with each of its mails: so many texts are kept with what was read.
_TEXTS_KEPT = 4_096

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)?")
#: Letters that are not a base letter with an accent, and the apostrophe of printers.
_ALONE = (("\u0142", "l"), ("\u00f8", "o"), ("\u00df", "ss"), ("\u2019", "'"))
#: The accents that decomposition leaves of Latin letters; U+034F is none.
_IS_BEYOND = re.compile("[^\\x00-\\x7f\u0300-\u034e\u0350-\u036f]")
_QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")


def _fold(text: str) -> str:
    """Lower case without accents, so that one spelling of each word is enough."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.lower())
    for letter, plain in _ALONE:
        bare = bare.replace(letter, plain)
    if _IS_BEYOND.search(bare) is None:
        # Most languages of Europe: beside their accents all is ASCII.
        return bare.encode("ascii", "ignore").decode("ascii")
    # A text has few different accents and many letters.
    for mark in filter(unicodedata.combining, set(bare)):
        bare = bare.replace(mark, "")
    return bare


_WESTERN = Western(_fold, kept=string.ascii_lowercase + string.digits + "'")


def _runs(text: str) -> list[str]:
    """Return the words of a text, folded."""
    if (plain := _WESTERN.folded(text)) is not None:
        return _ASCII_WORD.findall(plain) if "'" in plain else plain.split()
    folded = _fold(text)
    return (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)


def _words(text: str) -> frozenset[str]:
    return frozenset(_fold(text).split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(f" {line.strip()} " for line in text.strip().splitlines())


_THANKS = _words(
    "thanks thank thx cheers appreciated danke dankeschon besten merci remercie remercions gracias "
    "agradezco agradecemos grazie ringrazio ringraziamo obrigado obrigada obg agradeco bedankt "
    "dankjewel dankuwel dziekuje dziekujemy dzieki dekuji dekujeme diky dakujem tack takk kiitos "
    "kiitokset tesekkurler tesekkur sagolun koszonom koszonjuk multumesc multumim mersi hvala "
    "eucharisto спасибо благодарю благодарим дякую дякуємо благодаря хвала ευχαριστω ευχαριστουμε شكرا "
    "תודה धन्यवाद"
)
#: These close a mail only when it says hardly anything else: ``prima`` is also Italian for before.
_NODS = _words(
    "ok okay perfect great received noted ty super prima perfekt erhalten dank parfait recu entendu "
    "perfecto recibido vale perfetto ricevuto perfeito recebido ontvangen otrzymalem mottaget "
    "modtaget mottatt принято"
)
#: Danish thanks, where ``tak`` alone is Polish for yes; German thanks, where ``dank`` alone is a nod.
_THANKS_PAIRS = frozenset({("mange", "tak"), ("tak", "for"), ("vielen", "dank"), ("herzlichen", "dank")})
_NOD_WORDS = 6
_THANKS_IN_CHARACTERS = ("谢谢", "謝謝", "感谢", "收到", "ありがとう", "承知", "了解", "감사")

#: A thank-you that says one of these is more than a thank-you: contrast, denial, trouble, request.
_MORE = _words(
    "but still however again not no except unfortunately although only yet never nothing none cannot "
    "cant can't don't doesn't didn't isn't won't wasn't haven't hasn't couldn't please need needs want "
    "could would can should must kindly asap urgent urgently waiting wait when what why how where who "
    "which whether error errors fail fails failed failing broken down issue issues problem problems "
    "wrong missing crash bug go proceed start do send call update fix check confirm explain provide "
    "tell let's resend reopen aber noch jedoch wieder nicht kein keine keinen ausser leider nur "
    "trotzdem nie nichts bitte brauche brauchen benotige benotigen konnten konnte kannst konnen sollte "
    "mussen dringend warten warte macht machen mach starten los wann was warum wie wo wer welche ob "
    "fehler kaputt falsch fehlt problem probleme mais encore toujours cependant pas plus sauf "
    "malheureusement jamais rien aucun besoin pouvez pourriez veuillez svp urgent attends attendons "
    "quand quoi pourquoi comment erreur probleme panne manque faut pero todavia aun embargo nuevo otra "
    "salvo lamentablemente nunca nada necesito necesitamos puede podria pueden favor urgente espero "
    "esperamos cuando porque como error fallo problema falta ma ancora pero tuttavia nuovamente non "
    "tranne purtroppo mai niente bisogno puo potete potreste urgente attendo attendiamo quando perche "
    "come errore problema guasto manca mas ainda porem entanto novamente nao exceto infelizmente nunca "
    "preciso precisamos pode poderia podem urgente aguardo aguardamos quando porque erro falha problema "
    "maar nog echter weer niet geen behalve helaas nooit niets nodig kunt kan kunnen graag dringend "
    "wacht wachten wanneer waarom hoe fout probleem kapot ale jednak znowu nie oprocz niestety nigdy "
    "nic potrzebuje prosze moze czekam kiedy dlaczego jak blad problem vsak ne bohuzel prosim potrebuji "
    "muzete cekam kdy proc jak chyba men dock fortfarande igen inte forutom tyvarr aldrig behover kan "
    "snalla vantar nar varfor hur fel dog stadig ikke undtagen desvaerre aldri trenger venter hvornar "
    "hvorfor hvordan fejl feil mutta edelleen kuitenkin taas ei paitsi valitettavasti koskaan tarvitsen "
    "voitko odotan milloin miksi virhe ama fakat hala yine degil haric maalesef asla lutfen ihtiyac "
    "bekliyorum neden nasil hata sorun megis ujra nem kiveve sajnos soha kerem szukseg varom mikor "
    "miert hogyan hiba dar totusi iar nu rog nevoie astept cand eroare но однако снова не кроме "
    "сожалению никогда пожалуйста нужно нужен прошу жду когда почему как ошибка проблема але проте "
    "знову будь потрібно коли чому помилка αλλα ομως ξανα δεν παρακαλω χρειαζομαι ποτε γιατι λαθος"
)
_MORE_IN_CHARACTERS = (
    "但",
    "请",
    "請",
    "不",
    "错",
    "問題",
    "问题",
    "ください",
    "お願い",
    "まだ",
    "ない",
    "부탁",
    "않",
)

#: A request that is not a question, to tell a mail that wants something from one that informs.
_REQUESTS = _words(
    "please need needs could would kindly asap urgent urgently confirm provide advise bitte brauche "
    "brauchen benotige benotigen konnten konnen dringend veuillez svp besoin pourriez pouvez favor "
    "necesito necesitamos podria pueden necessito preciso precisamos poderia podem bisogno potete "
    "potreste graag nodig kunt prosze potrzebuje prosim potrebuji snalla behover venligst vennligst "
    "tarvitsen voitko lutfen kerem rog пожалуйста нужно прошу παρακαλω"
)
_REQUESTS_IN_CHARACTERS = ("请", "請", "ください", "お願い", "부탁")

_HOLDING = _phrases("""
looking into it
looking into this
look into it
look into this
investigating this
investigating it
get back to you
come back to you
working on it
working on this
checking this
check this internally
check internally
keep you posted
forwarded your request
kummern uns darum
kummere mich darum
schauen uns das an
schaue mir das an
prufen das
prufe das
melden uns
melde mich
sind dran
geben bescheid
gebe bescheid
regardons cela
regarde cela
revenons vers vous
reviens vers vous
tiens au courant
tenons au courant
estamos revisando
estamos investigando
lo revisamos
le mantendremos informado
stiamo verificando
verifichiamo
le faremo sapere
vi faremo sapere
estamos a verificar
estamos verificando
entraremos em contacto
zoeken het uit
kijken ernaar
komen erop terug
kom erop terug
sprawdzamy
odezwiemy sie
vi tittar pa det
aterkommer
vi undersoger
vender tilbage
kommer tilbake
""")


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """Hints about the new words of a mail.

    Attributes:
        is_closing: Thanks or an acknowledgement, and nothing that wants an answer.
        is_holding: "We are looking into it": an answer is still to come.
        has_request: A question mark or a word that asks for something.
    """

    is_closing: bool = False
    is_holding: bool = False
    has_request: bool = False


#: Nothing to be said about the words.
NO_WORDING = Wording()


_kept: dict[tuple[str, bool], Wording] = {}
_keeping = Lock()


def wording_of(text: str, *, has_attachments: bool) -> Wording:
    """Return the hints for a text as ``read_wording`` does, from what was kept if it was."""
    read = text[:_CHARACTERS_READ]
    found = _kept.get((read, has_attachments))
    if found is None:
        found = read_wording(read, has_attachments=has_attachments)
        keep_wording(read, found, has_attachments=has_attachments)
    return found


def keep_wording(text: str, wording: Wording, *, has_attachments: bool) -> None:
    """Keep what was read, in this process or another, so that ``wording_of`` has it at hand."""
    with _keeping:
        if len(_kept) >= _TEXTS_KEPT:
            del _kept[next(iter(_kept))]
        _kept[text[:_CHARACTERS_READ], has_attachments] = wording


def read_wording(text: str, *, has_attachments: bool = False) -> Wording:
    """Return the hints for a text; none for an empty one.

    Source: algorithms.md section 4 (closing: at most 25 words, thanks or ok, no question mark, no
    request, no contrast, no attachment).
    """
    read = text[:_CHARACTERS_READ]
    if any(mark in read for mark in _QUESTION_MARKS):
        return Wording(has_request=True)
    words = _runs(read)
    return Wording(
        is_closing=not has_attachments and _is_closing(read, words),
        is_holding=_is_holding(words),
        has_request=not _REQUESTS.isdisjoint(words) or _has_any(read, _REQUESTS_IN_CHARACTERS),
    )


def _is_closing(read: str, words: list[str]) -> bool:
    if not 0 < len(words) <= CLOSING_WORDS or len(read) > CLOSING_WORDS * _LETTERS:
        return False
    thanks = not _THANKS.isdisjoint(words) or _has_any(read, _THANKS_IN_CHARACTERS)
    thanks = thanks or not _THANKS_PAIRS.isdisjoint(pairwise(words))
    nods = len(words) <= _NOD_WORDS and not _NODS.isdisjoint(words)
    return (thanks or nods) and _MORE.isdisjoint(words) and not _has_any(read, _MORE_IN_CHARACTERS)


def _is_holding(words: list[str]) -> bool:
    if len(words) > HOLDING_WORDS:
        return False
    line = f" {' '.join(words)} "
    return any(phrase in line for phrase in _HOLDING)


def _has_any(text: str, parts: tuple[str, ...]) -> bool:
    return any(part in text for part in parts)
