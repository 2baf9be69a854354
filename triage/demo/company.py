"""The configuration of the sample company: four customers with seven projects."""

from pathlib import Path

from triage.config.model import Config
from triage.demo.letters_harbour import USERS_LIST
from triage.demo.people import LENA, OWN_DOMAIN, TOM

_ACCOUNTS = (
    {
        "key": "harbour",
        "name": "Harbour & Hale",
        "domains": ("harbourhale.example",),
        "schedule": "london-office",
        "language": "en",
        "projects": (
            {
                "key": "dock",
                "name": "Dock Planner",
                "codes": ("HH-DOCK-#",),
                "aliases": ("dock planner",),
                "list_ids": (USERS_LIST,),
            },
            {
                "key": "invoices",
                "name": "Invoice Portal",
                "codes": ("HH-INV-#",),
                "aliases": ("invoice portal",),
                "contacts": (TOM.email,),
            },
        ),
    },
    {
        "key": "kessler",
        "name": "Brauhaus Kessler",
        "domains": ("kessler-brau.example",),
        "contacts": (LENA.email,),
        "schedule": "berlin-office",
        "language": "de",
        "projects": (
            {"key": "shop", "name": "Webshop", "codes": ("KB-SHOP-#",)},
            {"key": "lager", "name": "Lagersteuerung", "codes": ("KB-LAGER-#",)},
        ),
    },
    {
        "key": "meridian",
        "name": "Meridian Clinics",
        "domains": ("meridian-clinics.example",),
        "schedule": "always",
        "language": "en",
        "projects": (
            {"key": "portal", "name": "Patient Portal", "codes": ("MC-PORTAL-#",)},
            {"key": "roster", "name": "Roster", "codes": ("MC-ROSTER-#",)},
        ),
    },
    {
        "key": "solaris",
        "name": "Solaris Energie",
        "domains": ("solaris-energie.example",),
        "plus_addresses": (f"support+solaris@{OWN_DOMAIN}",),
        "priority": "high",
        "schedule": "always",
        "language": "de",
        "projects": ({"key": "netz", "name": "Netzleitstelle", "codes": ("SE-NETZ-#",)},),
    },
)

_SCHEDULES = (
    {
        "name": "london-office",
        "zone": "Europe/London",
        "week": {"mon-fri": ("09:00-17:30",)},
        "holidays": {"country": "GB", "region": "ENG"},
    },
    {
        "name": "berlin-office",
        "zone": "Europe/Berlin",
        "week": {"mon-thu": ("08:00-17:00",), "fri": ("08:00-15:00",)},
        "holidays": {"country": "DE", "region": "BE"},
    },
    {"name": "always", "zone": "Europe/Berlin", "week": "24x7"},
)

_POLICIES = (
    {
        "name": "grid",
        "match": {"accounts": ("solaris",)},
        "targets": {
            "first_reply": {"minutes": 60, "warn_percent": (75,)},
            "next_reply": {"minutes": 240, "warn_percent": (75,)},
        },
    },
    {
        "name": "clinics",
        "match": {"accounts": ("meridian",)},
        "targets": {
            "first_reply": {"minutes": 120, "warn_percent": (75,)},
            "next_reply": {"minutes": 240, "warn_percent": (75,)},
        },
    },
    {
        "name": "standard",
        "targets": {"first_reply": {"minutes": 240}, "next_reply": {"minutes": 480}},
    },
)


def company(*, data_dir: Path, imap_host: str, imap_port: int, user: str, password: str, port: int) -> Config:
    """Return the configuration that reads the demo server.

    Args:
        data_dir: A folder that is thrown away afterwards.
        port: Where the queue is served.
    """
    return Config.model_validate(
        {
            "data_dir": data_dir,
            "own": {"domains": (OWN_DOMAIN,)},
            "trusted_authserv_ids": (f"mx.{OWN_DOMAIN}",),
            "public_domains": ("postfach.example",),
            "allow_inline_secrets": True,
            "mailboxes": (
                {
                    "name": "support",
                    "host": imap_host,
                    "port": imap_port,
                    "security": "plain",
                    "user": user,
                    "password": {"plain": password},
                    # pymap does not say which folder holds sent mail (RFC 6154).
                    "folders": ("INBOX", "Sent"),
                    "poll_seconds": 5,
                },
            ),
            "accounts": _ACCOUNTS,
            "schedules": _SCHEDULES,
            "policies": _POLICIES,
            "server": {"port": port},
        }
    )
