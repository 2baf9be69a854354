"""What a reader may see: a set of accounts, or everything."""

from dataclasses import dataclass, field

from triage.core.ids import AccountId


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The right to read.

    Attributes:
        accounts: Accounts that were granted one by one.
        sees_all: Sees every account, and threads whose account is not known.
        name: Of the token or the operating-system user; the actor of what is done with it.
    """

    accounts: frozenset[AccountId]
    sees_all: bool
    name: str

    def may_see(self, account: AccountId | None) -> bool:
        """Tell whether objects of the account may be shown; None is an account that is not known."""
        return self.sees_all or (account is not None and account in self.accounts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """A token as it was sent; what it may see is looked up in the transaction that reads for it."""

    token: str = field(repr=False)


#: Whoever asks: with a right that is known already, or with a token that still says it.
Reader = Scope | Credential
