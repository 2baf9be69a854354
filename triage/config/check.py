"""What a well-formed configuration can still get wrong: names that clash or lead nowhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from triage.config.check_canary import check_canary
from triage.config.document import Node, Place
from triage.config.finding import Finding
from triage.config.model import Config, ScheduleRules, TargetConfig
from triage.config.rule import Rule, list_rules
from triage.config.secret import each_secret, find_fault, is_token_key
from triage.config.security import Security
from triage.core.errors import InvalidSchedule
from triage.core.loopback import is_loopback
from triage.core.policy import PAUSES_ALLOWED, TargetKind
from triage.core.rules import RuleKind
from triage.holidays_by_country import calendar_dates, public_holidays
from triage.public_domains import public_domains

#: Whether a region is known does not depend on the year.
_ANY_YEAR = 2024

#: RFC 8314 section 3.2.
_TLS_PORT = 993


def check(config: Config, document: Node) -> Iterator[Finding]:
    """Yield everything that makes the configuration ambiguous, unsafe or unusable.

    Args:
        config: What could be used of the document.
        document: The whole of it: what was refused for its content still has a name.
    """
    yield from _names(config)
    yield from _own_domains(config)
    yield from _claims(config)
    yield from _references(config, document)
    yield from _targets(config)
    yield from _default_policy(config, document)
    yield from _holidays(config)
    yield from _transport(config)
    yield from check_canary(config, _written_names(document, "mailboxes", "name"))
    yield from _secrets(config)
    yield from _token_keys(config)


def _names(config: Config) -> Iterator[Finding]:
    lists: dict[Place, list[str]] = {
        ("mailboxes",): [mailbox.name for mailbox in config.mailboxes],
        ("accounts",): [account.key for account in config.accounts],
        ("schedules",): [schedule.name for schedule in config.schedules],
        # A policy may come again with a later day of effect: that is its next version.
        ("policies",): [f"{policy.name} from {policy.effective_from}" for policy in config.policies],
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
    claims: defaultdict[tuple[RuleKind, str], list[tuple[Place, Rule]]] = defaultdict(list)
    for place, rule in list_rules(config.accounts):
        claims[rule.kind, rule.value].append((place, rule))
        yield from _wrong_domain(place, rule, config)
    for (kind, value), claimants in claims.items():
        for number, (place, rule) in enumerate(claimants[1:], 1):
            rivals = [one for _, one in claimants[:number] if _is_rival(rule, one)]
            if rivals:
                noun = kind.replace("_", " ")
                moved = ", or give each a period: valid_from, valid_to" if kind is RuleKind.CONTACT else ""
                yield Finding(
                    place=place,
                    what=f"{_owner(rule)} claims the {noun} {value!r}, as {_owner(rivals[0])} does.",
                    mend=f"Leave it with one of them{moved}.",
                )


def _is_rival(rule: Rule, other: Rule) -> bool:
    """Return whether two facts of the same value speak for different owners at the same time."""
    if rule.kind is RuleKind.ALIAS and rule.account != other.account:
        return False  # "portal" may be a project of many customers: an alias never leaves its account
    return (rule.account, rule.project) != (other.account, other.project) and rule.overlaps(other)


def _owner(rule: Rule) -> str:
    return f"Project {rule.account}/{rule.project}" if rule.project else f"Account {rule.account}"


def _wrong_domain(place: Place, rule: Rule, config: Config) -> Iterator[Finding]:
    if rule.kind is RuleKind.DOMAIN and rule.value in {*public_domains(), *config.public_domains}:
        yield Finding(
            place=place,
            what=f"Anybody can have an address at {rule.value}, so it names no customer.",
            mend="List the person's address under contacts.",
        )
    if rule.kind is RuleKind.DOMAIN and rule.value in config.own.domains:
        yield Finding(
            place=place, what=f"{rule.value} is one of your own domains.", mend="Remove it here or under own."
        )
    if rule.kind is RuleKind.CONTACT and rule.value in config.own.addresses:
        yield Finding(
            place=place,
            what=f"{rule.value} is one of your own addresses.",
            mend="Remove it here or under own.",
        )


def _own_domains(config: Config) -> Iterator[Finding]:
    for index, domain in enumerate(config.own.domains):
        if domain in {*public_domains(), *config.public_domains}:
            yield Finding(
                place=("own", "domains", index),
                what=f"Anybody can have an address at {domain}: mail of customers would count as yours.",
                mend="List your own addresses under own.addresses.",
            )


def _references(config: Config, document: Node) -> Iterator[Finding]:
    accounts = _written_names(document, "accounts", "key")
    projects = _written_projects(document)
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


def _written(section: object) -> list[dict[str, object]]:
    """Return the mappings of a list as they were written, usable or not."""
    return [item for item in section if isinstance(item, dict)] if isinstance(section, list) else []


def _written_names(document: Node, section: str, key: str) -> set[str]:
    return {str(item[key]) for item in _written(document.plain().get(section)) if key in item}


def _written_projects(document: Node) -> set[str]:
    return {
        f"{account.get('key')}/{project.get('key')}"
        for account in _written(document.plain().get("accounts"))
        for project in _written(account.get("projects"))
    }


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
        kind = TargetKind(name)
        allowed = PAUSES_ALLOWED[kind]
        for pause in target.pause or ():
            if pause not in allowed:
                yield Finding(
                    place=(*place, "pause"),
                    what=f"{pause} must not stop the clock {name}.",
                    mend=f"Allowed: {', '.join(sorted(allowed)) or 'nothing'}.",
                )
        if target.accepts_automatic and kind is not TargetKind.ACKNOWLEDGEMENT:
            yield Finding(
                place=(*place, "accepts_automatic"),
                what=f"An automatic mail is no {name.replace('_', ' ')}.",
                mend="Only acknowledgement has this key.",
            )


def _default_policy(config: Config, document: Node) -> Iterator[Finding]:
    if not config.policies or len(config.policies) != len(_written(document.plain().get("policies"))):
        return  # a policy that was refused may be the default
    last = config.policies[-1]
    if not any(
        policy.name == last.name and policy.matches_all and policy.effective_from is None
        for policy in config.policies
    ):
        yield Finding(
            place=("policies", len(config.policies) - 1),
            what=f"No policy matches every thread: the last one, {last.name!r}, is only for some.",
            mend="Add a last policy without match and without effective_from.",
        )
    for index, policy in enumerate(config.policies):
        if policy.matches_all and policy.name != last.name:
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
        if mailbox.security is not Security.TLS and mailbox.port == _TLS_PORT:
            yield Finding(
                place=(*place, "port"),
                what=f"Port {_TLS_PORT} expects TLS from the first byte, not {mailbox.security.value}.",
                mend="Write port: 143, or security: tls.",
            )
        if mailbox.ca_file is not None and not mailbox.ca_file.is_file():
            yield Finding(
                place=(*place, "ca_file"), what=f"There is no file {mailbox.ca_file}.", mend="Check the path."
            )


def _holidays(config: Config) -> Iterator[Finding]:
    for index, schedule in enumerate(config.schedules):
        place: Place = ("schedules", index)
        yield from _wrong_holidays(schedule, place)
        for number, version in enumerate(schedule.versions):
            yield from _wrong_holidays(version, (*place, "versions", number))


def _wrong_holidays(rules: ScheduleRules, place: Place) -> Iterator[Finding]:
    if rules.holidays:
        try:
            public_holidays(rules.holidays.country, rules.holidays.region, [_ANY_YEAR])
        except InvalidSchedule as err:
            yield Finding(place=(*place, "holidays"), what=f"{err}.", mend="Write, for example, country: DE.")
    for number, path in enumerate(rules.holiday_files):
        try:
            calendar_dates(path)
        except InvalidSchedule as err:
            yield Finding(
                place=(*place, "holiday_files", number),
                what=f"{err}.",
                mend="Name a file of all-day events (RFC 5545).",
            )


def _secrets(config: Config) -> Iterator[Finding]:
    for place, secret in each_secret(config):
        if secret.plain is not None and not config.allow_inline_secrets:
            yield Finding(
                place=place,
                what="A secret stands in the file itself.",
                mend="Write {env: NAME} or {file: PATH}, or set allow_inline_secrets: true.",
            )
        fault = find_fault(secret)
        if fault:
            is_new_key = place[0] == "token_keys" and secret.file is not None and not secret.file.exists()
            mend = f"Make it: triage mailbox key {secret.file}" if is_new_key else fault[1]
            yield Finding(place=place, what=fault[0], mend=mend)
    url = config.database.url
    if url and not config.allow_inline_secrets and urlsplit(url.get_secret_value()).password:
        yield Finding(
            place=("database", "url"),
            what="The address of the database holds a password.",
            mend="Move it to password: {env: NAME} or {file: PATH}.",
        )


def _token_keys(config: Config) -> Iterator[Finding]:
    """Yield what is wrong with the keys of stored tokens; whether they can be read is asked elsewhere."""
    for index, mailbox in enumerate(config.mailboxes):
        if mailbox.needs_tokens and not config.token_keys:
            yield Finding(
                place=("mailboxes", index),
                what=f"{mailbox.name!r} signs in by tokens, which are kept encrypted, and there is no key.",
                mend="Run: triage mailbox key secrets/token-key, and write token_keys: "
                "[{file: secrets/token-key}].",
            )
    for index, secret in enumerate(config.token_keys):
        if find_fault(secret) is None and not is_token_key(secret):
            yield Finding(
                place=("token_keys", index),
                what="This is not a key: it has to be 32 random bytes in URL-safe base64.",
                mend="Make one: triage mailbox key secrets/token-key",
            )
