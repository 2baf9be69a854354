"""Who writes to whom in the sample company."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

OWN_DOMAIN = "nordlicht.example"
LONDON = ZoneInfo("Europe/London")
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody with an address.

    Attributes:
        zone: In which working days and times of day are meant.
        language: ``en`` or ``de``: how the mail program quotes.
    """

    name: str
    email: str
    zone: ZoneInfo = LONDON
    language: str = "en"

    @property
    def is_ours(self) -> bool:
        """Whether it is one of the vendor's people."""
        return self.email.endswith(f"@{OWN_DOMAIN}")


def _german(name: str, email: str) -> Person:
    return Person(name=name, email=email, zone=BERLIN, language="de")


# The vendor.
DESK = _german("Nordlicht Support", f"support@{OWN_DOMAIN}")
MIRA = _german("Mira Hansen", f"mira.hansen@{OWN_DOMAIN}")
JONAS = _german("Jonas Weber", f"jonas.weber@{OWN_DOMAIN}")
PRIYA = Person(name="Priya Nair", email=f"priya.nair@{OWN_DOMAIN}")

# Harbour & Hale, a shipping company: office hours in London.
OLIVIA = Person(name="Olivia Marsh", email="olivia.marsh@harbourhale.example")
TOM = Person(name="Tom Beckett", email="tom.beckett@harbourhale.example")
AISHA = Person(name="Aisha Rahman", email="aisha.rahman@harbourhale.example")
DOCK_USERS = Person(name="Dock users", email="dock-users@lists.harbourhale.example")
#: Writes to that list from a company of his own.
PIERS = Person(name="Piers Lowell", email="piers@lowell-agents.example")

# Brauhaus Kessler, a brewery: office hours in Berlin.
KATRIN = _german("Katrin Vogel", "k.vogel@kessler-brau.example")
STEFAN = _german("Stefan Huber", "s.huber@kessler-brau.example")
#: Works for the brewery with an address that anybody can have.
LENA = _german("Lena Brandt", "lena.brandt@postfach.example")

# Meridian Clinics, hospitals: around the clock.
HELEN = Person(name="Helen Castro", email="helen.castro@meridian-clinics.example")
BEN = Person(name="Ben Whitlock", email="ben.whitlock@meridian-clinics.example")
GRACE = Person(name="Grace Obi", email="grace.obi@meridian-clinics.example")

# Solaris Energie, a grid operator: around the clock.
RALF = _german("Ralf Lindner", "lindner@solaris-energie.example")
SABINE = _german("Sabine Kurz", "kurz@solaris-energie.example")

# Nobody's customer.
DAEMON = Person(name="Mail Delivery System", email=f"mailer-daemon@mx.{OWN_DOMAIN}")
STRANGER = Person(name="Marta Novak", email="marta@novak-interiors.example")
APPLICANT = _german("Felix Sommer", "felix.sommer@postfach.example")
PUBLISHER = Person(name="Integration Weekly", email="news@integration-weekly.example")
VENUE = _german("Tagungshotel Seeblick", "info@seeblick-tagung.example")
