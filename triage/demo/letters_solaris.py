"""Solaris Energie, a grid operator: one project, around the clock, mail in German."""

from dataclasses import replace

from triage.demo.letter import Kind, Letter, Story, Style
from triage.demo.people import DAEMON, DESK, JONAS, MIRA, OWN_DOMAIN, PRIYA, RALF, SABINE

#: The address that only this customer has.
HOTLINE = replace(DESK, email=f"support+solaris@{OWN_DOMAIN}")

SOLARIS: tuple[Story, ...] = (
    Story(
        name="leitstelle-alarm",
        subject="SE-NETZ-910 Alarme kommen doppelt",
        letters=(
            Letter(
                sender=RALF,
                when="59m",
                to=HOTLINE,
                text="""Guten Tag,

in der Leitstelle kommt jeder Alarm aus dem Umspannwerk Nord zweimal an, im Abstand von etwa zehn
Sekunden. Die Schicht quittiert nur noch. Bitte sofort ansehen.

Ralf Lindner, Leitstelle""",
            ),
        ),
    ),
    Story(
        name="messwerte",
        subject="SE-NETZ-911 Messwerte aus Feld 7 fehlen",
        letters=(
            Letter(
                sender=SABINE,
                when="48m",
                to=HOTLINE,
                text="""Guten Tag,

seit dem Neustart des Fernwirkgeräts fehlen die Messwerte aus Feld 7. Die anderen Felder liefern. Ist auf
Ihrer Seite etwas zu sehen?

Sabine Kurz""",
            ),
        ),
    ),
    Story(
        name="schaltprotokoll",
        subject="SE-NETZ-912 Schaltprotokoll als PDF",
        letters=(
            Letter(
                sender=SABINE,
                when="20m",
                to=HOTLINE,
                text="""Guten Tag,

für die Netzagentur brauchen wir das Schaltprotokoll der letzten Nacht als PDF mit Unterschrift. Wo
finde ich das in der Leitstelle?

Sabine Kurz""",
                style=Style.OUTLOOK,
            ),
        ),
    ),
    Story(
        name="zeitserver",
        subject="SE-NETZ-907 Uhr der Leitstelle geht vor",
        letters=(
            Letter(
                sender=RALF,
                when="130m",
                to=HOTLINE,
                text="""Guten Tag,

die Uhr der Leitstelle geht vier Sekunden vor, die Unterstationen nicht. Damit stimmt die Reihenfolge im
Schaltprotokoll nicht mehr. Bis wann können Sie das beheben?

Ralf Lindner""",
            ),
        ),
    ),
    Story(
        name="redundanz",
        subject="SE-NETZ-902 Umschaltung auf den zweiten Rechner",
        letters=(
            Letter(
                sender=RALF,
                when="7d 08:10",
                to=HOTLINE,
                text="""Guten Morgen,

beim Test am Samstag hat die Umschaltung auf den zweiten Rechner 40 Sekunden gedauert, vereinbart sind
zehn. Bitte klären Sie die Ursache vor dem nächsten Test.

Ralf Lindner""",
            ),
            Letter(
                sender=MIRA,
                when="7d 08:55",
                text="""Guten Morgen Herr Lindner,

der zweite Rechner hat beim Start das ganze Archiv geprüft. Wir haben die Prüfung auf den laufenden
Betrieb verlegt. Im Labor dauert die Umschaltung jetzt sechs Sekunden.

Freundliche Grüße
Mira Hansen""",
            ),
            Letter(
                sender=RALF,
                when="300m",
                text="""Guten Tag Frau Hansen,

der Test von heute: 25 Sekunden. Das ist besser, aber noch nicht das Vereinbarte. Was ist der nächste
Schritt, und wann können wir wieder testen?

Ralf Lindner""",
            ),
        ),
    ),
    Story(
        name="zugang-dienstleister",
        subject="SE-NETZ-899 Zugang für einen Dienstleister",
        letters=(
            Letter(
                sender=SABINE,
                when="10d 09:30",
                to=HOTLINE,
                text="""Guten Tag,

ein Dienstleister soll zwei Wochen lang nur lesen dürfen, und zwar das Netzbild Süd. Können Sie dafür
einen Zugang einrichten?

Sabine Kurz""",
            ),
            Letter(
                sender=PRIYA,
                when="10d 10:05",
                text="""Guten Tag Frau Kurz,

ja. Dafür brauche ich den Namen der Person, die Firma und die Freigabe Ihrer Informationssicherheit.

Freundliche Grüße
Priya Nair""",
            ),
        ),
    ),
    Story(
        name="wartungsfenster",
        subject="SE-NETZ-895 Wartungsfenster im Dezember",
        letters=(
            Letter(
                sender=SABINE,
                when="9d 13:20",
                to=HOTLINE,
                text="""Guten Tag,

welche Wartungsfenster planen Sie im Dezember? Wir müssen die Schichten bis Ende des Monats festlegen.

Sabine Kurz""",
            ),
            Letter(
                sender=JONAS,
                when="9d 14:00",
                text="""Guten Tag Frau Kurz,

nur eines: Dienstag, 8. Dezember, 2 bis 4 Uhr. Die Leitstelle bleibt dabei auf dem zweiten Rechner
bedienbar.

Jonas Weber""",
            ),
            Letter(
                sender=DAEMON,
                when="9d 14:01",
                text="",
                kind=Kind.BOUNCE,
            ),
        ),
    ),
    Story(
        name="schulung-leitstelle",
        subject="SE-NETZ-890 Schulung der neuen Schicht",
        letters=(
            Letter(
                sender=RALF,
                when="13d 11:15",
                to=HOTLINE,
                text="""Guten Tag,

im Januar kommen vier neue Kollegen in die Schicht. Gibt es die Schulung zum Netzbild noch in zwei
halben Tagen?

Ralf Lindner""",
            ),
            Letter(
                sender=JONAS,
                when="13d 12:30",
                text="""Guten Tag Herr Lindner,

gibt es, am 12. und 13. Januar, jeweils vormittags bei Ihnen. Ich habe vier Plätze vorgemerkt.

Jonas Weber""",
            ),
            Letter(
                sender=RALF,
                when="13d 13:02",
                text="Besten Dank, so machen wir es.\n\nRalf Lindner",
                style=Style.OUTLOOK,
            ),
        ),
    ),
)
