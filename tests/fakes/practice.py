"""How a vendor works, over whatever accounts a database holds: four hours for each answer, always open."""

from triage.core.direction import Own
from triage.core.policy import Policy, Target, TargetKind, WarnPoint
from triage.core.rules import RuleBook, RuleSource
from triage.core.schedule import Schedule
from triage.registrable import registrable
from triage.services.practice import Practice
from triage.store.accounts import read_directory, read_rules
from triage.store.database import Database

POLICY = Policy(
    name="standard",
    position=0,
    targets=tuple(
        Target(kind=kind, minutes=240, schedule="always", warn=(WarnPoint(percent=75),))
        for kind in (TargetKind.FIRST_REPLY, TargetKind.NEXT_REPLY)
    ),
)


def practice_of(database: Database, *, policies: tuple[Policy, ...] = (POLICY,)) -> Practice:
    """Return the practice over the accounts and rules that are stored."""
    with database.read() as connection:
        directory, rules = read_directory(connection), read_rules(connection)
    book = RuleBook(
        RuleSource(
            rules=rules,
            own=Own(domains=frozenset({"vendor.example"})),
            account_names=directory.account_names,
            project_names=directory.project_names,
            registrable=registrable,
        )
    )
    return Practice(
        rules=book,
        directory=directory,
        policies=policies,
        schedules={"always": (Schedule(name="always", zone="Europe/Berlin"),)},
        priorities={},
    )
