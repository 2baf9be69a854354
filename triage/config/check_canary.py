"""What can be wrong with the test mails: they must go from us to us, and over no network in the clear."""

from collections.abc import Collection, Iterator

from triage.config.finding import Finding
from triage.config.model import Config
from triage.config.security import Security
from triage.core.direction import Own
from triage.core.loopback import is_loopback


def check_canary(config: Config, mailboxes: Collection[str]) -> Iterator[Finding]:
    """Yield what makes test mails useless or unsafe.

    Args:
        mailboxes: Names of all that are written, usable or not.
    """
    canary = config.canary
    if canary is None:
        return
    if canary.mailbox not in mailboxes:
        known = f"Known: {', '.join(sorted(mailboxes))}." if mailboxes else "No mailbox is configured."
        yield Finding(
            place=("canary", "mailbox"), what=f"There is no mailbox {canary.mailbox!r}.", mend=known
        )
    own = Own(addresses=frozenset(config.own.addresses), domains=frozenset(config.own.domains))
    for key in ("to", "sender"):
        address = getattr(canary, key)
        if not own.holds(address):
            yield Finding(
                place=("canary", key),
                what=f"{address} is not one of your own addresses; test mails go from you to you.",
                mend="Name one of yours, or list it under own.addresses.",
            )
    smtp = canary.smtp
    if smtp.security is Security.PLAIN and not is_loopback(smtp.host):
        yield Finding(
            place=("canary", "smtp", "security"),
            what=f"The mail to {smtp.host} would cross the network in the clear.",
            mend="Use tls or starttls; plain is for a mail server on this machine.",
        )
    if smtp.ca_file is not None and not smtp.ca_file.is_file():
        yield Finding(
            place=("canary", "smtp", "ca_file"),
            what=f"There is no file {smtp.ca_file}.",
            mend="Check the path.",
        )
