from datetime import UTC, date, datetime

from triage.config.model import Config
from triage.config.to_core import own, policies, rules, schedules
from triage.core.policy import Status, TargetKind, ThreadFacts, check_policies, choose_policy
from triage.core.rules import RuleKind
from triage.core.schedule import in_force

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFICE = {"name": "office", "zone": "Europe/Berlin", "week": {"mon-fri": ("09:00-17:00",)}}
ALWAYS = {"name": "always", "zone": "UTC", "week": "24x7"}


def _config(**values: object) -> Config:
    return Config.model_validate(values)


def test_rules_name_account_and_project_in_lower_case() -> None:
    config = _config(
        accounts=[
            {
                "key": "acme",
                "name": "Acme",
                "domains": ["Acme.example"],
                "projects": [{"key": "web", "name": "Web", "codes": ["ACM-WEB"], "aliases": ["the Shop"]}],
            }
        ]
    )

    found = [(rule.kind, rule.value, rule.account, rule.project) for rule in rules(config)]

    assert found == [
        (RuleKind.DOMAIN, "acme.example", "acme", None),
        (RuleKind.CODE, "acm-web", "acme", "web"),
        (RuleKind.ALIAS, "the shop", "acme", "web"),
    ]


def test_own_people_are_known_by_domain_and_address() -> None:
    ours = own(_config(own={"domains": ["v.example"], "addresses": ["me@x.example"]}))

    assert ours.holds("anna@v.example")
    assert ours.holds("me@x.example")
    assert not ours.holds("you@x.example")


def test_office_hours_and_a_default_policy_stand_in_where_nothing_is_configured() -> None:
    config = _config()

    known = schedules(config, years=[2026])
    promised = policies(config)

    check_policies(promised, known)
    (target, later) = choose_policy(promised, ThreadFacts(), at=NOW).targets
    assert (target.kind, target.minutes, target.schedule) == (TargetKind.FIRST_REPLY, 240, "office-hours")
    assert later.minutes == 480


def test_holidays_and_exceptions_change_single_days() -> None:
    office = OFFICE | {"holidays": {"country": "DE"}, "exceptions": {date(2026, 12, 24): ("09:00-12:00",)}}

    (schedule,) = schedules(_config(schedules=[office]), years=[2026])["office"]

    assert schedule.intervals_on(date(2026, 12, 25)) == ()
    assert [(end - start) // 3600 for start, end in schedule.intervals_on(date(2026, 12, 24))] == [3]
    assert [(end - start) // 3600 for start, end in schedule.intervals_on(date(2026, 12, 23))] == [8]


def test_new_hours_hold_from_midnight_of_their_own_zone() -> None:
    later = {"effective_from": date(2026, 3, 2), "zone": "Europe/Berlin", "week": "24x7"}

    versions = schedules(_config(schedules=[OFFICE | {"versions": [later]}]), years=[2026])["office"]

    assert in_force(versions, datetime(2026, 3, 1, 22, 59, tzinfo=UTC)) == versions[0]
    assert in_force(versions, datetime(2026, 3, 1, 23, 0, tzinfo=UTC)) == versions[1]


ACCOUNTS = [
    {"key": "a", "name": "A"},
    {"key": "b", "name": "B", "schedule": "always"},
]


def test_target_without_a_schedule_counts_by_the_accounts_hours() -> None:
    config = _config(schedules=[OFFICE, ALWAYS], accounts=ACCOUNTS)
    promised = policies(config)

    check_policies(promised, schedules(config, years=[2026]))
    chosen = {
        key: choose_policy(promised, ThreadFacts(account=key), at=NOW).targets[0].schedule
        for key in ("a", "b", "")
    }
    assert chosen == {"a": "office", "b": "always", "": "office"}


def test_named_schedule_counts_for_every_account() -> None:
    config = _config(
        schedules=[OFFICE, ALWAYS],
        accounts=ACCOUNTS,
        policies=[{"name": "p", "targets": {"first_reply": {"minutes": 60, "schedule": "office"}}}],
    )

    (policy,) = policies(config)

    assert policy.targets[0].schedule == "office"


def test_first_matching_policy_wins_for_every_schedule() -> None:
    config = _config(
        schedules=[OFFICE, ALWAYS],
        accounts=ACCOUNTS,
        policies=[
            {
                "name": "urgent",
                "match": {"priorities": ["urgent"], "projects": ["b/web"]},
                "targets": {"first_reply": {"minutes": 10}},
            },
            {"name": "standard", "targets": {"first_reply": {"minutes": 60}}},
        ],
    )
    promised = policies(config)
    check_policies(promised, schedules(config, years=[2026]))

    def minutes(**facts: str) -> int:
        return choose_policy(promised, ThreadFacts(**facts), at=NOW).targets[0].minutes  # type: ignore[arg-type]

    assert minutes(account="b", project="b/web", priority="urgent") == 10
    assert minutes(account="b", project="b/web", priority="normal") == 60
    assert minutes(account="a", project="b/web", priority="urgent") == 10
    assert minutes(account="a") == 60


def test_later_version_of_a_policy_keeps_its_place() -> None:
    config = _config(
        policies=[
            {"name": "p", "targets": {"first_reply": {"minutes": 60}}},
            {"name": "p", "targets": {"first_reply": {"minutes": 30}}, "effective_from": date(2026, 6, 1)},
        ]
    )
    promised = policies(config)

    check_policies(promised, schedules(config, years=[2026]))
    assert choose_policy(promised, ThreadFacts(), at=NOW).targets[0].minutes == 60
    assert (
        choose_policy(promised, ThreadFacts(), at=datetime(2026, 7, 1, tzinfo=UTC)).targets[0].minutes == 30
    )


def test_warnings_and_pauses_are_taken_over() -> None:
    target = {"minutes": 100, "warn_percent": [90, 50], "warn_minutes_before": [5]}
    config = _config(
        policies=[
            {
                "name": "p",
                "targets": {
                    "first_reply": target,
                    "resolution": {"minutes": 1000, "pause": ["waiting_third_party"]},
                    "acknowledgement": {"minutes": 5, "accepts_automatic": True},
                },
            }
        ]
    )

    policy = policies(config)[0]
    by_kind = {target.kind: target for target in policy.targets}
    first, resolution, acknowledgement = (
        by_kind[kind] for kind in (TargetKind.FIRST_REPLY, TargetKind.RESOLUTION, TargetKind.ACKNOWLEDGEMENT)
    )

    assert [point.label for point in first.warn] == ["50%", "90%", "5m"]
    assert first.paused_in == frozenset()
    assert resolution.paused_in == {Status.WAITING_THIRD_PARTY}
    assert acknowledgement.accepts_automatic
