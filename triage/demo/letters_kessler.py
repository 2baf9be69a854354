"""Brauhaus Kessler, a brewery in Berlin: two projects, office hours, mail in German."""

from triage.demo.letter import Enclosure, Kind, Letter, Story, Style
from triage.demo.people import DESK, JONAS, KATRIN, LENA, MIRA, PRIYA, STEFAN

_STOCK_TABLE = b"Platz;Artikel;Bestand\nA-12;Pils 20x0,5;-4\nA-13;Helles 20x0,5;18\n"

KESSLER: tuple[Story, ...] = (
    # Webshop.
    Story(
        name="paypal-abbruch",
        subject="KB-SHOP-501 Zahlung bricht ab",
        letters=(
            Letter(
                sender=KATRIN,
                when="13d 09:20",
                text="""Guten Morgen,

seit gestern Abend brechen im Shop viele Zahlungen ab. Die Kunden sehen nach dem Bezahlen wieder den
Warenkorb, das Geld ist aber abgebucht. Bisher sind es neun Bestellungen.

Können Sie sagen, woran das liegt und was wir den Kunden antworten sollen?

Viele Grüße
Katrin Vogel""",
            ),
            Letter(
                sender=MIRA,
                when="13d 10:05",
                text="""Guten Morgen Frau Vogel,

der Zahlungsdienst hat gestern ein Zertifikat getauscht, unser Shop nimmt dessen Antwort deshalb nicht
an. Wir haben das neue Zertifikat eingespielt, seit 9:55 Uhr laufen die Zahlungen wieder.

Die neun Bestellungen tragen wir bis Mittag nach. Ihre Kunden müssen nichts tun.

Freundliche Grüße
Mira Hansen""",
            ),
            Letter(
                sender=KATRIN,
                when="13d 12:48",
                text="Alle neun sind da. Vielen Dank!\n\nKatrin Vogel",
                style=Style.OUTLOOK,
            ),
        ),
    ),
    Story(
        name="gutschein",
        subject="KB-SHOP-508 Gutscheine zu Weihnachten",
        letters=(
            Letter(
                sender=KATRIN,
                when="9d 14:10",
                text="""Guten Tag,

wir möchten im Shop Gutscheine über 25 und 50 Euro verkaufen. Geht das mit dem jetzigen Warenkorb, und
kann ein Kunde den Gutschein in zwei Bestellungen einlösen?

Viele Grüße
Katrin Vogel""",
            ),
            Letter(
                sender=MIRA,
                when="9d 16:30",
                text="""Guten Tag Frau Vogel,

beides geht. Für die Gestaltung bräuchten wir von Ihnen ein Bild im Querformat und den Text auf der
Rückseite. Bis wann können Sie uns das schicken?

Freundliche Grüße
Mira Hansen""",
            ),
        ),
    ),
    Story(
        name="produktbild",
        subject="KB-SHOP-511 Produktbilder sind unscharf",
        letters=(
            Letter(
                sender=KATRIN,
                when="2d 11:35",
                text="""Guten Tag,

die neuen Produktbilder der Winterbiere sind im Shop auf dem Telefon unscharf, am Rechner nicht. Laden
wir sie zu klein hoch? Am Freitag startet die Bestellaktion, bis dahin sollte es stimmen.

Viele Grüße
Katrin Vogel""",
            ),
        ),
    ),
    Story(
        name="pfand",
        subject="KB-SHOP-513 Pfand im Warenkorb",
        letters=(
            Letter(
                sender=KATRIN,
                when="6d 09:15",
                text="""Guten Morgen,

im Warenkorb steht das Pfand in derselben Zeile wie der Preis. Unser Steuerberater möchte es getrennt
sehen, auch auf der Bestellbestätigung. Ist das eine Einstellung?

Viele Grüße
Katrin Vogel""",
            ),
            Letter(
                sender=PRIYA,
                when="6d 11:10",
                text="""Guten Tag Frau Vogel,

es ist eine Einstellung der Vorlage. Ich habe sie im Testshop geändert, schauen Sie bitte, ob es so
gemeint ist. Danach übernehmen wir es.

Freundliche Grüße
Priya Nair""",
            ),
            Letter(
                sender=KATRIN,
                when="5d 10:22",
                text="""Guten Tag Frau Nair,

im Warenkorb passt es, auf der Bestellbestätigung fehlt das Pfand nun aber ganz. Können Sie das noch
ändern, bevor es in den Shop geht?

Viele Grüße
Katrin Vogel""",
                style=Style.OUTLOOK,
            ),
        ),
    ),
    Story(
        name="newsletter-anmeldung",
        subject="KB-SHOP-498 Anmeldung zum Newsletter",
        letters=(
            Letter(
                sender=LENA,
                when="11d 13:05",
                text="""Hallo zusammen,

ich betreue den Newsletter der Brauerei. Die Anmeldung im Shop schickt die Bestätigung an mich statt
an den Kunden. Könnt ihr das umstellen?

Lena Brandt""",
            ),
            Letter(
                sender=JONAS,
                when="11d 14:40",
                text="Hallo Lena,\n\nerledigt, die Bestätigung geht jetzt an den Kunden.\n\nJonas",
            ),
        ),
    ),
    Story(
        name="adventskalender",
        subject="KB-SHOP-516 Adventskalender im Shop",
        letters=(
            Letter(
                sender=LENA,
                when="1d 10:50",
                text="""Hallo zusammen,

für den Adventskalender brauche ich ab dem 1. Dezember jeden Tag eine andere Startseite im Shop. Kann
ich die Produktbilder dafür vorab hochladen, und schaltet der Shop um Mitternacht selbst um?

Lena Brandt""",
                style=Style.GMAIL,
            ),
        ),
    ),
    Story(
        name="versandkosten",
        subject="KB-SHOP-489 Versandkosten nach Österreich",
        letters=(
            Letter(
                sender=KATRIN,
                when="14d 15:25",
                text="""Guten Tag,

seit der Umstellung rechnet der Shop für Bestellungen nach Österreich keine Versandkosten. Bitte
prüfen Sie das, wir zahlen bei jedem Paket drauf.

Katrin Vogel""",
            ),
            Letter(
                sender=MIRA,
                when="14d 16:10",
                text="""Guten Tag Frau Vogel,

die Zone Österreich fehlte in der neuen Tabelle. Sie ist eingetragen und gilt ab sofort.

Freundliche Grüße
Mira Hansen""",
                style=Style.PHONE,
            ),
        ),
    ),
    # Lagersteuerung.
    Story(
        name="negativer-bestand",
        subject="KB-LAGER-220 negativer Bestand auf Platz A-12",
        letters=(
            Letter(
                sender=STEFAN,
                when="12d 07:50",
                text="""Moin,

auf Platz A-12 stehen minus vier Paletten Pils. Der Scanner hat zweimal ausgebucht. Die Liste hängt an.

Wie bekomme ich den Bestand wieder gerade, ohne die Inventur anzustoßen?

Stefan Huber""",
                files=(Enclosure(name="bestand.csv", content=_STOCK_TABLE, content_type="text/csv"),),
            ),
            Letter(
                sender=JONAS,
                when="12d 09:05",
                text="""Moin Stefan,

über Bestand, Korrektur, Grund "Doppelscan". Das ändert nur den Platz und steht im Protokoll. Die
Ursache war ein Scanner ohne Funkverbindung, der alles noch einmal gesendet hat.

Jonas""",
            ),
            Letter(sender=STEFAN, when="12d 09:40", text="Passt, danke!\n\nStefan"),
        ),
    ),
    Story(
        name="foerderband",
        subject="KB-LAGER-226 Förderband 2 bleibt stehen",
        letters=(
            Letter(
                sender=STEFAN,
                when="3d 08:30",
                text="""Moin,

Förderband 2 bleibt stehen, sobald eine Palette ohne Etikett kommt. Früher lief sie einfach auf den
Sonderplatz. Wir räumen seit gestern von Hand ab, das halten wir nicht lange durch.

Was können wir tun?

Stefan Huber""",
            ),
        ),
    ),
    Story(
        name="etikettendrucker",
        subject="KB-LAGER-229 neuer Etikettendrucker",
        letters=(
            Letter(
                sender=STEFAN,
                when="8d 10:15",
                text="""Moin,

wir bekommen einen neuen Etikettendrucker für Halle 2. Was muss ich in der Lagersteuerung eintragen,
und kann der alte als Ersatz stehen bleiben?

Stefan Huber""",
            ),
            Letter(
                sender=JONAS,
                when="8d 11:00",
                text="""Moin Stefan,

nur die Netzadresse und den Platz, unter Geräte. Der alte darf bleiben, als zweiter Drucker der Halle.
Schickst du mir die Adresse, dann trage ich beide ein?

Jonas""",
            ),
        ),
    ),
    Story(
        name="inventur",
        subject="KB-LAGER-231 Inventur am Jahresende",
        letters=(
            Letter(
                sender=STEFAN,
                when="5d 07:45",
                text="""Moin,

die Inventur ist am 30. Dezember. Können die Scanner an dem Tag im Zählmodus laufen, während Halle 1
weiter ausliefert? Und wer ist bei euch zwischen den Jahren erreichbar?

Stefan Huber""",
            ),
            Letter(
                sender=MIRA,
                when="5d 09:30",
                text="""Guten Morgen Herr Huber,

der Zählmodus gilt je Halle, Halle 1 kann also ausliefern. Zwischen den Jahren ist Jonas Weber da, von
8 bis 16 Uhr. Ich schicke Ihnen den Ablauf bis Ende der Woche.

Freundliche Grüße
Mira Hansen""",
            ),
            Letter(
                sender=STEFAN,
                when="1d 08:15",
                text="""Moin Frau Hansen,

der Ablauf ist noch nicht da. Ich muss heute die Schichten einteilen: Wie viele Scanner brauchen wir
je Halle?

Stefan Huber""",
            ),
        ),
    ),
    Story(
        name="scanner-akku",
        subject="KB-LAGER-218 Scanner schalten sich ab",
        letters=(
            Letter(
                sender=STEFAN,
                when="10d 12:20",
                text="""Moin,

drei Scanner schalten sich mitten in der Schicht ab, obwohl der Akku noch halb voll ist. Die Palette ist
dann gebucht, der Platz aber nicht.

Stefan Huber""",
            ),
            Letter(
                sender=PRIYA,
                when="10d 13:35",
                text="""Guten Tag Herr Huber,

das ist ein Fehler der neuen Scanner-Version. Die alte liegt wieder bereit: bitte die Scanner einmal in
die Ladestation stellen, der Rest geht von selbst.

Priya Nair""",
            ),
            Letter(
                sender=STEFAN,
                when="10d 14:05",
                text="""Ich bin bis einschließlich Freitag nicht im Haus. In dringenden Fällen wenden Sie sich
bitte an die Schichtleitung.""",
                kind=Kind.ABSENCE,
            ),
        ),
    ),
    Story(
        name="regalplaetze",
        subject="KB-LAGER-212 neue Regalplätze in Halle 3",
        letters=(
            Letter(
                sender=STEFAN,
                when="15d 09:00",
                text="""Moin,

irgendwann im Winter bauen wir in Halle 3 vierzig neue Regalplätze. Das eilt nicht, aber: Legt ihr die
Plätze an oder machen wir das selbst?

Stefan Huber""",
            ),
        ),
    ),
    # No code: what the project model is for.
    Story(
        name="winterbier",
        subject="Winterbier",
        letters=(
            Letter(
                sender=KATRIN,
                when="1d 13:40",
                text="""Guten Tag,

für das Winterbier möchten wir im Shop eine Bestellung nur in ganzen Kisten zulassen. Geht das im
Warenkorb, und wie sieht der Kunde den Preis mit Pfand und Gutschein?

Viele Grüße
Katrin Vogel""",
            ),
        ),
    ),
    Story(
        name="spaetschicht",
        subject="Frage aus der Spätschicht",
        letters=(
            Letter(
                sender=STEFAN,
                when="2d 14:30",
                text="""Moin,

die Spätschicht fragt, ob man am Scanner sehen kann, auf welchem Platz die Palette vorher stand. Beim
Umlagern ist der alte Platz weg und der Bestand stimmt dann nicht.

Stefan Huber""",
            ),
        ),
    ),
    # Claims to answer another customer's mail.
    Story(
        name="weiterleitung",
        subject="Re: Closing the year",
        letters=(
            Letter(
                sender=KATRIN,
                when="1d 15:10",
                text="""Guten Tag,

diese Nachricht ist offenbar versehentlich in unserem Postfach gelandet, sie gilt einer anderen Firma.
Bitte prüfen Sie Ihren Verteiler und bestätigen Sie uns, dass unsere Daten nicht betroffen sind.

Viele Grüße
Katrin Vogel""",
                answers=("ledger-closing", 1),
            ),
        ),
    ),
    # Between colleagues, with the desk in copy: nobody outside waits.
    Story(
        name="uebergabe",
        subject="Übergabe Kessler vor dem Urlaub",
        letters=(
            Letter(
                sender=JONAS,
                when="4d 16:20",
                text="""Hallo Mira,

vor meinem Urlaub: Halle 3 ist vorbereitet, der Testshop steht auf dem Stand von gestern. Mehr liegt
nicht an.

Jonas""",
                to=MIRA,
                cc=(DESK,),
            ),
        ),
    ),
)
