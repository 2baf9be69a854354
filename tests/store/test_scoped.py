import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models import Thread
from tests.fakes.seed import CANARIES, NOW, Seed, seed
from triage.core.errors import InvalidCursor, NotFound
from triage.core.ids import AccountId, HeaderId, ThreadId
from triage.core.queue_entry import QueueFilters, View
from triage.core.scope import Scope
from triage.store.database import Database
from triage.store.queue_order import segments
from triage.store.queue_statements import page_of, parameters, shape_of
from triage.store.scoped import Page, ScopedReader

EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="all")
NOBODY = Scope(accounts=frozenset(), sees_all=False, name="outsider")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seed]:
    """The company on both engines, written once for all tests that only read."""
    if request.param == "sqlite":
        url, drop = f"sqlite:///{tmp_path_factory.mktemp('scoped') / 'triage.db'}", None
    else:
        server = request.getfixturevalue("postgres_server")
        name = server.create_database()
        url, drop = server.url(name), name
    database = Database(url)
    database.upgrade()
    yield seed(database)
    database.close()
    if drop is not None:
        server.drop_database(drop)


@pytest.fixture
def changing(database: Database) -> Seed:
    """The company for a test that changes it."""
    return seed(database)


def only(company: Seed, *keys: str) -> Scope:
    accounts = frozenset(AccountId(company.accounts[key]) for key in keys)
    return Scope(accounts=accounts, sees_all=False, name="+".join(keys))


@contextmanager
def reading(company: Seed, scope: Scope) -> Iterator[ScopedReader]:
    with company.database.read() as connection:
        yield ScopedReader(connection, scope)


def listed(company: Seed, scope: Scope, filters: QueueFilters, *, size: int = 200) -> list[str]:
    """Return the names of all threads of a view, read page by page."""
    names = {number: name for name, number in company.threads.items()}
    found: list[str] = []
    page: Page | None = None
    with reading(company, scope) as reader:
        while page is None or page.next is not None:
            page = reader.queue_page(filters, page.next if page else None, size, now=company.now)
            found += [names[entry.thread_id] for entry in page.entries]
    return found


def count_statements(company: Seed, limit: int) -> int:
    statements: list[str] = []
    with company.database.read() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        try:
            reader = ScopedReader(connection, EVERYTHING)
            reader.queue_page(QueueFilters(), None, limit, now=company.now)
        finally:
            driver.set_trace_callback(None)
    return len([one for one in statements if one.startswith("SELECT")])


def test_the_queue_starts_with_the_longest_breached_and_ends_with_the_shortest_wait(company: Seed) -> None:
    names = listed(company, only(company, "acme", "beta"), QueueFilters())

    assert names == [
        "beta/breached",
        "acme/breached",
        "acme/at_risk",
        "beta/at_risk",
        "acme/later",
        "beta/later",
        "beta/low",
        "acme/low",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("view", list(View))
def test_pages_of_any_size_list_the_same_threads_once(company: Seed, view: View, size: int) -> None:
    whole = listed(company, EVERYTHING, QueueFilters(view=view))

    paged = listed(company, EVERYTHING, QueueFilters(view=view), size=size)

    assert paged == whole
    assert len(set(paged)) == len(paged)


def test_equal_due_times_are_ordered_by_wait_and_then_by_id(changing: Seed) -> None:
    due_at, since = NOW + timedelta(hours=1), NOW - timedelta(days=1)
    with changing.database.write() as connection:
        ids = [changing.threads[f"acme/{state}"] for state in ("breached", "at_risk", "later", "low")]
        connection.execute(
            sa.update(Thread).where(Thread.id.in_(ids)).values(next_due_at=due_at, waiting_since=since)
        )
        connection.execute(
            sa.update(Thread).where(Thread.id == ids[3]).values(waiting_since=since - timedelta(hours=1))
        )
        later = since + timedelta(hours=1)
        connection.execute(sa.update(Thread).where(Thread.id == ids[0]).values(waiting_since=later))

    names = listed(changing, only(changing, "acme"), QueueFilters(), size=1)

    assert names == ["acme/low", "acme/at_risk", "acme/later", "acme/breached"]


def test_threads_without_a_due_time_come_last(company: Seed) -> None:
    names = listed(company, EVERYTHING, QueueFilters())
    have_no_clock = [name.endswith(("low", "unknown", "conflict")) for name in names]

    assert have_no_clock == sorted(have_no_clock)
    assert any(have_no_clock)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (View.PENDING, {"breached", "at_risk", "later", "low"}),
        (View.AT_RISK, {"breached", "at_risk"}),
        (View.WAITING_CUSTOMER, {"waiting_customer"}),
        (View.LOW, {"low"}),
        (View.UNKNOWN, set()),
        (View.ALL, {"breached", "at_risk", "later", "low", "waiting_customer", "solved"}),
    ],
)
def test_each_view_lists_its_threads_and_counts_them(company: Seed, view: View, expected: set[str]) -> None:
    scope = only(company, "acme")

    names = listed(company, scope, QueueFilters(view=view))
    with reading(company, scope) as reader:
        counts = reader.counts(QueueFilters(), now=company.now)

    assert {name.removeprefix("acme/") for name in names} == expected
    assert counts.of(view) == len(expected)


def test_threads_of_unknown_account_are_for_those_who_see_all(company: Seed) -> None:
    everybody = only(company, *CANARIES)

    assert listed(company, EVERYTHING, QueueFilters(view=View.UNKNOWN)) == [
        "unknown/unknown",
        "unknown/conflict",
    ]
    assert listed(company, everybody, QueueFilters(view=View.UNKNOWN)) == []
    with reading(company, everybody) as reader, pytest.raises(NotFound):
        reader.thread(company.threads["unknown/unknown"])


def test_a_suggested_account_is_shown_but_gives_nobody_access(changing: Seed) -> None:
    thread = changing.threads["unknown/unknown"]
    with changing.database.write() as connection:
        connection.execute(
            sa.update(Thread)
            .where(Thread.id == thread)
            .values(suggested_account_id=changing.accounts["acme"], account_state="suggested")
        )

    with reading(changing, EVERYTHING) as reader:
        assert reader.thread(thread).entry.account_key == "acme"
    assert "unknown/unknown" in listed(changing, EVERYTHING, QueueFilters(accounts=("acme",)))
    with reading(changing, only(changing, "acme")) as reader, pytest.raises(NotFound):
        reader.thread(thread)


@pytest.mark.parametrize("scope", [NOBODY, None], ids=["outsider", "other account"])
def test_a_hidden_thread_and_a_missing_one_cannot_be_told_apart(company: Seed, scope: Scope | None) -> None:
    scope = scope or only(company, "beta")
    messages = set()
    with reading(company, scope) as reader:
        for thread in (company.threads["acme/later"], company.threads["acme/merged"], 999_999):
            with pytest.raises(NotFound) as caught:
                reader.thread(thread)
            messages.add(str(caught.value))

    assert len(messages) == 1


def test_a_scope_without_grants_sees_nothing_at_all(company: Seed) -> None:
    assert listed(company, NOBODY, QueueFilters(view=View.ALL)) == []
    with reading(company, NOBODY) as reader:
        counts = reader.counts(QueueFilters(), now=company.now)
        thread = ThreadId(company.threads["acme/later"])

        assert {counts.of(view) for view in View} == {0}
        assert reader.messages(thread) == ()
        assert reader.clocks(thread) == ()
        assert reader.refused_links(thread) == ()
        assert reader.account_choices() == ()
        assert reader.find_by_header_ids([HeaderId("acme-later-0@zirbenholz.example")]) == ()


def test_a_filter_never_widens_the_scope(company: Seed) -> None:
    scope = only(company, "acme")

    assert listed(company, scope, QueueFilters(view=View.ALL, accounts=("beta",))) == []
    assert listed(company, scope, QueueFilters(view=View.ALL, projects=("beta-erp",))) == []
    assert {
        name.partition("/")[0] for name in listed(company, scope, QueueFilters(accounts=("acme", "beta")))
    } == {"acme"}


def test_filters_by_account_and_project_narrow_list_and_counts(company: Seed) -> None:
    filters = QueueFilters(accounts=("acme",), projects=("acme-portal",))

    assert listed(company, EVERYTHING, filters) == ["acme/later"]
    with reading(company, EVERYTHING) as reader:
        assert reader.counts(filters, now=company.now).pending == 1


@pytest.mark.parametrize("name", ["acme/merged", "acme/merged-twice"])
def test_the_id_of_a_merged_thread_leads_to_the_one_that_took_it_in(company: Seed, name: str) -> None:
    with reading(company, only(company, "acme")) as reader:
        assert reader.thread(company.threads[name]).entry.thread_id == company.threads["acme/later"]


def test_merged_threads_that_lead_in_a_circle_are_not_found(changing: Seed) -> None:
    one, two = changing.threads["acme/merged"], changing.threads["acme/merged-twice"]
    with changing.database.write() as connection:
        connection.execute(sa.update(Thread).where(Thread.id == one).values(alias_of=two))

    with reading(changing, EVERYTHING) as reader, pytest.raises(NotFound):
        reader.thread(one)


def test_merged_threads_are_not_listed(company: Seed) -> None:
    assert not any("merged" in name for name in listed(company, EVERYTHING, QueueFilters(view=View.ALL)))


def test_a_thread_comes_with_its_evidence_messages_and_clocks(company: Seed) -> None:
    thread = ThreadId(company.threads["acme/later"])

    with reading(company, only(company, "acme")) as reader:
        view = reader.thread(thread)
        messages = reader.messages(thread)
        clocks = reader.clocks(thread)

    assert view.entry.project_probability == 0.81
    assert [reason.kind for reason in view.project_evidence] == ["model"]
    assert [message.direction for message in messages] == ["outbound", "inbound"]
    assert messages[0].attachments[0].name == "Zirbenholz.pdf"
    assert [zone.kind for zone in messages[0].zones] == ["new", "quoted", "signature"]
    assert [(clock.target, clock.due_at) for clock in clocks] == [("next_reply", view.entry.due_at)]


def test_the_newest_messages_of_a_long_thread_come_oldest_first(company: Seed) -> None:
    thread = ThreadId(company.threads["acme/later"])

    with reading(company, EVERYTHING) as reader:
        (message,) = reader.messages(thread, limit=1)

    assert message.direction == "inbound"


def test_reasons_that_name_another_customer_stay_with_those_who_see_that_customer(company: Seed) -> None:
    thread = company.threads["acme/later"]

    kinds = {}
    for name, scope in (
        ("acme", only(company, "acme")),
        ("both", only(company, "acme", "beta")),
        ("all", EVERYTHING),
    ):
        with reading(company, scope) as reader:
            kinds[name] = [reason.kind for reason in reader.thread(thread).account_evidence]

    assert kinds == {
        "acme": ["domain"],
        "both": ["domain", "look_alike"],
        "all": ["domain", "look_alike"],
    }


def test_a_refused_link_is_shown_where_both_sides_may_be_seen(company: Seed) -> None:
    acme, beta = ThreadId(company.threads["acme/later"]), ThreadId(company.threads["beta/later"])

    with reading(company, only(company, "acme", "beta")) as reader:
        (forward,), (backward,) = reader.refused_links(beta), reader.refused_links(acme)
    assert (forward.other_thread_id, forward.is_ours, forward.reason) == (acme, True, "wall")
    assert (backward.other_thread_id, backward.is_ours, backward.reason) == (beta, False, "wall")
    for key in ("acme", "beta"):
        with reading(company, only(company, key)) as reader:
            assert reader.refused_links(acme) == ()
            assert reader.refused_links(beta) == ()


def test_messages_are_found_by_their_ids_in_the_order_asked(company: Seed) -> None:
    ids = [HeaderId("beta-later-1@quokkatal.example"), HeaderId("acme-later-0@zirbenholz.example")]

    with reading(company, EVERYTHING) as reader:
        found = reader.find_by_header_ids([*ids, HeaderId("nobody@nowhere.example")])
    with reading(company, only(company, "acme")) as reader:
        own = reader.find_by_header_ids(ids)

    assert [(one, entry.thread_id) for one, entry in found] == [
        (ids[0], company.threads["beta/later"]),
        (ids[1], company.threads["acme/later"]),
    ]
    assert [one for one, _ in own] == [ids[1]]


def test_choices_are_the_accounts_of_the_scope_with_their_projects(company: Seed) -> None:
    with reading(company, only(company, "acme")) as reader:
        (choice,) = reader.account_choices()

    assert (choice.key, choice.name) == ("acme", "Zirbenholz GmbH")
    assert [key for key, _ in choice.projects] == ["acme-erp", "acme-portal"]


def test_a_page_takes_the_same_number_of_statements_whatever_its_size(sqlite_database: Database) -> None:
    company = seed(sqlite_database)

    assert count_statements(company, 3) == 1
    assert count_statements(company, 100) == 2 == len(segments(View.PENDING))


def test_a_cursor_with_another_key_is_refused(company: Seed) -> None:
    with reading(company, EVERYTHING) as reader:
        page = reader.queue_page(QueueFilters(), None, 1, now=company.now)
        assert page.next is not None
        torn = type(page.next)(
            view=page.next.view, segment=0, instants=page.next.instants[:1], thread_id=page.next.thread_id
        )

        with pytest.raises(InvalidCursor):
            reader.queue_page(QueueFilters(), torn, 1, now=company.now)


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("accounts", [None, ("acme",), ("acme", "beta", "ceti")], ids=["all", "one", "three"])
def test_a_page_is_read_in_the_order_of_an_index(
    sqlite_database: Database, view: View, accounts: tuple[str, ...] | None
) -> None:
    company = seed(sqlite_database)
    scope = EVERYTHING if accounts is None else only(company, *accounts)
    filters = QueueFilters(view=view)

    for index, stretch in enumerate(segments(view)):
        last = stretch.bound([NOW] * len(stretch.instants), 1)
        bound = {**parameters(scope, filters), **last, "rows": 51, "now": NOW, "soon": NOW}
        with sqlite_database.read() as connection:
            dialect = sqlite_database.engine.dialect
            statement = page_of(view, index, shape_of(scope, filters), is_later=True, dialect=dialect)
            compiled = statement.params(bound).compile(
                sqlite_database.engine, compile_kwargs={"literal_binds": True}
            )
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]

        reads = [step for step in plan if re.match("(SCAN|SEARCH) thread ", step)]
        assert reads
        assert all("ix_thread_" in step or "PRIMARY KEY" in step for step in reads), plan
        # The keys of several accounts are merged, and only the rows of the page are sorted again.
        is_merged = len(accounts or ()) > 1
        assert any("MERGE" in step for step in plan) is is_merged, plan
        assert sum("ORDER BY" in step for step in plan) == is_merged, plan
