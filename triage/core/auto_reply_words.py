"""Words of automatic replies in many languages: subjects that no person writes, and sentences of absence.

Two strengths. A fixed prefix such as ``Automatic reply:`` is put there by programs only. A sentence
of absence is also written by people, so it needs a second sign.
"""

import re

# ruff: noqa: RUF001 - letters of many scripts are the point here

# What programs put in front of (or around) the subject of the mail that they answer.
_PREFIXES = (
    # English
    r"out[- ]of[- ](?:the[- ])?office (?:auto-?(?:matic )?)?(?:reply|response|message|notice|assistant)",
    r"automatic reply", r"auto(?:matic)?[- ]?(?:reply|response|responder|answer)", r"autoreply",
    r"auto-?respond(?:er)?", r"automated (?:reply|response|message)",
    r"vacation (?:reply|response|message|notice)", r"auto",
    # German, Dutch
    r"automatische antwort", r"autom(?:atische)? ?antwort", r"automatische rückantwort",
    r"automatisch antwoord", r"automatisch bericht",
    r"abwesenheits(?:notiz|nachricht|meldung|assistent|info|hinweis|agent)",
    r"urlaubs(?:notiz|nachricht|meldung)",
    r"afwezigheids(?:bericht|assistent|melding)", r"frånvaromeddelande", r"poissaoloilmoitus",
    # French
    r"réponse automatique", r"reponse automatique", r"message automatique", r"notification d'absence",
    r"répondeur automatique",
    # Spanish, Catalan, Portuguese, Italian, Romanian
    r"respuesta automática", r"respuesta automatica", r"auto-?respuesta", r"resposta automàtica",
    r"resposta automática", r"resposta automatica", r"auto-?resposta", r"risposta automatica",
    r"răspuns automat",
    # Scandinavian, Finnish, Estonian, Latvian, Lithuanian
    r"automatisk svar", r"automatiskt svar", r"autosvar", r"autosvar fra", r"automaattinen vastaus",
    r"automaatvastus", r"automātiskā atbilde", r"automatinis atsakymas",
    # Polish, Czech, Slovak, Hungarian, Slovene, Croatian, Serbian
    r"automatyczna odpowiedź", r"odpowiedź automatyczna", r"autoodpowiedź", r"automatická odpověď",
    r"automatická odpoveď", r"automatikus válasz", r"samodejni odgovor", r"automatski odgovor",
    r"аутоматски одговор",
    # Turkish, Greek
    r"otomatik (?:yanıt|cevap|yan[iı]t)", r"αυτόματη απάντηση",
    # Russian, Ukrainian, Bulgarian
    r"автоматический ответ", r"автоответ(?:чик)?", r"автоматична відповідь", r"автовідповідь",
    r"автоматичен отговор",
    # Hebrew, Arabic, Hindi, Thai, Vietnamese, Indonesian
    r"תשובה אוטומטית", r"מענה אוטומטי", r"الرد التلقائي", r"رد تلقائي", r"स्वचालित (?:उत्तर|प्रतिसाद)",
    r"การตอบกลับอัตโนมัติ", r"ตอบกลับอัตโนมัติ", r"trả lời tự động", r"tự động trả lời",
    r"balasan otomatis", r"jawaban otomatis",
    # Japanese, Chinese, Korean
    r"自動(?:返信|応答|返答)", r"自动(?:回复|答复|应答)", r"自動(?:回覆|答覆)", r"자동 ?(?:회신|응답|답장)",
)  # fmt: skip
# What a person on the way out also writes: a second sign is needed.
_ABSENT_PREFIXES = (
    r"out[- ]of[- ](?:the[- ])?office", r"ooo", r"oof", r"on vacation",
    r"away from (?:my )?(?:mail|office|desk|e-?mail)", r"absence (?:notice|notification)",
    r"abwesen(?:heit|d)", r"nicht im (?:büro|hause)", r"afwezig(?:heid)?", r"niet (?:op kantoor|aanwezig)",
    r"absent(?:e)?(?: du bureau)?", r"absence(?: du bureau)?", r"absence de bureau",
    r"fuera de (?:la )?oficina", r"ausencia(?: de la oficina)?", r"fora do escritório",
    r"ausência(?: temporária)?", r"fuori sede", r"fuori ufficio", r"assenza dall'ufficio", r"assente",
    r"fraværende", r"fravær", r"frånvarande", r"frånvaro", r"ikke på kontoret",
    r"ikke til stede", r"ej på kontoret", r"poissa(?:olo)?", r"poza biurem", r"nieobecność",
    r"mimo kancelář", r"nepřítomnost", r"neprítomnosť", r"házon kívül", r"ofis dışında", r"εκτός γραφείου",
    r"нет на месте", r"不在(?:通知|のお知らせ|連絡)?", r"外出(?:自动回复)?", r"부재(?: ?중)?",
)  # fmt: skip
_START, _END = r"\s*[\[(]?\s*(?:", r")\s*(?:[\])]|[:：]|\s-\s|$)"
#: The prefix with its colon or brackets, at the very start: a reply to it begins with "Re:" instead.
PREFIX = re.compile(_START + "|".join(_PREFIXES) + _END, re.IGNORECASE)
#: A subject that starts with being away.
ABSENT_PREFIX = re.compile(_START + "|".join(_ABSENT_PREFIXES) + r")(?!\w)", re.IGNORECASE)
#: The mark behind the subject that some services use.
SUFFIX = re.compile(
    r"[(\[](?:auto(?:matic|mated)?[- ]?(?:response|reply)|autoreply|out of office)[)\]]\s*$",
    re.IGNORECASE,
)

_ABSENCES = (
    r"(?:i am|i'm|i will be|i'll be|is|we are) (?:currently )?(?:away|out|absent|travel+ing)",
    r"on (?:annual |parental |maternity |sick )?(?:leave|vacation|holiday)",
    r"out of (?:the )?office", r"away from (?:the |my )?(?:office|desk|e-?mail|mail)",
    r"(?:limited|no|intermittent) access to (?:my )?e-?mail",
    r"(?:on|from) (?:annual |my )?(?:vacation|holiday|leave)",
    r"(?:this is an|an) auto(?:matic|mated) (?:reply|response|message)", r"auto-?reply",
    r"nicht (?:im (?:büro|hause?)|erreichbar|am arbeitsplatz)", r"abwesend", r"im urlaub",
    r"automatisch (?:generierte|erstellte)", r"afwezig", r"niet (?:op kantoor|aanwezig|bereikbaar)",
    r"met (?:vakantie|verlof)", r"absent(?:e)? (?:du bureau|jusqu|du \d|de mon)",
    r"en (?:congés?|vacances|déplacement)",
    r"(?:estoy|estaré|me encuentro) (?:fuera|ausente|de vacaciones)", r"fuera de (?:la )?oficina",
    r"(?:estou|estarei) (?:fora|ausente|de férias)", r"(?:sono|sarò) (?:assente|in ferie|fuori)",
    r"på (?:ferie|semester|kontoret igen)", r"ikke på kontoret", r"lomalla", r"poissa",
    r"(?:jestem|będę) (?:nieobecn|na urlopie|poza)", r"mimo kancelář", r"na dovolené",
    r"szabadságon", r"(?:izinde|ofis dışında)", r"в отпуске", r"отсутств", r"у відпустці", r"不在",
    r"休暇", r"休假", r"外出", r"부재", r"휴가", r"nghỉ phép", r"sedang cuti",
    r"thank you for (?:your (?:e-?mail|message|mail)|contacting|writing)",
    r"we have received your (?:e-?mail|message|request)",
)  # fmt: skip
#: Sentences of absence or of automatic thanks.
ABSENCE = re.compile("|".join(_ABSENCES), re.IGNORECASE)
