"""Words of bounces: what mail systems call themselves and how they say that mail did not arrive.

Evidence only: no phrase here makes a message a bounce without a second sign that no person wrote it.
"""

import re

#: Local parts under which only mail systems write (RFC 2142, RFC 5321 section 4.5.1, and vendors).
DAEMONS = frozenset({"mailer-daemon", "mail-daemon", "mailerdaemon", "mail.delivery.system", "mailer_daemon"})
POSTMASTERS = re.compile(
    r"post-?_?master|poostmaster|sysadmin|system-?administrator|mmsc.*|mail-?admin|amavis|spamfilter|virus.*"
)
#: Local parts of programs that write many things, bounces among them.
PROGRAMS = re.compile(
    r"(?:no|do-?not)[-_.]?reply|bounces?|.+-(?:admin|owner|request|bounces)|owner-.+|majordomo|listserv|mailman"
)
SYSTEM_NAMES = re.compile(
    r"mail(?:er)?[ -]?(?:delivery|daemon|system|administrator)|delivery (?:sub)?system|system administrator"
    r"|postmaster|post office|mail administrator|ndr administrator|microsoft (?:outlook|exchange)"
    r"|e-?mail quarantine|internet mail delivery",
    re.IGNORECASE,
)

_SUBJECTS = (
    r"(?:delivery|sending) (?:has )?(?:fail(?:ed|ure)|error|report|status|problem|delayed)",
    r"(?:mail )?delivery (?:sub)?system", r"delivery (?:status )?notification",
    r"delivery (?:has been )?delayed", r"delivery incomplete", r"undeliver(?:able|ed)",
    r"could not be delivered", r"not delivered", r"non ?-?deliver(?:able|y|ed)", r"failure notice",
    r"failed (?:mail|delivery)", r"failed to deliver",
    r"return(?:ed|ing) (?:mail|message|to sender|e-?mail)", r"unable to deliver",
    r"mail (?:system )?error", r"mail failure", r"rejected (?:mail|message)", r"message rejected",
    r"(?:could not|cannot|can't|was not|is not|not) (?:be )?(?:delivered|sent)",
    r"user unknown", r"unknown (?:user|recipient|address)", r"address not found",
    r"mailbox (?:is )?(?:full|unavailable)",
    r"warning: (?:could not send|message .* delayed|returned)",
    r"delay(?:ed)? (?:notification|mail|in delivery)", r"nondeliverable mail",
    r"(?:are|is) not (?:a )?member", r"loop alert", r"message .{0,60} blocked", r"ndn:", r"mdaemon",
    r"quota",
    # German, Dutch, Scandinavian
    r"unzustellbar", r"zustellung .{0,40}(?:fehl|nicht|verz)", r"nicht zustellbar",
    r"unzustellbarkeit", r"zurückgewiesen", r"onbestelbaar", r"niet (?:be)?zorg",
    r"niet bestelbaar", r"kan ikke leveres", r"ikke levert", r"kunde inte levereras",
    r"går inte att leverera", r"ulevert",
    # French, Spanish, Portuguese, Italian, Romanian
    r"non remis", r"non (?:délivr|distribu)", r"échec de (?:la )?(?:remise|distribution|livraison)",
    r"no se (?:puede|pudo|ha podido) entregar", r"no entregado", r"devolución de correo",
    r"error de entrega", r"não (?:é possível|foi possível|pôde|entreg)", r"falha na entrega",
    r"impossibile recapitare", r"mancato recapito", r"mancata consegna",
    r"notificare .{0,20}livrare",
    # Polish, Czech, Hungarian, Turkish, Finnish
    r"niedostarczon", r"nie można dostarczyć", r"nedoručiteln", r"nelze doručit",
    r"nem kézbesíthető", r"teslim edilemedi", r"iletilemedi", r"toimitus epäonnistui",
    r"ei voitu toimittaa",
    # Russian, Ukrainian, Greek
    r"недоставлен", r"не доставлен", r"невозможно доставить", r"не удалось доставить",
    r"не доставлено", r"αδυναμία παράδοσης",
    # Japanese, Chinese, Korean
    r"配信不能", r"配信できません", r"配送(?:不能|エラー)", r"メールエラー", r"送信(?:エラー|できません)",
    r"無法(?:傳遞|投遞|送達)",
    r"无法(?:传递|投递|送达)", r"退信", r"未送达", r"배달 ?(?:되지|실패|불가)", r"전송 ?실패", r"반송",
)  # fmt: skip
SUBJECT = re.compile("|".join(_SUBJECTS), re.IGNORECASE)

_TEXTS = (
    r"\b5\d\d[ -]5\.\d\.\d", r"\b5\.[0-7]\.\d{1,3}\b", r"\b4\.4\.[1-7]\b", r"smtp error",
    r"<<< ?[45]\d\d", r"\b55[0-9] ", r"undeliver", r"could ?n[o']t be (?:delivered|sent|relayed)",
    r"(?:was|were|is|has) (?:not|n't) (?:been )?delivered", r"not delivered to", r"did not reach",
    r"unable to (?:deliver|relay|send)", r"(?:cannot|can't|can not) (?:be )?(?:deliver|reach|send)",
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)",
    r"delivery (?:to|of|has|is|was|attempt|fail|error|status)",
    r"returned (?:to (?:you|sender)|mail|message)", r"unknown (?:user|address|recipient)",
    r"user unknown", r"no such (?:user|mailbox|person)",
    r"(?:mailbox|quota|disk).{0,30}(?:full|exceed|over|unavailable|disabled)",
    r"not (?:found|listed|a member|member|exist|a valid)", r"does(?: not|n't) (?:exist|have)",
    r"invalid (?:recipient|address|final)", r"rejected", r"failed recipient", r"bounce",
    r"recipient(?:'s)? (?:address|mailbox|not|unknown|server)", r"final-recipient",
    r"following (?:recipient|address|user)", r"message .{0,40}(?:blocked|refused|exceed)",
    r"unzustellbar", r"nicht (?:zugestellt|zustell)", r"n'a pas pu être", r"no se pudo",
    r"не (?:был|удалось|может)", r"できません", r"エラー", r"送信", r"見つかりません", r"存在し",
    r"无法", r"無法", r"退回",
    r"duplicated message-id", r"niet (?:worden )?(?:afgeleverd|bezorgd)", r"impossibile",
    r"não (?:foi|pôde)", r"nie (?:został|można|istnieje)",
)  # fmt: skip
TEXT = re.compile("|".join(_TEXTS), re.IGNORECASE)
#: Only so much of a text is searched: what a mail system says comes first.
TEXT_LENGTH = 6_000

#: Lines in which mail systems without a status part name the address they could not reach.
FAILED_ADDRESS = re.compile(
    r"(?:^|[\s<\"'(:=])<?([^\s<>\"'(),;:=\[\]]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,24})>?",
    re.MULTILINE,
)
