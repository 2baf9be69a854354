# ruff: noqa: RUF001 (words of many alphabets)
"""Words of attribution lines, by language.

An attribution line introduces a quote: "On <date> <somebody> wrote:". The tables hold only words;
how they combine is in ``attribution.py``. ``openers`` are the words that such a line starts with;
``verbs`` say that somebody wrote. A verb may stand last, as in English, or before the writer, as in
Dutch and German. Words are compared without regard to case.
"""

from typing import NamedTuple


class AttributionWords(NamedTuple):
    """What one language says in front of a quote."""

    openers: tuple[str, ...]
    verbs: tuple[str, ...]


ATTRIBUTION_WORDS: dict[str, AttributionWords] = {
    "ar": AttributionWords(("في", "بتاريخ", "يوم"), ("كتب", "كتبت", "كتب/كتبت")),
    "bg": AttributionWords(("На", "В"), ("написа", "писа", "написал")),
    "ca": AttributionWords(("El", "Dia", "El dia"), ("va escriure", "ha escrit", "escrigué", "escriu")),
    "cs": AttributionWords(("Dne", "Ke dni"), ("napsal(a)", "napsal", "napsala", "napsali", "odeslal")),
    "da": AttributionWords(("Den", "D."), ("skrev",)),
    "de": AttributionWords(
        ("Am", "Den", "Vom"), ("schrieb", "hat geschrieben", "geschrieben", "schrieben", "schreibt")
    ),
    "el": AttributionWords(("Στις", "Την", "Στα"), ("έγραψε", "έγραψαν", "ο χρήστης έγραψε")),
    "en": AttributionWords(("On", "At"), ("wrote", "sent", "writes", "has written", "a wrote", "replied")),
    "es": AttributionWords(
        ("El", "El día", "En"), ("escribió", "escribio", "ha escrito", "escribía", "escribe")
    ),
    "et": AttributionWords(("Kuupäeval", "Kirjutas"), ("kirjutas", "kirjutatud")),
    "eu": AttributionWords(("Data:",), ("idatzi du", "igorleak hau idatzi zuen", "(e)k idatzi zuen")),
    "fa": AttributionWords(("در", "در تاریخ"), ("نوشت", "نوشته است", "نوشته")),
    "fi": AttributionWords(("Pvm", "Klo"), ("kirjoitti", "kirjoittaa")),
    "fr": AttributionWords(("Le", "En date du"), ("a écrit", "a ecrit", "écrivait", "écrit")),
    "gl": AttributionWords(("O", "En"), ("escribiu", "escribiu o seguinte")),
    "he": AttributionWords(("ב-", "בתאריך", "ביום"), ("כתב", "כתבה", "כתב/ה", "מאת")),
    "hi": AttributionWords(("को", "पर"), ("ने लिखा", "लिखा")),
    "hr": AttributionWords(
        ("Dana", "U", "Dne"), ("je napisao", "je napisala", "je napisao/la", "napisao je")
    ),
    "hu": AttributionWords(("Ekkor:", "Időpont:"), ("ezt írta", "írta", "a következőt írta")),
    "id": AttributionWords(("Pada", "Tanggal"), ("menulis", "menulis:")),
    "is": AttributionWords(("Þann", "Hinn"), ("skrifaði", "reit")),
    "it": AttributionWords(("Il", "Il giorno", "In data"), ("ha scritto", "scrive", "scrisse")),
    "ja": AttributionWords((), ("のメッセージ", "のメール", "さんは書きました", "が書きました", "wrote")),
    "ko": AttributionWords((), ("님이 작성", "작성", "님이 쓴 글", "썼습니다")),
    "lt": AttributionWords(("Data:",), ("rašė", "parašė")),
    "lv": AttributionWords(("Datums:",), ("rakstīja", "rakstija", "uzrakstīja")),
    "mk": AttributionWords(("На",), ("напиша",)),
    "ms": AttributionWords(("Pada",), ("menulis", "telah menulis")),
    "nl": AttributionWords(("Op",), ("schreef", "het volgende geschreven", "heeft geschreven", "schreef op")),
    "no": AttributionWords(("Den", "På", "Kl"), ("skrev", "skreiv")),
    "pl": AttributionWords(
        ("W dniu", "Dnia"), ("napisał(a)", "napisał", "napisała", "pisze", "użytkownik napisał")
    ),
    "pt": AttributionWords(("Em", "A", "No dia", "Às"), ("escreveu", "escreveu o seguinte", "escreve")),
    "ro": AttributionWords(("La", "În data de", "Pe", "In data de"), ("a scris", "scrie")),
    "ru": AttributionWords(("В", "От"), ("пишет", "написал(а)", "написал", "написала", "писал", "писала")),
    "sk": AttributionWords(("Dňa", "Dna"), ("napísal(a)", "napísal", "napísala", "napisal")),
    "sl": AttributionWords(
        ("Dne", "V"), ("je napisal", "je napisala", "je napisal/-a", "napisal", "napisala")
    ),
    "sq": AttributionWords(("Më",), ("shkroi", "ka shkruar")),
    "sr": AttributionWords(("Дана", "Dana"), ("је написао", "је написала", "je napisao", "пише")),
    "sv": AttributionWords(("Den", "På"), ("skrev", "skriver")),
    "th": AttributionWords(("ในวันที่", "เมื่อวันที่", "เมื่อ"), ("เขียนว่า", "เขียน", "ได้เขียน")),
    "tr": AttributionWords((), ("tarihinde şunu yazdı", "şunu yazdı", "yazdı", "şunları yazdı")),
    "uk": AttributionWords(("В", "О"), ("написав", "написала", "пише", "написав(ла)", "пишет")),
    "vi": AttributionWords(("Vào", "Vào lúc", "Lúc"), ("đã viết", "viết")),
    "zh": AttributionWords(("在", "于", "於"), ("写道", "寫道", "写到", "写", "寫", "来信", "撰寫", "编写")),
}

#: Words in front of a name that introduce a quote without a verb: "Quoting Ana Lima <ana@...>:".
QUOTING_WORDS: tuple[str, ...] = (
    "Quoting", "Zitat von", "Zitiere", "Citando", "Citando a", "Citato da", "Citát", "Citerar",
    "Citerer", "Quoting message from", "En réponse à", "Selon", "Citat", "Citeren", "Cytat",
    "Cytowanie", "Lainaus", "Цитирую", "Цитата", "Idézet", "Citat från", "Mensaje citado por",
    "Citação de", "引用", "Alıntı",
)  # fmt: skip

#: Beginnings of the names of days and months, as dates in front of an attribution shorten them.
DAY_AND_MONTH_STEMS: tuple[str, ...] = (
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
    "sep", "oct", "nov", "dec", "mo", "di", "mi", "do", "fr", "sa", "so", "lun", "mer", "jeu", "ven", "sam",
    "dim", "mié", "jue", "vie", "sáb", "dom", "gio", "sab", "seg", "ter", "qua", "qui", "sex", "man", "tir",
    "ons", "tor", "fre", "lør", "søn", "lör", "sön", "pon", "wt", "śr", "czw", "pt", "sob", "niedz", "po",
    "út",
    "st", "čt", "pá", "ne", "пн", "вт", "ср", "чт", "пт", "сб", "вс", "нд", "понедельник", "пон", "ma", "ti",
    "ke", "to", "pe", "la", "su", "vr", "za", "zo", "wo",
)  # fmt: skip
