"""Labelled messages of one made-up account."""

from itertools import islice

from benchmarks.company import mails, make_company
from triage.classify.label import LabelledMessage, MailText
from triage.core.direction import Direction
from triage.core.ids import MessageId, ThreadId


def labelled(count: int, *, projects: int = 4, seed: int = 3) -> list[LabelledMessage]:
    """Return the first labelled messages of an account, one a thread, in time order."""
    company = make_company(seed, customers=1, projects=(projects, projects))
    rows = (
        LabelledMessage(
            message=MessageId(number),
            thread=ThreadId(mail.thread),
            project=mail.project.id,
            mail=MailText(
                subject=mail.message.subject,
                text=mail.message.text_new,
                participants=(mail.message.senders[0].key,),
            ),
            received_at=mail.message.received_at,
        )
        for number, mail in enumerate(mails(company, seed, threads_a_project=2 * count))
        if mail.project.is_trained
        and mail.direction is Direction.INBOUND
        and not mail.message.subject.startswith("Re: ")
    )
    return list(islice(rows, count))
