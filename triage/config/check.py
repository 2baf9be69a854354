"""What a well-formed configuration can still get wrong: names that clash or lead nowhere."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from triage.config.document import Node, Place
from triage.config.freemail import FREEMAIL_DOMAINS
from triage.config.model import Config, Pause, Secret, Security, TargetConfig
from triage.config.rule import Rule, list_rules
from triage.config.secret import find_fault

#: Which statuses may stop which clock: sla.md would let nobody stop a first reply.
_PAUSES_ALLOWED: dict[str, frozenset[Pause]] = {
    "acknowledgement": frozenset(),
    "first_reply": frozenset(),
    "next_reply": frozenset({Pause.WAITING_THIRD_PARTY}),
    "periodic_update": frozenset({Pause.WAITING_CUSTOMER}),
    "resolution": frozenset(Pause),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A problem at a place of the configuration."""

    place: Place
    what: str
    mend: str


def check(config: Config, document: Node) -> Iterator[Finding]:
    """Yield everything that makes the configuration ambiguous, unsafe or unusable.

    Args:
        config: What could be used of the document.
        document: The whole of it: what was refused for its content still has a name.
    """
    yield from _names(config)
    yield from _claims(config)
    yield from _references(config, document)
    yield from _targets(config)
    yield from _default_policy(config, document)
    yield from _transport(config)
    yield from _secrets(config)


def _names(config: Config) -> Iterator[Finding]:
    lists: dict[Place, list[str]] = {
        ("mailboxes",): [mailbox.name for mailbox in config.mailboxes],
        ("accounts",): [account.key for account in config.accounts],
        ("schedules",): [schedule.name for schedule in config.schedules],
        ("policies",): [policy.name for policy in config.policies],
        ("alerts", "channels"): [channel.name for channel in config.alerts.channels],
    }
    for index, account in enumerate(config.accounts):
        lists["accounts", index, "projects"] = [project.key for project in account.projects]
    for place, names in lists.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Finding(
                    place=(*place, index),
                    what=f"{name!r} is used twice in {place[-1]}.",
                    mend="Give each its own name.",
                )


def _claims(config: Config) -> Iterator[Finding]:
    """Yield evidence that names two accounts, and domains that name nobody."""
    claims: defaultdict[tuple[str, str], list[tuple[Place, Rule]]] = defaultdict(list)
    for place, rule in list_rules(config.accounts):
        claims[rule.kind, rule.value].append((place, rule))
        yield from _wrong_domain(place, rule, config)
    for (kind, value), claimants in claims.items():
        first = claimants[0][1]
        for place, rule in claimants[1:]:
            if kind == "alias" and rule.account != first.account:
                continue  # "portal" may be a project of many customers: an alias never leaves its account
            if (rule.account, rule.project) != (first.account, first.project):
                noun = kind.replace("_", " ")
                yield Finding(
                    place=place,
                    what=f"{_owner(rule)} claims the {noun} {value!r}, as {_owner(first)} does.",
                    mend="Leave it with one of them.",
                )


def _owner(rule: Rule) -> str:
    return f"Project {rule.account}/{rule.project}" if rule.project else f"Account {rule.account}"


def _wrong_domain(place: Place, rule: Rule, config: Config) -> Iterator[Finding]:
    if rule.kind == "domain" and rule.value in FREEMAIL_DOMAINS:
        yield Finding(
            place=place,
            what=f"Anybody can have an address at {rule.value}, so it names no customer.",
            mend="List the person's address under contacts.",
        )
    if rule.kind == "domain" and rule.value in config.own.domains:
        yield Finding(
            place=place, what=f"{rule.value} is one of your own domains.", mend="Remove it here or under own."
        )
    if rule.kind == "contact" and rule.value in config.own.addresses:
        yield Finding(
            place=place,
            what=f"{rule.value} is one of your own addresses.",
            mend="Remove it here or under own.",
        )


def _references(config: Config, document: Node) -> Iterator[Finding]:
    accounts = _written_names(document, "accounts", "key")
    projects = {f"{account.key}/{project.key}" for account in config.accounts for project in account.projects}
    mailboxes = _written_names(document, "mailboxes", "name")
    for index, pair in enumerate(config.joint_accounts):
        yield from _unknown("account", pair, accounts, ("joint_accounts", index))
    for index, policy in enumerate(config.policies):
        place: Place = ("policies", index, "match")
        yield from _unknown("account", policy.match.accounts, accounts, (*place, "accounts"))
        yield from _unknown("project", policy.match.projects, projects, (*place, "projects"))
        yield from _unknown("mailbox", policy.match.mailboxes, mailboxes, (*place, "mailboxes"))
    for index, channel in enumerate(config.alerts.channels):
        yield from _unknown("account", channel.accounts, accounts, ("alerts", "channels", index, "accounts"))
    schedules = _written_names(document, "schedules", "name")
    for place, name in _schedule_names(config):
        yield from _unknown("schedule", (name,), schedules, place)


def _written_names(document: Node, section: str, key: str) -> set[str]:
    written = document.plain().get(section)
    items = written if isinstance(written, list) else []
    return {str(item[key]) for item in items if isinstance(item, dict) and key in item}


def _unknown(noun: str, names: Iterable[str], known: set[str], place: Place) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in known:
            mend = f"Known: {', '.join(sorted(known))}." if known else f"No {noun} is configured."
            yield Finding(place=(*place, index), what=f"There is no {noun} {name!r}.", mend=mend)


def _schedule_names(config: Config) -> Iterator[tuple[Place, str]]:
    for index, account in enumerate(config.accounts):
        if account.schedule:
            yield ("accounts", index, "schedule"), account.schedule
    for place, _, target in _each_target(config):
        if target.schedule:
            yield (*place, "schedule"), target.schedule


def _each_target(config: Config) -> Iterator[tuple[Place, str, TargetConfig]]:
    for index, policy in enumerate(config.policies):
        for name in type(policy.targets).model_fields:
            target = getattr(policy.targets, name)
            if target is not None:
                yield ("policies", index, "targets", name), name, target


def _targets(config: Config) -> Iterator[Finding]:
    for place, name, target in _each_target(config):
        for pause in target.pause:
            if pause not in _PAUSES_ALLOWED[name]:
                allowed = ", ".join(sorted(_PAUSES_ALLOWED[name])) or "nothing"
                yield Finding(
                    place=(*place, "pause"),
                    what=f"{pause} must not stop the clock {name}.",
                    mend=f"Allowed: {allowed}.",
                )


def _default_policy(config: Config, document: Node) -> Iterator[Finding]:
    written = _written_names(document, "policies", "name")
    if not config.policies or len(config.policies) != len(written):
        return
    *earlier, last = config.policies
    if last.match.model_fields_set:
        yield Finding(
            place=("policies", len(earlier)),
            what=f"No policy matches every thread: the last one, {last.name!r}, is only for some.",
            mend="Add a last policy without match.",
        )
    for index, policy in enumerate(earlier):
        if not policy.match.model_fields_set:
            yield Finding(
                place=("policies", index),
                what=f"The policy {policy.name!r} matches every thread, so those after it never apply.",
                mend="Move it to the end.",
            )


def _transport(config: Config) -> Iterator[Finding]:
    for index, mailbox in enumerate(config.mailboxes):
        place: Place = ("mailboxes", index)
        if mailbox.security is Security.PLAIN and not mailbox.allow_plain and not is_loopback(mailbox.host):
            yield Finding(
                place=(*place, "security"),
                what=f"The password of {mailbox.name!r} would cross the network in the clear.",
                mend="Use tls or starttls, or set allow_plain: true.",
            )
        if mailbox.ca_file is not None and not mailbox.ca_file.is_file():
            yield Finding(
                place=(*place, "ca_file"), what=f"There is no file {mailbox.ca_file}.", mend="Check the path."
            )
    for index, schedule in enumerate(config.schedules):
        for number, path in enumerate(schedule.holiday_files):
            if not path.is_file():
                yield Finding(
                    place=("schedules", index, "holiday_files", number),
                    what=f"There is no calendar file {path}.",
                    mend="Check the path.",
                )


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only mean this machine (RFC 6761 section 6.3)."""
    if host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secrets(config: Config) -> Iterator[Finding]:
    for place, secret in _each_secret(config):
        if secret.plain is not None and not config.allow_inline_secrets:
            yield Finding(
                place=place,
                what="A secret stands in the file itself.",
                mend="Write {env: NAME} or {file: PATH}, or set allow_inline_secrets: true.",
            )
        fault = find_fault(secret)
        if fault:
            yield Finding(place=place, what=fault[0], mend=fault[1])
    url = config.database.url
    if url and not config.allow_inline_secrets and urlsplit(url.get_secret_value()).password:
        yield Finding(
            place=("database", "url"),
            what="The address of the database holds a password.",
            mend="Move it to password: {env: NAME} or {file: PATH}.",
        )


def _each_secret(config: Config) -> Iterator[tuple[Place, Secret]]:
    if config.database.password:
        yield ("database", "password"), config.database.password
    for index, mailbox in enumerate(config.mailboxes):
        yield ("mailboxes", index, "password"), mailbox.password
    for index, channel in enumerate(config.alerts.channels):
        yield ("alerts", "channels", index, "url"), channel.url
