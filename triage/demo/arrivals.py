"""Mail that comes while one watches: questions, answers, and the noise between them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from triage.demo.compose import DemoMail, compose
from triage.demo.letter import Enclosure, Kind, Letter, Story, Style
from triage.demo.people import (
    BEN,
    DESK,
    GRACE,
    HELEN,
    JONAS,
    KATRIN,
    MIRA,
    OLIVIA,
    PRIYA,
    PUBLISHER,
    RALF,
    SABINE,
    STEFAN,
    STRANGER,
    TOM,
)
from triage.demo.story import STORIES

#: Each letter of this file gets its time from its place in the list.
_NOW = "0m"


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A mail, and how long after the one before it comes."""

    delay_seconds: int
    mail: DemoMail


@dataclass(frozen=True, kw_only=True, slots=True)
class _Coming:
    """A letter of a story: one that there is already, or a new one with a subject."""

    delay_seconds: int
    story: str
    letter: Letter
    subject: str = ""


_SCRIPT: tuple[_Coming, ...] = (
    _Coming(
        delay_seconds=10,
        story="netzbild",
        subject="SE-NETZ-913 Netzbild Süd lädt nicht",
        letter=Letter(
            sender=SABINE,
            when=_NOW,
            text="""Guten Tag,

das Netzbild Süd bleibt seit wenigen Minuten grau. Nord und Mitte sind in Ordnung. Bitte um schnelle
Rückmeldung, die Schicht wechselt um die volle Stunde.

Sabine Kurz""",
        ),
    ),
    _Coming(
        delay_seconds=18,
        story="messwerte",
        letter=Letter(
            sender=MIRA,
            when=_NOW,
            text="""Guten Tag Frau Kurz,

ja: Feld 7 meldet sich mit einer neuen Adresse. Wir haben sie eingetragen, die Messwerte kommen wieder.

Freundliche Grüße
Mira Hansen""",
        ),
    ),
    _Coming(
        delay_seconds=16,
        story="login-loop",
        letter=Letter(
            sender=BEN,
            when=_NOW,
            text="It is twenty calls by now. Any news on the sign-in?\n\nBen",
        ),
    ),
    _Coming(
        delay_seconds=20,
        story="login-loop",
        letter=Letter(
            sender=PRIYA,
            when=_NOW,
            text="""Hello Ben,

we found it: codes with a leading zero were refused. The correction is live, please let two patients
try. I will stay on it until you confirm.

Priya""",
        ),
    ),
    _Coming(
        delay_seconds=15,
        story="etiketten-rolle",
        subject="KB-LAGER-234 Etiketten kleben nicht",
        letter=Letter(
            sender=STEFAN,
            when=_NOW,
            text="""Moin,

die neuen Etiketten kleben auf den nassen Paletten nicht und der Scanner findet sie nicht mehr. Können wir
übergangsweise den Platz von Hand eingeben?

Stefan Huber""",
        ),
    ),
    _Coming(
        delay_seconds=22,
        story="login-loop",
        letter=Letter(
            sender=BEN,
            when=_NOW,
            kind=Kind.ABSENCE,
            text="I am in theatre until four. For the patient portal please call the service desk.",
        ),
    ),
    _Coming(
        delay_seconds=17,
        story="messwerte",
        letter=Letter(sender=SABINE, when=_NOW, text="Werte sind da, danke!\n\nSabine Kurz"),
    ),
    _Coming(
        delay_seconds=25,
        story="rota-colours",
        subject="Colours of the ward plan",
        letter=Letter(
            sender=GRACE,
            when=_NOW,
            text="""Hello,

nurses who cannot tell red from green read the open shifts of the ward wrongly. Can the roster show a
pattern instead, before the January shifts are planned?

Grace Obi""",
            style=Style.GMAIL,
        ),
    ),
    _Coming(
        delay_seconds=19,
        story="integration-extra",
        subject="Integration Weekly: extra issue",
        letter=Letter(
            sender=PUBLISHER,
            when=_NOW,
            kind=Kind.NEWSLETTER,
            text="Seats for the spring conference are open. Unsubscribe at any time.",
        ),
    ),
    _Coming(
        delay_seconds=21,
        story="leitstelle-alarm",
        letter=Letter(
            sender=MIRA,
            when=_NOW,
            text="""Guten Tag Herr Lindner,

die Alarme kamen über beide Leitungen, weil die Sperre nach dem letzten Neustart fehlte. Sie ist wieder
gesetzt; bitte prüfen Sie, ob jetzt jeder Alarm einmal kommt.

Freundliche Grüße
Mira Hansen""",
        ),
    ),
    _Coming(
        delay_seconds=16,
        story="kistenpreis",
        subject="KB-SHOP-517 falscher Kistenpreis",
        letter=Letter(
            sender=KATRIN,
            when=_NOW,
            text="""Guten Tag,

im Shop kostet die Kiste Helles seit heute so viel wie eine Flasche. Es gibt schon Bestellungen. Bitte
nehmen Sie den Artikel sofort aus dem Warenkorb.

Katrin Vogel""",
            style=Style.OUTLOOK,
        ),
    ),
    _Coming(
        delay_seconds=18,
        story="lab-results",
        letter=Letter(
            sender=MIRA,
            when=_NOW,
            text="""Dear Helen,

the release rule waits for the doctor again, as it did before the update. Messages that were held back
arrive within the hour.

Mira""",
            style=Style.PHONE,
        ),
    ),
    _Coming(
        delay_seconds=23,
        story="unknown-again",
        subject="Your offer?",
        letter=Letter(
            sender=STRANGER,
            when=_NOW,
            text="""Hello again,

I wrote to you about a portal for our customers. Is there somebody I could call?

Marta Novak""",
        ),
    ),
    _Coming(
        delay_seconds=17,
        story="leitstelle-alarm",
        letter=Letter(
            sender=RALF,
            when=_NOW,
            text="""Guten Tag Frau Hansen,

Nord ist in Ordnung, im Umspannwerk West kommt aber noch jeder zweite Alarm doppelt. Gilt die Sperre dort
auch?

Ralf Lindner""",
        ),
    ),
    _Coming(
        delay_seconds=20,
        story="shift-swap",
        letter=Letter(
            sender=JONAS,
            when=_NOW,
            cc=(DESK,),
            text="""Hello Grace,

the swap was saved on the old plan, which was replaced at midnight. Three swaps are affected, all of
ward 6; I have put them back. From tonight on, swaps move to the new plan.

Jonas""",
        ),
    ),
    _Coming(
        delay_seconds=24,
        story="gangway",
        subject="HH-DOCK-2079 gangway times",
        letter=Letter(
            sender=OLIVIA,
            when=_NOW,
            text="""Hello,

could the dock planner show when the gangway of a vessel is down? The crane crew asks for it on the yard
screen. I attach how they note it today.

Olivia""",
            files=(
                Enclosure(
                    name="gangway.csv", content=b"vessel,down\nGannet,06:20\n", content_type="text/csv"
                ),
            ),
        ),
    ),
    _Coming(
        delay_seconds=15,
        story="shift-swap",
        letter=Letter(
            sender=GRACE,
            when=_NOW,
            text="Thank you Jonas. Who tells the ward managers about the change, you or I?\n\nGrace",
            style=Style.GMAIL,
        ),
    ),
    _Coming(
        delay_seconds=20,
        story="ledger-export",
        subject="HH-INV-336 ledger export stops at page 40",
        letter=Letter(
            sender=TOM,
            when=_NOW,
            text="""Hello,

the ledger export of the invoice portal stops at page 40 of 61. Payments after the tenth are missing.
Can you send us the full file today?

Tom""",
        ),
    ),
    _Coming(
        delay_seconds=18,
        story="portal-offer",
        subject="MC-PORTAL-83 video visits",
        letter=Letter(
            sender=HELEN,
            when=_NOW,
            text="""Dear team,

two of our doctors would like to see patients by video from the portal. What is needed on our side, and
what does it cost for a trial of three months?

Helen Castro""",
        ),
    ),
)


def arrivals(now: datetime) -> Iterator[Arrival]:
    """Yield the mail that comes after ``now``, in order. Wait for the delay, then put the mail."""
    known = {story.name: story for story in STORIES}
    elapsed = 0
    for coming in _SCRIPT:
        elapsed += coming.delay_seconds
        letter = replace(coming.letter, when=f"+{elapsed}s")
        begun = known.get(coming.story)
        earlier = begun.letters if begun else ()
        subject = begun.subject if begun else coming.subject
        story = known[coming.story] = Story(name=coming.story, subject=subject, letters=(*earlier, letter))
        yield Arrival(delay_seconds=coming.delay_seconds, mail=compose(story, now=now)[-1])
