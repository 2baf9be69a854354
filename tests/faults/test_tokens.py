"""Fault 92: tokens end, rotate and are revoked, consent is withdrawn, clocks are wrong."""

import hashlib
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from models import SignIn
from tests.fakes.token_endpoint import CLIENT_ID, CLIENT_SECRET, TENANT, TokenServer
from triage.core.errors import NeedsPerson, SignInError, Unreachable
from triage.oauth.grant import Grant, Provider
from triage.oauth.microsoft import MicrosoftApplication, MicrosoftPerson, Registration
from triage.oauth.vault import Vault, new_key
from triage.services.tokens import TokenKeeper, reseal_all
from triage.store import sign_ins
from triage.store.database import Database
from triage.store.mailboxes import register_mailbox

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Bench:
    """One mailbox of Microsoft, whose person signed in at NOW."""

    database: Database
    server: TokenServer
    now: datetime = NOW
    key: str = field(default_factory=new_key)

    def provider(self) -> MicrosoftPerson:
        return MicrosoftPerson(
            Registration(
                mailbox="support", tenant=TENANT, client_id=CLIENT_ID, authority=self.server.authority
            )
        )

    def keeper(self, provider: Provider | None = None, *, key: str = "") -> TokenKeeper:
        return TokenKeeper(
            self.database,
            "support",
            provider=provider or self.provider(),
            vault=lambda: Vault([key or self.key]),
            clock=lambda: self.now,
        )

    def log_in(self) -> str:
        provider = self.provider()
        grant = provider.finish(provider.begin(now=self.now), clock=lambda: self.now)
        self.keeper().save_login(grant)
        self.server.requests.clear()
        return grant.access_token

    def row(self) -> sign_ins.SignInRow:
        with self.database.read() as connection:
            row = sign_ins.find(connection, "support")
        assert row is not None
        return row

    def stored(self) -> Grant:
        tokens = self.row().tokens
        assert tokens is not None
        return Vault([self.key]).open(tokens.sealed, mailbox="support")


@pytest.fixture
def bench(sqlite_database: Database, token_server: TokenServer) -> Bench:
    return Bench(sqlite_database, token_server)


@pytest.fixture
def either(database: Database, token_server: TokenServer) -> Bench:
    """The same on both databases, for what the database has to see to."""
    return Bench(database, token_server)


class Dying:
    """A provider whose caller dies when the answer is there and not saved yet."""

    is_person = True

    def __init__(self, provider: Provider, death: BaseException) -> None:
        self._provider = provider
        self._death = death

    @property
    def fingerprint(self) -> str:
        return self._provider.fingerprint

    def renew(self, state: str, *, now: datetime) -> Grant:
        self._provider.renew(state, now=now)
        raise self._death


class Interleaved(Dying):
    """A provider during whose answer something else happens."""

    def __init__(self, provider: Provider, meanwhile: "list[object]") -> None:
        super().__init__(provider, SystemExit())
        self._meanwhile = meanwhile

    def renew(self, state: str, *, now: datetime) -> Grant:
        grant = self._provider.renew(state, now=now)
        while self._meanwhile:
            action = self._meanwhile.pop()
            assert callable(action)
            action()
        return grant


def test_fault_92_a_token_is_used_until_ten_minutes_before_its_end(bench: Bench) -> None:
    first = bench.log_in()

    bench.now = NOW + timedelta(minutes=49)
    assert bench.keeper().token() == first
    assert bench.server.renewals == 0

    bench.now = NOW + timedelta(minutes=51)
    second = bench.keeper().token()
    assert second != first
    assert bench.keeper().token() == second
    assert bench.server.requests == ["refresh_token"]


def test_fault_92_an_expired_access_token_is_renewed(bench: Bench) -> None:
    first = bench.log_in()
    bench.now = NOW + timedelta(days=3)

    assert bench.keeper().token() not in {first, ""}


def test_fault_92_a_rotated_refresh_token_is_saved_before_the_access_token_is_used(either: Bench) -> None:
    either.log_in()
    before = either.stored()

    for hours in range(1, 5):
        either.now = NOW + hours * HOUR
        token = either.keeper().token()
        assert either.stored().access_token == token

    assert either.stored().state != before.state
    assert either.row().version == 5
    assert either.stored().renewable_since == NOW + 4 * HOUR


def test_fault_92_threads_renew_once(either: Bench) -> None:
    either.log_in()
    either.now = NOW + 2 * HOUR

    with ThreadPoolExecutor(6) as threads:
        tokens = set(threads.map(lambda _: either.keeper().token(), range(6)))

    assert len(tokens) == 1
    assert either.server.requests == ["refresh_token"]


def test_fault_92_processes_renew_once(either: Bench) -> None:
    either.now = datetime.now(UTC) - 2 * HOUR
    either.log_in()
    url = either.database.engine.url.render_as_string(hide_password=False)
    settings = (either.server.authority, TENANT, CLIENT_ID, either.key)
    command = [sys.executable, "-m", "tests.faults.token_worker", url, *settings]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"

    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    printed = [worker.communicate(timeout=60)[0].split()[-1] for worker in workers]

    assert either.server.requests == ["refresh_token"]
    assert set(printed) == {hashlib.sha256(either.stored().access_token.encode()).hexdigest()}


def test_fault_92_a_slow_provider_holds_up_nobody(either: Bench) -> None:
    first = either.log_in()
    either.now = NOW + timedelta(minutes=55)
    either.server.rules.gate = threading.Event()

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(either.keeper().token)
        either.server.wait_for_requests(1)
        meanwhile = either.keeper().token()
        with either.database.write() as connection:
            register_mailbox(connection, "another", kind="imap")
        either.server.rules.gate.set()

    assert meanwhile == first
    assert slow.result() != first
    assert either.server.requests == ["refresh_token"]


def test_fault_92_who_dies_with_the_answer_in_hand_blocks_the_others_for_a_minute_only(either: Bench) -> None:
    either.log_in()
    either.server.rules.rotates = False
    either.now = NOW + 2 * HOUR
    row = either.row()
    with either.database.write() as connection:
        until = either.now + timedelta(seconds=60)
        assert sign_ins.claim(
            connection, row.mailbox_id, version=row.version, owner="dead", now=either.now, until=until
        )

    either.now += timedelta(seconds=61)

    assert either.keeper().token() in either.server.good


def test_fault_92_a_failed_renewal_gives_its_claim_back(either: Bench) -> None:
    either.log_in()
    either.server.rules.rotates = False
    either.now = NOW + 2 * HOUR

    with pytest.raises(RuntimeError, match="a bug"):
        either.keeper(Dying(either.provider(), RuntimeError("a bug"))).token()

    assert either.keeper().token() in either.server.good


def test_fault_92_who_slept_through_its_claim_overwrites_nothing_newer(either: Bench) -> None:
    either.log_in()
    either.server.rules.rotates = False
    either.now = NOW + 2 * HOUR
    newer: list[str] = []

    def sleep_while_another_renews() -> None:
        either.now += timedelta(seconds=61)
        newer.append(either.keeper().token())

    slow = either.keeper(Interleaved(either.provider(), [sleep_while_another_renews]))

    assert slow.token() == newer[0] == either.stored().access_token


def test_fault_92_a_person_who_signs_in_during_a_renewal_wins(either: Bench) -> None:
    either.log_in()
    either.now = NOW + 2 * HOUR
    fresh: list[str] = []

    token = either.keeper(Interleaved(either.provider(), [lambda: fresh.append(either.log_in())])).token()

    assert token == fresh[0] == either.stored().access_token


def test_fault_92_a_provider_that_is_away_stops_nobody_whose_token_is_still_good(bench: Bench) -> None:
    first = bench.log_in()
    bench.now = NOW + timedelta(minutes=55)
    bench.server.rules.status = 503

    assert bench.keeper().token() == first

    bench.now = NOW + timedelta(minutes=61)
    with pytest.raises(Unreachable, match="status 503"):
        bench.keeper().token()

    bench.server.rules.status = 0
    assert bench.keeper().token() in bench.server.good


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param("", "revoked, or ran out", id="refresh token revoked"),
        pytest.param("consent_required", "consent was withdrawn", id="consent withdrawn"),
        pytest.param("interaction_required", "wants a person", id="second factor asked for"),
    ],
)
def test_fault_92_what_was_withdrawn_is_for_a_person_and_a_login_mends_it(
    bench: Bench, error: str, said: str
) -> None:
    bench.log_in()
    bench.now = NOW + 2 * HOUR
    bench.server.revoke()
    bench.server.rules.error = error

    with pytest.raises(NeedsPerson, match=said) as raised:
        bench.keeper().token()
    bench.server.rules.error = ""
    mended = bench.log_in()

    assert raised.value.state == "auth_failed"
    assert bench.keeper().token() == mended


def test_fault_92_a_token_that_the_mail_server_refuses_early_is_renewed_once(bench: Bench) -> None:
    first = bench.log_in()
    bench.now = NOW + timedelta(minutes=20)

    second = bench.keeper().token_instead_of(first)

    assert second not in {None, first}
    assert bench.keeper().token_instead_of(first) == second
    assert bench.keeper().token_instead_of(str(second)) is None
    assert bench.server.requests == ["refresh_token"]


def test_fault_92_a_clock_that_was_set_back_is_noticed(bench: Bench) -> None:
    first = bench.log_in()
    bench.now = NOW - timedelta(hours=5)

    assert bench.keeper().token() != first


def test_fault_92_workers_whose_clocks_differ_share_a_token(bench: Bench) -> None:
    first = bench.log_in()
    bench.now = NOW + timedelta(minutes=4)
    assert bench.keeper().token() == first
    bench.now = NOW - timedelta(seconds=90)

    assert bench.keeper().token() == first


def test_fault_92_tokens_are_renewed_while_nobody_connects(bench: Bench) -> None:
    bench.log_in()
    bench.now = NOW + timedelta(minutes=51)

    bench.keeper().keep_fresh()
    bench.keeper().keep_fresh()

    assert bench.server.requests == ["refresh_token"]


def test_fault_92_keeping_fresh_asks_nothing_while_a_person_is_waited_for(bench: Bench) -> None:
    bench.log_in()
    bench.now = NOW + timedelta(minutes=51)
    mailbox_id = bench.row().mailbox_id
    with bench.database.write() as connection:
        sign_ins.note_refusal(
            connection, mailbox_id, refusals=3, refused="", next_try_at=None, reason="withdrawn"
        )

    bench.keeper().keep_fresh()

    assert bench.server.renewals == 0


def test_fault_92_keeping_fresh_survives_a_revoked_sign_in(bench: Bench) -> None:
    bench.log_in()
    bench.now = NOW + timedelta(minutes=51)
    bench.server.revoke()

    bench.keeper().keep_fresh()

    assert bench.server.requests == ["refresh_token"]


def test_nobody_signed_in_yet(bench: Bench) -> None:
    with pytest.raises(SignInError, match="nobody has signed in yet"):
        bench.keeper().token()


def test_tokens_of_other_settings_are_not_used(bench: Bench) -> None:
    bench.log_in()
    other = MicrosoftPerson(
        Registration(mailbox="support", tenant=TENANT, client_id="other", authority=bench.server.authority)
    )

    with pytest.raises(SignInError, match="nobody has signed in yet"):
        bench.keeper(other).token()


def test_a_lost_key_is_for_a_person(bench: Bench) -> None:
    bench.log_in()

    with pytest.raises(NeedsPerson, match="put the earlier key back"):
        bench.keeper(key=new_key()).token()


def test_a_lost_key_is_no_matter_for_an_application(bench: Bench) -> None:
    registration = Registration(
        mailbox="support", tenant=TENANT, client_id=CLIENT_ID, authority=bench.server.authority
    )
    provider = MicrosoftApplication(registration, lambda: CLIENT_SECRET)
    first = bench.keeper(provider).token()
    bench.key = new_key()

    second = bench.keeper(provider).token()

    assert second != first
    assert bench.keeper(provider).token() == second


def test_without_a_key_no_refresh_token_is_spent(bench: Bench) -> None:
    def no_key() -> Vault:
        raise NeedsPerson("mailbox support: there is no secret file")

    keeper = TokenKeeper(
        bench.database, "support", provider=bench.provider(), vault=no_key, clock=lambda: bench.now
    )

    with pytest.raises(NeedsPerson, match="no secret file"):
        keeper.token()

    assert bench.server.renewals == 0


def test_keys_can_be_changed(either: Bench) -> None:
    first = either.log_in()
    new = new_key()

    assert reseal_all(either.database, Vault([new, either.key])) == (1, ())
    assert reseal_all(either.database, Vault([new_key()])) == (0, ("support",))

    assert either.keeper(key=new).token() == first


def test_no_token_lies_in_the_database_or_the_log_in_clear(
    either: Bench, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    either.log_in()
    either.now = NOW + 2 * HOUR
    either.keeper().token()
    either.server.revoke()
    either.now += 2 * HOUR
    with pytest.raises(NeedsPerson):
        either.keeper().token()

    with either.database.read() as connection:
        rows = connection.execute(sa.select(SignIn.__table__)).all()
    out, err = capfd.readouterr()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("triage.db*"))
    shown = json.dumps([str(value) for row in rows for value in row]) + out + err

    assert "token renewed" in out + err
    assert "planted" not in shown
    assert b"planted" not in kept
