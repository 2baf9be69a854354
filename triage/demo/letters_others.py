"""Mail that belongs to no customer, or to nobody."""

from triage.demo.letter import Kind, Letter, Story
from triage.demo.people import APPLICANT, PUBLISHER, STRANGER, VENUE

OTHERS: tuple[Story, ...] = (
    Story(
        name="unknown-request",
        subject="Web portal for our customers?",
        letters=(
            Letter(
                sender=STRANGER,
                when="1d 12:25",
                text="""Hello,

a friend at a clinic showed me the portal that you built. We furnish practices and would like to let our
customers follow their orders. Is that something you do for a company of twenty people?

Marta Novak
Novak Interiors""",
            ),
        ),
    ),
    Story(
        name="bewerbung",
        subject="Bewerbung als Werkstudent",
        letters=(
            Letter(
                sender=APPLICANT,
                when="3d 17:05",
                text="""Guten Tag,

ich studiere Informatik im fünften Semester und suche für das Sommerhalbjahr eine Stelle als
Werkstudent. Darf ich Ihnen meine Unterlagen schicken?

Felix Sommer""",
            ),
        ),
    ),
    Story(
        name="integration-weekly",
        subject="Integration Weekly: queues, retries and other stories",
        letters=(
            Letter(
                sender=PUBLISHER,
                when="2d 07:00",
                kind=Kind.NEWSLETTER,
                text="""This week: three ways to retry a webhook, a short history of the work queue, and the
conference calendar for spring.

You receive this because you subscribed at our stand. Unsubscribe at any time.""",
            ),
        ),
    ),
    Story(
        name="integration-weekly-earlier",
        subject="Integration Weekly: calendars are hard",
        letters=(
            Letter(
                sender=PUBLISHER,
                when="7d 07:00",
                kind=Kind.NEWSLETTER,
                text="""This week: why working time is not a subtraction, what happens on the last Sunday of
October, and a reader's question about holidays.

Unsubscribe at any time.""",
            ),
        ),
    ),
    Story(
        name="tagungshotel",
        subject="Angebot: Winterpauschale für Ihre Tagung",
        letters=(
            Letter(
                sender=VENUE,
                when="5d 09:45",
                kind=Kind.NEWSLETTER,
                text="""Sehr geehrte Damen und Herren,

tagen Sie im Winter am See: Raum, Technik und Verpflegung zum festen Preis.

Wenn Sie keine Angebote mehr wünschen, genügt ein Klick auf Abmelden.""",
            ),
        ),
    ),
)
