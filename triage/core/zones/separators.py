# ruff: noqa: RUF001 (words of many alphabets)
"""Lines that separate a reply or a forward from the message below it, by language.

Two families: "-----Original Message-----", after which the older message is quoted, and
"---------- Forwarded message ----------", after which somebody else's message is passed on.
"""

import re

from triage.core.zones.lines import COLONS, DASHES

_ORIGINAL = (
    "original message", "original mail", "original email", "original e-mail", "reply message",
    "original appointment", "reply separator", "ursprüngliche nachricht", "urspruengliche nachricht",
    "originalnachricht", "original-nachricht", "originalmeldung", "ursprüngliche e-mail",
    "antwort nachricht", "antwortnachricht", "ursprünglicher termin", "message d'origine",
    "message d’origine", "message original", "message initial", "courriel original",
    "e-mail d'origine", "mensaje original", "correo original", "mensagem original",
    "messaggio originale", "messaggio originario", "oorspronkelijk bericht", "origineel bericht",
    "oorspronkelijke bericht", "ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse",
    "oprindelig besked", "original besked", "original melding", "opprinnelig melding",
    "alkuperäinen viesti", "upprunaleg skilaboð", "oryginalna wiadomość", "wiadomość oryginalna",
    "treść oryginalnej wiadomości", "původní zpráva", "původní e-mail", "pôvodná správa",
    "izvorno sporočilo", "izvirno sporočilo", "izvorna poruka", "originalna poruka", "eredeti üzenet",
    "mesaj original", "mesajul original", "исходное сообщение", "оригинальное сообщение",
    "первоначальное сообщение", "вихідне повідомлення", "оригінальне повідомлення",
    "първоначално съобщение", "оригинално съобщение", "αρχικό μήνυμα", "πρωτότυπο μήνυμα",
    "orijinal mesaj", "özgün ileti", "orjinal mesaj", "asıl ileti", "הודעה מקורית", "ההודעה המקורית",
    "الرسالة الأصلية", "رسالة أصلية", "پیام اصلی", "मूल संदेश", "ข้อความต้นฉบับ", "ข้อความเดิม",
    "thư gốc", "tin nhắn gốc", "pesan asli", "mesej asal", "原始邮件", "原始郵件", "邮件原件",
    "原邮件", "原始信件", "元のメッセージ", "元のメール", "original message text", "원본 메시지",
    "원본 메일", "원래 메시지", "originaalkiri", "algne kiri", "originalus laiškas", "pradinis laiškas",
    "sākotnējais ziņojums", "oriģinālais ziņojums", "missatge original", "jatorrizko mezua",
    "mensaxe orixinal", "message from sender", "previous message", "vorherige nachricht",
)  # fmt: skip

_FORWARDED = (
    "forwarded message", "forwarded mail", "forwarded email", "forwarded by", "forwarded from",
    "forward message", "inline attachment follows", "forwarded letter", "begin forwarded message",
    "weitergeleitete nachricht", "weitergeleitet von", "weitergeleitete mail",
    "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail",
    "beginn der weitergeleiteten nachricht", "message transféré", "message transmis",
    "courriel transféré", "transféré par", "début du message réexpédié", "début du message transféré",
    "début du message transmis", "message réexpédié", "mensaje reenviado", "reenviado por",
    "inicio del mensaje reenviado", "comienzo del mensaje reenviado", "mensagem encaminhada",
    "mensagem reencaminhada", "encaminhado por", "início da mensagem encaminhada",
    "início da mensagem reencaminhada", "messaggio inoltrato", "inoltrato da",
    "inizio messaggio inoltrato", "inizio del messaggio inoltrato", "doorgestuurd bericht",
    "doorgestuurd door", "begin doorgestuurd bericht", "vidarebefordrat meddelande",
    "vidarebefordrat brev", "vidarebefordrat av", "vidarebefordrat mejl",
    "påbörjat vidarebefordrat meddelande", "börja vidarebefordrat meddelande", "videresendt meddelelse",
    "videresendt besked", "videresendt melding", "videresendt af", "videresendt av",
    "start på videresendt besked", "start på videresendt meddelelse", "start på videresendt melding",
    "begynnelse på videresendt melding", "välitetty viesti", "edelleenlähetetty viesti",
    "välitetty viesti alkaa", "áframsend skilaboð", "wiadomość przekazana", "przekazana wiadomość",
    "przekazane przez", "wiadomość napisana przez", "początek przekazywanej wiadomości",
    "przeposlana zpráva", "přeposlaná zpráva", "přeposláno", "přeposlal", "začátek přeposílané zprávy",
    "začátek přeposlané zprávy", "preposlaná správa", "začiatok preposlanej správy",
    "posredovano sporočilo", "začetek posredovanega sporočila", "proslijeđena poruka",
    "početak proslijeđene poruke", "прослеђена порука", "prosleđena poruka", "továbbított üzenet",
    "továbbított levél kezdete", "továbbított üzenet kezdete", "mesaj redirecționat",
    "mesaj redirectionat", "mesaj transmis", "începutul mesajului redirecționat",
    "пересылаемое сообщение", "пересланное сообщение", "переадресованное сообщение",
    "начало переадресованного сообщения", "начало пересылаемого сообщения", "переслане повідомлення",
    "початок листа, що пересилається", "пересилане повідомлення", "препратено съобщение",
    "начало на препратено съобщение", "προωθημένο μήνυμα", "έναρξη προωθημένου μηνύματος",
    "iletilen mesaj", "yönlendirilmiş mesaj", "iletilmiş mesaj", "iletilmiş ileti başlangıcı",
    "yönlendirilen ileti", "הודעה שהועברה", "תחילת ההודעה שהועברה", "رسالة معاد توجيهها",
    "رسالة مُعاد توجيهها", "بداية الرسالة المعاد توجيهها", "پیام فوروارد شده", "پیام بازارسال‌شده",
    "अग्रेषित संदेश", "ข้อความที่ส่งต่อ", "ข้อความที่ถูกส่งต่อ", "thư đã chuyển tiếp",
    "thư được chuyển tiếp", "tin nhắn được chuyển tiếp", "pesan terusan",
    "pesan yang diteruskan", "mesej yang dimajukan", "转发的邮件", "转发邮件", "轉寄的郵件", "轉寄郵件",
    "转发邮件信息", "已转发邮件", "轉寄訊息", "轉寄的訊息", "转发信息", "开始转发的邮件",
    "転送されたメッセージ", "転送メッセージ", "転送メール", "전달된 메일", "전달된 메시지",
    "전달 메시지", "edastatud kiri", "edastatud sõnum", "persiųstas laiškas", "persiųsta žinutė",
    "pārsūtīts ziņojums", "pārsūtītais ziņojums", "missatge reenviat", "inici del missatge reenviat",
    "birbidalitako mezua", "mensaxe reenviada",
)  # fmt: skip

_DASH = r"[-\u2013\u2014_=*~·•#+]"
_ANY_ORIGINAL = "|".join(map(re.escape, _ORIGINAL))
_ANY_FORWARDED = "|".join(map(re.escape, _FORWARDED))
#: No phrase begins like this, so nothing is gained by giving any of it back: a long rule is left at once.
_DRAWN = rf"{_DASH}{{2,}}+[\s<\[]{{0,4}}+"
_ORIGINAL_LINE = re.compile(rf"{_DRAWN}(?:{_ANY_ORIGINAL})\b", re.IGNORECASE)
_FORWARD_LINE = re.compile(rf"{_DRAWN}(?:{_ANY_FORWARDED})(?:\b|[:\uff1a\s-])", re.IGNORECASE)
#: Openings that Apple Mail and others write without any dashes around them, ended by a colon.
_UNDASHED_FORWARD = re.compile(
    rf"[*_\s]{{0,4}}(?:{_ANY_FORWARDED})[*_\s]{{0,4}}[:\uff1a][*_\s]{{0,4}}", re.IGNORECASE
)
_RULE = re.compile(r"[-\u2013\u2014_=*~]{5,}$")
_BARE = frozenset((*_ORIGINAL, *_FORWARDED))
#: How every separator begins, or ends where nothing is drawn in front of it.
SEPARATOR_STARTS = frozenset(DASHES + "_=*~·•#+")
SEPARATOR_ENDS = frozenset(COLONS + "*")
_CLOSING_DASHES = re.compile(rf"{_DASH}{{2,}}(?:=20)?$")
LONGEST = 200
_SHORTEST_RULE = 5


def is_rule(line: str) -> bool:
    """Whether the stripped line is nothing but a drawn rule."""
    return len(line) >= _SHORTEST_RULE and line[0] in SEPARATOR_STARTS and _RULE.match(line) is not None


def is_original_separator(line: str) -> bool:
    """Whether the stripped line says that the original message follows."""
    return line[0] in SEPARATOR_STARTS and len(line) <= LONGEST and _ORIGINAL_LINE.match(line) is not None


def is_forward_separator(line: str) -> bool:
    """Whether the stripped line says that a forwarded message follows."""
    if len(line) > LONGEST:
        return False
    if line[0] in SEPARATOR_STARTS and _FORWARD_LINE.match(line) is not None:
        return True
    return line[-1] in SEPARATOR_ENDS and _UNDASHED_FORWARD.fullmatch(line) is not None


def is_groupwise_header(line: str) -> bool:
    """Whether the stripped line is GroupWise's ">>> <ana@example.com> 05/03/20 10:41 >>>"."""
    return line.startswith(">>> ") and line.endswith(" >>>") and "@" in line and len(line) <= LONGEST


def is_bare_phrase(line: str) -> bool:
    """Whether the stripped line is such a phrase alone: a header block below it must confirm it."""
    return line.strip(" *_" + COLONS).lower() in _BARE


def is_left_open(line: str) -> bool:
    """Whether a separator starts with dashes but its closing dashes stand on a further line."""
    return line[0] in SEPARATOR_STARTS and _CLOSING_DASHES.search(line) is None
