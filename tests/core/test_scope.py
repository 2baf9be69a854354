import pytest

from triage.core.ids import AccountId
from triage.core.scope import Scope

ACME, BETA = AccountId(1), AccountId(2)


@pytest.mark.parametrize(
    ("scope", "account", "expected"),
    [
        (Scope(accounts=frozenset({ACME}), sees_all=False, name="a"), ACME, True),
        (Scope(accounts=frozenset({ACME}), sees_all=False, name="a"), BETA, False),
        (Scope(accounts=frozenset({ACME}), sees_all=False, name="a"), None, False),
        (Scope(accounts=frozenset(), sees_all=False, name="nobody"), ACME, False),
        (Scope(accounts=frozenset(), sees_all=True, name="all"), BETA, True),
        (Scope(accounts=frozenset(), sees_all=True, name="all"), None, True),
    ],
    ids=["granted", "not granted", "unknown account", "no grant", "all", "all and unknown"],
)
def test_a_scope_sees_its_accounts_and_nothing_else(
    scope: Scope, account: AccountId | None, *, expected: bool
) -> None:
    assert scope.may_see(account) is expected
