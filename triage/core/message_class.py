"""Who or what wrote a message: a person, or a machine that must not be answered.

Each rule gives its evidence. Order matters: a bounce often calls itself an automatic reply, and an
automatic reply may carry list fields. A list field alone proves nothing, for customers write through
lists; ``Auto-Submitted: no`` and ``X-Auto-Response-Suppress`` prove nothing either. When unsure: human.

Source: RFC 3834, RFC 3464, RFC 8098, RFC 5546, RFC 2369, RFC 8058; algorithms page, "Machine mail".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from triage.core import auto_reply_words, bounce_words
from triage.core.delivery_status import DeliveryStatus, read_delivery_status
from triage.core.header_id import header_ids
from triage.core.ids import HeaderId
from triage.core.message import Address, CalendarMethod, Evidence, MessageClass
from triage.core.return_date import return_date

_MAX_FAILED = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What the class of a message is read from.

    Attributes:
        fields: Values of the header fields by lower-case name, unfolded; only present ones.
        senders: Addresses of From.
        recipients: Addresses of To and Cc.
        subject: Decoded, one line.
        text: The whole text; mail systems quote what came back.
        new_text: The sender's own words.
        content_type: Type of the whole message, such as ``multipart/report``.
        report_type: Parameter ``report-type`` (RFC 6522), in lower case.
        delivery_status: Text of the status parts, or empty.
        disposition: Text of the disposition notification, or empty.
        returned: Header or start of the message that came back, or empty.
        calendar: Text of the calendar part, or empty.
        sent_on: Day of the message.
    """

    fields: Mapping[str, tuple[str, ...]]
    senders: tuple[Address, ...] = ()
    recipients: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    new_text: str = ""
    content_type: str = "text/plain"
    report_type: str = ""
    delivery_status: str = ""
    disposition: str = ""
    returned: str = ""
    calendar: str = ""
    sent_on: date

    def first(self, name: str) -> str:
        """Return the first value of a field, or an empty string."""
        values = self.fields.get(name)
        return values[0].strip() if values else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Classification:
    """The class with its reasons; the other fields only for the classes that have them."""

    message_class: MessageClass = MessageClass.HUMAN
    evidence: tuple[Evidence, ...] = ()
    failed_recipients: tuple[str, ...] = ()
    failed_ids: tuple[HeaderId, ...] = field(default=())
    out_of_office_until: date | None = None
    calendar_method: CalendarMethod | None = None


def classify(signs: Signs) -> Classification:
    """Return the class of a message and why."""
    calendar = _calendar(signs)
    if calendar is not None:
        return calendar
    receipt = _receipt(signs)
    if receipt:
        return Classification(message_class=MessageClass.RECEIPT, evidence=receipt)
    bounce = _bounce(signs)
    if bounce is not None:
        return bounce
    auto_reply = _auto_reply(signs)
    if auto_reply:
        return Classification(
            message_class=MessageClass.AUTO_REPLY,
            evidence=auto_reply,
            out_of_office_until=return_date(f"{signs.subject}\n{signs.new_text}", sent_on=signs.sent_on),
        )
    bulk = _bulk(signs)
    if bulk:
        return Classification(message_class=MessageClass.BULK, evidence=bulk)
    return Classification()


# Calendar ------------------------------------------------------------------------------------------

_METHOD = re.compile(r"^METHOD:[ \t]*([A-Za-z]+)", re.MULTILINE | re.IGNORECASE)


def _calendar(signs: Signs) -> Classification | None:
    """Read the method of an iTIP part; a calendar without one is a file that somebody sends."""
    match = _METHOD.search(signs.calendar)
    name = match.group(1).lower() if match else ""
    if name not in {"request", "reply", "cancel", "counter"}:
        return None
    method = CalendarMethod(name)
    return Classification(
        message_class=MessageClass.CALENDAR,
        evidence=(Evidence(kind="calendar_method", text=f"calendar part with METHOD:{name.upper()}"),),
        calendar_method=method,
    )


# Receipts ------------------------------------------------------------------------------------------

_READ_SUBJECT = re.compile(
    r"\s*(?:read|return receipt(?: \(displayed\))?|read receipt|gelesen|lesebestätigung|lu|leído|lida|lido"
    r"|letto|gelezen|läst|lest|læst|luettu|przeczytano|přečteno|прочитано|已读|已讀|開封済み|읽음)\s*[:：-]",  # noqa: RUF001
    re.IGNORECASE,
)
_READ_TEXT = re.compile(
    r"was (?:read|displayed|opened) (?:on|at)|has been (?:read|displayed)|return receipt for the"
    r"|wurde (?:gelesen|am)|a été (?:lu|ouvert)|fue leído|foi lida|è stato letto|gelezen op|disposition:",
    re.IGNORECASE,
)


def _receipt(signs: Signs) -> tuple[Evidence, ...]:
    if signs.report_type == "disposition-notification" or "disposition:" in signs.disposition.lower():
        return (Evidence(kind="disposition_notification", text="a read receipt (RFC 8098)"),)
    if signs.report_type == "delivery-status" or signs.delivery_status:
        status = read_delivery_status(signs.delivery_status)
        if status.is_success:
            return (
                Evidence(kind="delivery_status", text=f"a delivery receipt: {', '.join(status.actions)}"),
            )
        return ()
    if _READ_SUBJECT.match(signs.subject) and _READ_TEXT.search(signs.new_text[:1_000]):
        return (Evidence(kind="subject", text="subject and text of a read receipt"),)
    return ()


# Bounces -------------------------------------------------------------------------------------------

_REPLY_OR_FORWARD = re.compile(r"\s*(?:re|aw|fwd?|wg|tr|rv|sv|vs|antw|odp|i|r)\s*:", re.IGNORECASE)
_NULL_PATH = re.compile(r"\s*(?:<\s*>|<?mailer-daemon(?:@[^>]*)?>?)\s*$", re.IGNORECASE)
# Only mail systems write as mailer-daemon; all sorts of programs write as no-reply.
_WORDS_NEEDED = {"daemon": 0, "program": 2, "no_sender": 2}
_RETURNED_FIELD = re.compile(
    r"^(message-id|to|x-failed-recipients)[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE
)


def _bounce(signs: Signs) -> Classification | None:
    evidence = _bounce_evidence(signs)
    if not evidence:
        return None
    status = read_delivery_status(signs.delivery_status)
    return Classification(
        message_class=MessageClass.BOUNCE,
        evidence=evidence,
        failed_recipients=_failed_recipients(signs, status),
        failed_ids=_failed_ids(signs),
    )


def _bounce_evidence(signs: Signs) -> tuple[Evidence, ...]:
    writer = _writer(signs)
    if signs.report_type in {"delivery-status", "feedback-report"}:
        return (Evidence(kind="report_type", text=f"multipart/report of type {signs.report_type}"),)
    if signs.delivery_status and (writer or signs.content_type == "multipart/report"):
        return (Evidence(kind="delivery_status", text="a delivery status part (RFC 3464)"),)
    if failed := signs.first("x-failed-recipients"):
        return (Evidence(kind="x_failed_recipients", text=f"X-Failed-Recipients: {failed[:200]}"),)
    if not writer or _is_automatic_answer(signs):
        return ()
    what = _bounce_words(signs)
    if len(what) < _WORDS_NEEDED.get(writer[0].kind, 1):
        return ()
    return (*writer, *what)


def _writer(signs: Signs) -> tuple[Evidence, ...]:  # noqa: PLR0911 - one return a sign, in order of strength
    """Say which sign of a mail system the sender carries."""
    for sender in signs.senders:
        local = sender.email.partition("@")[0].lower()
        if {local, sender.name.lower().replace(" ", "-")} & bounce_words.DAEMONS:
            return (Evidence(kind="daemon", text=f"sent by {local}"),)
    if _is_null_path(signs):
        return (Evidence(kind="null_return_path", text="no return path: nobody waits for an answer"),)
    for sender in signs.senders:
        local = sender.email.partition("@")[0].lower()
        if bounce_words.POSTMASTERS.fullmatch(local):
            return (Evidence(kind="postmaster", text=f"sent by {local}"),)
        if bounce_words.SYSTEM_NAMES.search(sender.name or sender.email):
            return (Evidence(kind="mail_system", text=f"sent by {sender.name or sender.email}"),)
        if bounce_words.PROGRAMS.fullmatch(local):
            return (Evidence(kind="program", text=f"sent by {local}"),)
    if not signs.senders:
        return (Evidence(kind="no_sender", text="no sender"),)
    return ()


def _bounce_words(signs: Signs) -> tuple[Evidence, ...]:
    """Find what says that mail came back, in the subject or the text."""
    found = []
    if not _REPLY_OR_FORWARD.match(signs.subject) and (match := bounce_words.SUBJECT.search(signs.subject)):
        found.append(Evidence(kind="subject", text=f'subject says "{match.group().strip()[:80]}"'))
    if match := bounce_words.TEXT.search(signs.text[: bounce_words.TEXT_LENGTH]):
        found.append(Evidence(kind="text", text=f'text says "{match.group().strip()[:80]}"'))
    return tuple(found)


def _failed_recipients(signs: Signs, status: DeliveryStatus) -> tuple[str, ...]:
    if status.failed:
        return status.failed
    if failed := signs.fields.get("x-failed-recipients"):
        listed = [one.strip(" <>").lower() for value in failed for one in value.split(",")]
        return tuple(dict.fromkeys(one for one in listed if "@" in one))[:_MAX_FAILED]
    own = {address.key for address in (*signs.recipients, *signs.senders)}
    head = signs.text[: bounce_words.TEXT_LENGTH]
    named = dict.fromkeys(found.lower() for found in bounce_words.FAILED_ADDRESS.findall(head))
    failed_addresses = [one for one in named if one not in own and not _is_system(one)]
    returned_to = {one.lower() for one in bounce_words.FAILED_ADDRESS.findall(_returned(signs, "to"))}
    # An address that the returned mail was sent to is surer than one that is only mentioned.
    sure = [one for one in failed_addresses if one in returned_to]
    return tuple((sure or failed_addresses or sorted(returned_to))[:_MAX_FAILED])


def _is_system(address: str) -> bool:
    local = address.partition("@")[0]
    return local in bounce_words.DAEMONS or bool(bounce_words.POSTMASTERS.fullmatch(local))


def _failed_ids(signs: Signs) -> tuple[HeaderId, ...]:
    """Return the ids of the mail that came back; a bounce's own references name it too."""
    returned = header_ids(_returned(signs, "message-id"))
    return returned or header_ids(signs.first("in-reply-to")) or header_ids(signs.first("references"))[-1:]


def _returned(signs: Signs, name: str) -> str:
    """Return a field of the returned message, from its own part or from the text."""
    for source in (signs.returned, signs.text):
        for match in _RETURNED_FIELD.finditer(source[:20_000]):
            if match.group(1).lower() == name:
                return match.group(2)
    return ""


# Automatic replies ---------------------------------------------------------------------------------

_REPLY_FIELDS = (
    "x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-auto-response",
    "x-autoreply-from", "x-mail-autoreply", "x-autoresponse", "x-vacation", "x-autogenerated",
    "x-autoreply-domain", "x-amazon-auto-reply", "x-yahoo-autoreply",
)  # fmt: skip
_CHALLENGE_FIELDS = ("x-bluebottle-request", "x-boxbe-request", "x-trusted-delivery", "x-spamarrest")
_YES = re.compile(r"(?!\s*(?:no|false|0|none)\b)", re.IGNORECASE)
_AUTO_PRECEDENCE = re.compile(r"auto[-_ ]?(?:reply|response|generated|submitted)", re.IGNORECASE)
_AUTO_MAILER = re.compile(r"\b(?:vacation|autorespon|auto-?reply|mailfrom-autoreply)", re.IGNORECASE)
_CHALLENGE = re.compile(
    r"challenge[- ]response|following link to have your address|to (?:verify|confirm) (?:that )?you(?:r| are)"
    r"|waiting for (?:your )?(?:verification|approval)|not on (?:my|the|our) (?:approved|guest|white) ?list"
    r"|(?:verify|verification) (?:that you are|of sender|your message)",
    re.IGNORECASE,
)


def _auto_reply(signs: Signs) -> tuple[Evidence, ...]:
    auto_submitted = signs.first("auto-submitted")
    keyword = re.split(r"[;\s(]", auto_submitted.lower(), maxsplit=1)[0]
    if keyword and keyword != "no":
        return (Evidence(kind="auto_submitted", text=f"Auto-Submitted: {keyword[:60]}"),)
    for name in _REPLY_FIELDS:
        value = signs.first(name)
        if value and _YES.match(value):
            return (Evidence(kind="vendor_field", text=f"{name}: {value[:80]}"),)
    precedence = signs.first("precedence") or signs.first("preference")
    if _AUTO_PRECEDENCE.search(precedence):
        return (Evidence(kind="precedence", text=f"Precedence: {precedence[:60]}"),)
    if _AUTO_MAILER.search(signs.first("x-mailer") or signs.first("user-agent")):
        return (Evidence(kind="mailer", text="sent by an answering program"),)
    if "mailbox rules agent" in signs.first("x-ms-exchange-generated-message-source").lower() and not keyword:
        return (Evidence(kind="vendor_field", text="sent by a mailbox rule"),)
    return _automatic_words(signs)


def _automatic_words(signs: Signs) -> tuple[Evidence, ...]:
    if auto_reply_words.PREFIX.match(signs.subject) or auto_reply_words.SUFFIX.search(signs.subject):
        return (Evidence(kind="subject", text="subject as answering programs write it"),)
    has_no_path = _is_null_path(signs)
    is_titled = bool(auto_reply_words.ABSENT_PREFIX.match(signs.subject))
    is_answer = has_no_path or bool(signs.first("in-reply-to") or signs.first("references"))
    if has_no_path or (is_titled and is_answer):
        absence = auto_reply_words.ABSENCE.search(signs.new_text[:2_000])
        if absence:
            how = "no return path" if has_no_path else "an answer"
            return (Evidence(kind="absence", text=f'{how}, says "{absence.group().strip()[:60]}"'),)
    if has_no_path and _BULK_PRECEDENCE.match(signs.first("precedence")):
        return (Evidence(kind="precedence", text="no return path, and not meant to be answered"),)
    may_challenge = has_no_path or any(name in signs.fields for name in _CHALLENGE_FIELDS)
    if may_challenge and _CHALLENGE.search(signs.text[:2_000]):
        return (Evidence(kind="challenge", text="asks the sender to prove that they are a person"),)
    return ()


def _is_automatic_answer(signs: Signs) -> bool:
    """Tell whether a mail system passes on somebody's absence, which is no bounce."""
    if signs.first("x-autoreply") or auto_reply_words.PREFIX.match(signs.subject):
        return not bounce_words.SUBJECT.search(signs.subject)
    is_reply = signs.first("auto-submitted").lower().startswith("auto-replied")
    is_absence = auto_reply_words.ABSENCE.search(signs.new_text[:2_000])
    return bool(is_reply and is_absence and not bounce_words.SUBJECT.search(signs.subject))


def _is_null_path(signs: Signs) -> bool:
    return_path = signs.fields.get("return-path")
    return return_path is not None and bool(_NULL_PATH.match(return_path[0] or "<>"))


# Bulk ----------------------------------------------------------------------------------------------

_CAMPAIGN_FIELDS = (
    "feedback-id", "x-csa-complaints", "x-campaign", "x-campaignid", "x-campaign-id", "x-mailer-recptid",
    "x-mc-user", "x-sg-eid", "x-mailgun-sid", "x-mailgun-tag", "x-pm-message-id", "x-sfmc-stack", "x-job",
    "x-emv-campagneid", "x-mandrill-user", "x-mailjet-campaign", "x-mkto-campaign", "x-hubspot-campaign",
    "x-report-abuse", "x-rpcampaign", "x-klaviyo-message-id", "x-msys-api", "x-newsletter",
    "x-cmail-recipientid", "x-ses-outgoing", "x-mailinglist", "x-abuse-info", "list-unsubscribe-post",
)  # fmt: skip
_NO_REPLY = re.compile(
    r"(?:no|do-?not|dont|ne|nao|nie|kein(?:e)?)[-_.]?(?:reply|respond|antwort|repondre|responder|odpowiadac).*"
    r"|e?news(?:letter|flash|desk)?s?|mailings?|marketing|promo(?:tion)?s?|offers?|bounces?.*|notifications?|updates?",
    re.IGNORECASE,
)
_VERP = re.compile(
    r"<?(?:bounces?|return|b|rm|msprvs1|prvs|owner|newsletter)?[-+_.=][^@]*(?:=|[-+_.]\d{4,})[^@]*@",
    re.IGNORECASE,
)
_BULK_PRECEDENCE = re.compile(r"\s*(?:bulk|junk)\b", re.IGNORECASE)
_ENOUGH = 2


def _bulk(signs: Signs) -> tuple[Evidence, ...]:
    """Collect what only mass mail carries; nothing counts when a person may have written."""
    if _is_conversation(signs):
        return ()
    unsubscribe = signs.first("list-unsubscribe")
    precedence = signs.first("precedence")
    leads = []
    if unsubscribe:
        leads.append(Evidence(kind="list_unsubscribe", text="offers to unsubscribe (RFC 2369)"))
    if _BULK_PRECEDENCE.match(precedence):
        leads.append(Evidence(kind="precedence", text=f"Precedence: {precedence[:40]}"))
    if not leads:
        return ()
    more = [
        Evidence(kind="campaign", text=f"field {name} of a mailing service")
        for name in _CAMPAIGN_FIELDS
        if name in signs.fields
    ][:1]
    for sender in signs.senders[:1]:
        if _NO_REPLY.fullmatch(sender.email.partition("@")[0]):
            more.append(Evidence(kind="sender", text="the sender's address takes no replies"))
    if _VERP.match(signs.first("return-path")):
        more.append(Evidence(kind="return_path", text="return path of its own for every recipient"))
    found = (*leads, *more)
    return found if more and len(found) >= _ENOUGH else ()


def _is_conversation(signs: Signs) -> bool:
    """Tell whether the message belongs to a discussion: a reply, or a post on a list that takes posts."""
    if signs.first("in-reply-to") or signs.first("references") or _REPLY_OR_FORWARD.match(signs.subject):
        return True
    post = signs.first("list-post")
    return bool(post) and not post.upper().startswith("NO")


#: The fields that some rule looks at: all that a caller has to pass.
RELEVANT_FIELDS = frozenset(
    {
        "auto-submitted", "in-reply-to", "list-post", "list-unsubscribe", "precedence", "preference",
        "references", "return-path", "user-agent", "x-failed-recipients", "x-mailer",
        "x-ms-exchange-generated-message-source", *_REPLY_FIELDS, *_CHALLENGE_FIELDS, *_CAMPAIGN_FIELDS,
    }
)  # fmt: skip
