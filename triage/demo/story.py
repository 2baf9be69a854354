"""Three weeks of mail in the team's mailbox, as they look at a given instant."""

from datetime import datetime

from triage.demo.compose import DemoMail, MessageIds, compose, message_id
from triage.demo.letters_harbour import HARBOUR
from triage.demo.letters_kessler import KESSLER
from triage.demo.letters_meridian import MERIDIAN
from triage.demo.letters_others import OTHERS
from triage.demo.letters_solaris import SOLARIS

STORIES = (*HARBOUR, *KESSLER, *MERIDIAN, *SOLARIS, *OTHERS)


def stories(now: datetime) -> tuple[DemoMail, ...]:
    """Return all the mail that lies in the mailbox, in the order in which it came.

    Customers with office hours wrote on working days; the others wrote minutes and hours ago, so at
    any hour of any day something is due soon and something is overdue.
    """
    ids = message_ids(now)
    mails = (mail for story in STORIES for mail in compose(story, now=now, ids=ids))
    return tuple(sorted(mails, key=lambda mail: mail.received_at))


def message_ids(now: datetime) -> MessageIds:
    """Return the Message-IDs of all letters by story and number, 0 for the first."""
    return {
        (story.name, number): message_id(story, number, now=now)
        for story in STORIES
        for number in range(len(story.letters))
    }
