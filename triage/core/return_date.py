"""The day on which somebody who is away comes back, as their automatic reply states it.

Only a date behind a word of returning counts ("until", "back on", "bis", "de retour le" ...): other
dates in such a text are the first day away, or a signature. The end of an interval counts as well.
"""

# ruff: noqa: RUF001 - letters of many scripts are the point here

import re
from datetime import date, timedelta

_MONTH_NAMES = (
    "jan ene gen led sij oca янв січ ιαν tam sausio",
    "feb fév fev úno lut şub фев лют φεβ hel veljače",
    "mar mär mrz mars mrt bře már мар бер μαρ maalis ožu",
    "apr avr abr dub kwi nis апр кві απρ huhti tra",
    "may mai maj mei mag май мая травн μαΐ μαι touko kvě máj svi",
    "jun juin juni června giu cze čer haz июн черв ιουν kesä lipnja",
    "jul juil července lug lip tem июл лип ιουλ heinä srpnja",
    "aug août aou ago sie srp ağu авг серп αυγ elo kol",
    "sep set zář wrz eyl сен верес σεπ syys ruj",
    "oct okt ott out říj paź eki окт жовт οκτ loka listopada",
    "nov lis kas ноя листоп νοε marras stu",
    "dec déc dic dez pro gru ara дек груд δεκ joulu des",
)  # fmt: skip
_MONTHS = {prefix: number for number, names in enumerate(_MONTH_NAMES, start=1) for prefix in names.split()}
_LONGEST_PREFIX = max(map(len, _MONTHS))

_WEEKDAYS = (
    "mon montag lundi lunes segunda lunedì lunedi maandag måndag mandag poniedziałek pondělí понедельник",
    "tue dienstag mardi martes terça martedì martedi dinsdag tisdag tirsdag wtorek úterý вторник",
    "wed mittwoch mercredi miércoles quarta mercoledì mercoledi woensdag onsdag środa středa среду среда",
    "thu donnerstag jeudi jueves quinta giovedì giovedi donderdag torsdag czwartek čtvrtek четверг",
    "fri freitag vendredi viernes sexta venerdì venerdi vrijdag fredag piątek pátek пятницу пятница",
    "sat samstag samedi sábado sabato zaterdag lördag lørdag sobota субботу суббота",
    "sun sonntag dimanche domingo domenica zondag söndag søndag niedziela neděle воскресенье",
)  # fmt: skip
_WEEKDAY_NUMBERS = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}

_RETURN = (
    r"until|till|thr(?:ough|u)|back (?:in the office )?(?:on|by|at)?"
    r"|return(?:ing)?(?: to (?:the office|work))?(?: on)?"
    r"|in the office (?:again )?on|available again(?: on| from)?"
    r"|bis(?: zum| einschl(?:ießlich)?)?|ab dem|zurück am"
    r"|wieder (?:ab|am|zurück am|im büro am|erreichbar (?:ab|am))"
    r"|tot(?: en met)?|t/m|terug (?:op|vanaf)|weer (?:aanwezig|bereikbaar|op kantoor) (?:op|vanaf)"
    r"|jusqu['’]?(?:au|à)|de retour(?: au bureau)?(?: le| à partir du)?|mon retour le|reviens le"
    r"|hasta(?: el)?|regres(?:o|aré|ando)(?: el)?|vuelvo(?: el)?|de vuelta el|reincorpor\w+(?: el)?"
    r"|até(?: (?:o dia|ao dia|dia))?|(?:retorno|retornarei|regresso)(?: (?:no dia|em|dia|a))?|voltarei"
    r"|fino al?l?|rientr(?:o|erò)(?: (?:il|in ufficio il))?|di ritorno il|tornerò(?: il)?|sino al"
    r"|t\.?o\.?m\.?|till och med|tillbaka(?: den)?|frem til|til og med|tilbage(?: den)?|tilbake(?: den)?"
    r"|saakka|asti|palaan|do dnia|do|wracam|z powrotem|powrót|vrátím se|zpět(?: dne)?|vissza(?:térek)?"
    r"|до|вернусь|вернётся|выйду|dönüş|kadar|μέχρι|έως|επιστρέφω|まで|直到|至|까지"
)
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|\.|°)?"
_NAMED = r"(?P<m>[^\W\d_]{3,12})\.?"
_YEAR = r"(?:,?\s*(?:de |of )?(?P<y>(?:19|20)\d\d))?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<y>(?:19|20)\d\d)\s?[-/.年년]\s?(?P<m>\d{1,2})\s?[-/.月월]\s?(?P<d>\d{1,2})[日일]?",
        rf"{_DAY}\s*(?:de |of |- ?)?{_NAMED}{_YEAR}",
        rf"{_NAMED}\s+{_DAY}(?!\d){_YEAR}",
        r"(?P<d>\d{1,2})(?P<sep>[./-])\s?(?P<m>\d{1,2})(?:(?P=sep)\s?(?P<y>(?:19|20)?\d\d)?)?(?!\d|[./-]\d)",
        r"(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]",
    )
)
_ARTICLES = r"on|the|am|dem|den|le|el|il|dia|der|op|zum|of|and including|including|em|no"
_FILLER = rf"[\s,:(*_]*(?:(?:{_ARTICLES})\b[\s,.]*){{0,3}}"
_WEEKDAY_WORD = r"(?:(?P<w>[^\W\d_]{3,13})(?:-feira)?\.?[\s,]+(?:(?:the|den|dem|le|el|il|o dia|d\.)\s+)?)?"
_INTRODUCED = re.compile(rf"(?<!\w)(?:{_RETURN})(?!\w){_FILLER}{_WEEKDAY_WORD}", re.IGNORECASE)
_INTERVAL = re.compile(r"\d\s?\.?\s?(?:-|–|—|to|bis|au|al|a|até|tot|do|до|〜|~|から)\s?(?=\d)", re.IGNORECASE)
# Japanese, Korean and Chinese put the word behind the date.
_POSTPOSED = re.compile(
    r"(?<!\d)(?:\d{4}[年년]\s?)?\d{1,2}[月월]\s?\d{1,2}[日일](?:\s?[(（].[)）])?\s?(?:まで|に戻|から出社|까지|返回|回来|之前)"
)
_SEARCHED = 3_000
_MAX_ABSENCE = timedelta(days=400)
_WORD = re.compile(r"[^\W\d_]+")


def return_date(text: str, *, sent_on: date) -> date | None:
    """Return the day that the text states as the end of an absence, or None.

    Args:
        text: Subject and text of the reply.
        sent_on: The day of the reply: a date without a year is the next one from there, a weekday the
            next such day.
    """
    text = text[:_SEARCHED]
    for match in _INTRODUCED.finditer(text):
        found = _date_at(text, match.end(), sent_on)
        if found is None and (word := match["w"]):
            found = _date_at(text, match.start("w"), sent_on) or _next_weekday(word, sent_on)
        if found is None:
            found = _next_weekday(_first_word(text, match.end()), sent_on)
        if found:
            return found
    for match in _POSTPOSED.finditer(text):
        if found := _date_at(text, match.start(), sent_on):
            return found
    for match in _INTERVAL.finditer(text):
        if found := _date_at(text, match.end(), sent_on):
            return found
    return None


def _date_at(text: str, position: int, sent_on: date) -> date | None:
    for form in _FORMS:
        match = form.match(text, position)
        if match is None:
            continue
        found = _day(match.groupdict(), sent_on)
        if found and sent_on - timedelta(days=1) <= found <= sent_on + _MAX_ABSENCE:
            return found
    return None


def _day(parts: dict[str, str | None], sent_on: date) -> date | None:
    first, second, year_text = int(parts["d"] or 0), parts["m"] or "", parts.get("y")
    year = int(year_text) if year_text else 0
    year += 2_000 if 0 < year < 100 else 0  # noqa: PLR2004 - a year of two digits
    # Raised digits are digits to Unicode and no numbers to int().
    if not second.isdecimal():
        month = _month(second)
        return _nearest(year, month, first, sent_on) if month else None
    day, month = first, int(second)
    # 5/13 can only be May 13; 5/6 is read as most of the world writes it, unless that day is past.
    readings = [(month, day), (day, month)] if parts.get("sep") == "/" else [(month, day)]
    for one_month, one_day in readings:
        found = _nearest(year, one_month, one_day, sent_on)
        if found and sent_on <= found <= sent_on + _MAX_ABSENCE:
            return found
    return None


def _nearest(year: int, month: int, day: int, sent_on: date) -> date | None:
    years = [year] if year else [sent_on.year, sent_on.year + 1]
    for one in years:
        try:
            found = date(one, month, day)
        except ValueError:
            continue
        if year or found >= sent_on:
            return found
    return None


def _month(name: str) -> int | None:
    lowered = name.lower()
    for length in range(min(_LONGEST_PREFIX, len(lowered)), 2, -1):
        number = _MONTHS.get(lowered[:length])
        if number:
            return number
    return None


def _next_weekday(word: str, sent_on: date) -> date | None:
    lowered = word.lower()
    number = _WEEKDAY_NUMBERS.get(lowered)
    if number is None and lowered.endswith("day"):
        number = _WEEKDAY_NUMBERS.get(lowered[:3])
    if number is None:
        return None
    return sent_on + timedelta(days=(number - sent_on.weekday() - 1) % 7 + 1)


def _first_word(text: str, position: int) -> str:
    match = _WORD.match(text, position)
    return match.group() if match else ""
