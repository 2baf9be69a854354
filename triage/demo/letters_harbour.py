"""Harbour & Hale, a shipping company in London: two projects, office hours."""

from triage.demo.letter import Enclosure, Kind, Letter, Story, Style
from triage.demo.people import AISHA, DESK, DOCK_USERS, JONAS, MIRA, OLIVIA, PIERS, PRIYA, TOM

USERS_LIST = "dock-users.lists.harbourhale.example"

_SLOT_TABLE = b"berth,vessel,from,to\n4,Gannet,06:00,11:30\n4,Fulmar,10:00,15:00\n"

HARBOUR: tuple[Story, ...] = (
    # Dock Planner, by its code.
    Story(
        name="berth-overlap",
        subject="HH-DOCK-2041 two vessels on berth 4",
        letters=(
            Letter(
                sender=OLIVIA,
                when="14d 09:12",
                text="""Good morning,

the planner gave berth 4 to the Gannet and the Fulmar at the same time today. The crane crew
noticed it by chance. The export of the slots is attached.

Can you tell us how this can happen, and whether other berths are affected?

Olivia""",
                files=(Enclosure(name="slots.csv", content=_SLOT_TABLE, content_type="text/csv"),),
            ),
            Letter(
                sender=MIRA,
                when="14d 10:31",
                text="""Hello Olivia,

thank you for the export. The overlap comes from a vessel whose ETA was moved by hand after the
slot was confirmed. Only berths with a manual ETA are affected, which is berth 4 alone this week.

A fix goes live tonight. Until then please confirm a slot again after moving an ETA.

Best regards
Mira""",
            ),
            Letter(sender=OLIVIA, when="14d 11:02", text="Perfect, thank you!\n\nOlivia", style=Style.GMAIL),
        ),
    ),
    Story(
        name="crane-export",
        subject="HH-DOCK-2052 export of crane hours",
        letters=(
            Letter(
                sender=AISHA,
                when="11d 13:40",
                text="""Hi team,

payroll wants the crane hours per shift as a spreadsheet, once a month. Is there an export in the
dock planner, or do we have to copy it from the yard screen?

Aisha""",
                style=Style.OUTLOOK,
            ),
            Letter(
                sender=MIRA,
                when="11d 15:05",
                text="""Hello Aisha,

there is one: Yard, Cranes, Export, then choose "per shift". I have switched it on for your role.
Do you also need the idle time of each crane, or only the hours under load?

Best regards
Mira""",
            ),
        ),
    ),
    Story(
        name="tide-table",
        subject="HH-DOCK-2057 tide table for next year",
        letters=(
            Letter(
                sender=OLIVIA,
                when="9d 10:15",
                text="""Hello,

the dock planner still shows this year's tide table when I plan vessels for January. When do you
load the new one? Our slot plan for the first quarter goes out in three weeks.

Kind regards
Olivia""",
            ),
            Letter(
                sender=PRIYA,
                when="9d 11:48",
                text="""Hello Olivia,

the harbour office publishes the new tables on the first of December. We load them the same day,
and the planner then moves draft berths by itself.

Kind regards
Priya""",
            ),
        ),
    ),
    Story(
        name="berth-screen",
        subject="HH-DOCK-2063 yard screen freezes in the morning",
        letters=(
            Letter(
                sender=AISHA,
                when="3d 08:55",
                text="""Morning,

since Monday the big yard screen in the crane office freezes at about six, when the night vessels
leave. Reloading helps for an hour. The planner itself is fine on my desk.

Could somebody look at it today? The crew works from paper right now.

Aisha""",
            ),
        ),
    ),
    Story(
        name="vessel-import",
        subject="HH-DOCK-2066 vessel list from the agent is rejected",
        letters=(
            Letter(
                sender=OLIVIA,
                when="5d 14:20",
                text="""Hello,

the vessel list of the Rotterdam agent is rejected with "line 14: draught missing". Line 14 is a
barge and has no draught entry. May we leave it empty?

Olivia""",
            ),
            Letter(
                sender=MIRA,
                when="5d 16:02",
                text="""Hello Olivia,

for barges you may write 0. I have asked development to accept an empty field as well.

Best regards
Mira""",
            ),
            Letter(
                sender=OLIVIA,
                when="4d 09:31",
                text="""Hello Mira,

0 works, the berth plan is complete. But now the tug times of those barges are missing from the
yard screen. Is that connected? We need them before the weekend.

Olivia""",
                style=Style.GMAIL,
            ),
        ),
    ),
    Story(
        name="agent-question",
        subject="Reading the slot feed of HH-DOCK-2070",
        letters=(
            Letter(
                sender=PIERS,
                when="2d 12:10",
                text="""Dear all,

I am an agent for three of the vessels that call at your docks. Does the slot feed say UTC or local
time? Our own planner is an hour off since the clocks changed, and I do not know which side is wrong.

Piers Lowell""",
                to=DOCK_USERS,
                list_id=USERS_LIST,
            ),
        ),
    ),
    Story(
        name="dock-training",
        subject="HH-DOCK-2074 training for two new planners",
        letters=(
            Letter(
                sender=OLIVIA,
                when="7d 11:05",
                text="""Hello Mira,

two planners join our berth team in December. Could one of you show them the dock planner for half
a day, if possible at the yard?

Olivia""",
            ),
            Letter(
                sender=JONAS,
                when="7d 13:30",
                text="""Hello Olivia,

Mira is travelling, so I answer for her: Thursday the third, from nine to one, at your yard? I would
bring the exercises with sample vessels.

Best regards
Jonas""",
                cc=(DESK,),
            ),
        ),
    ),
    # Invoice Portal, by its code or by the contact.
    Story(
        name="vat-rounding",
        subject="HH-INV-311 VAT differs by a penny",
        letters=(
            Letter(
                sender=TOM,
                when="13d 09:48",
                text="""Hello,

invoice 88120 in the portal shows a VAT amount that is a penny higher than in our ledger. The
auditors ask which rounding rule the invoice portal uses: per line or per invoice?

Tom Beckett
Finance""",
                style=Style.OUTLOOK,
            ),
            Letter(
                sender=MIRA,
                when="13d 11:20",
                text="""Hello Tom,

the portal rounds per line, your ledger per invoice. Both are allowed. We can switch the portal to
rounding per invoice from the first of next month, so that no open invoice changes.

Shall we do that?

Best regards
Mira""",
            ),
            Letter(
                sender=TOM,
                when="12d 08:40",
                text="Yes please, from the first.\n\nTom",
                style=Style.OUTLOOK,
            ),
            Letter(
                sender=MIRA,
                when="12d 09:15",
                text="Hello Tom,\n\nit is scheduled for the first, at midnight. You will get a note.\n\nMira",
            ),
        ),
    ),
    Story(
        name="pdf-archive",
        subject="HH-INV-318 PDF of old invoices",
        letters=(
            Letter(
                sender=TOM,
                when="10d 15:10",
                text="""Hello,

the PDF of every invoice before March opens as an empty page in the portal. The amounts are shown,
but our customers want the document. Are the files lost?

Tom""",
            ),
            Letter(
                sender=MIRA,
                when="10d 16:25",
                text="""Hello Tom,

nothing is lost: the archive moved to new storage and the portal still looks at the old place for
documents before March. We are correcting the paths tonight.

Best regards
Mira""",
            ),
            Letter(
                sender=TOM,
                when="9d 09:05",
                text="""I am out of the office until Monday and read mail only now and then. For urgent
invoice matters please call the finance desk.""",
                kind=Kind.ABSENCE,
            ),
        ),
    ),
    Story(
        name="payment-reminder",
        subject="HH-INV-322 payment reminders go to the wrong address",
        letters=(
            Letter(
                sender=TOM,
                when="2d 10:42",
                text="""Hello,

two customers got a payment reminder for invoices of another branch. The ledger has the right
billing address, the portal seems to take the first one it finds.

Please stop the reminders until this is clear, and tell me how many have gone out.

Tom""",
            ),
        ),
    ),
    Story(
        name="credit-note",
        subject="HH-INV-325 credit note without invoice number",
        letters=(
            Letter(
                sender=TOM,
                when="6d 09:25",
                text="""Hello,

can the portal issue a credit note that does not refer to an invoice? Sales wants to give a discount
for the whole quarter and the form asks for one invoice number.

Tom""",
            ),
            Letter(
                sender=MIRA,
                when="6d 14:50",
                text="""Hello Tom,

it can: choose "collective credit" as the type, then the number may stay empty and VAT is taken from
the tax code of the customer.

Best regards
Mira""",
            ),
        ),
    ),
    Story(
        name="statement-colours",
        subject="HH-INV-327 logo on account statements",
        letters=(
            Letter(
                sender=TOM,
                when="15d 16:30",
                text="""Hello,

no hurry at all: the account statement in the invoice portal still has the old logo. If you touch
the template anyway, could you exchange it?

Tom""",
            ),
        ),
    ),
    Story(
        name="dunning-level",
        subject="HH-INV-331 second dunning level",
        letters=(
            Letter(
                sender=TOM,
                when="8d 10:12",
                text="""Hello,

which invoices get the second dunning level, and can we see the list before the letters go out? The
ledger knows three levels and the portal shows two.

Tom""",
            ),
            Letter(
                sender=PRIYA,
                when="8d 12:40",
                text="""Hello Tom,

all invoices that are 45 days late. I have added a preview under Payments, Dunning. The third level
is switched off; say the word and we switch it on.

Kind regards
Priya""",
            ),
        ),
    ),
    # No code: what the project model is for.
    Story(
        name="night-slots",
        subject="Night slots over Christmas",
        letters=(
            Letter(
                sender=OLIVIA,
                when="1d 11:20",
                text="""Hello,

over Christmas we would like to open the berths at night, with two cranes instead of four. Can the
vessels book those slots themselves, or does my team have to enter each ETA?

Olivia""",
            ),
        ),
    ),
    Story(
        name="ledger-closing",
        subject="Closing the year",
        letters=(
            Letter(
                sender=AISHA,
                when="2d 15:15",
                text="""Hi,

finance asks me until when invoices with this year's VAT can be entered in the portal, and what
happens to payments that arrive after the ledger is closed.

Aisha""",
                style=Style.OUTLOOK,
            ),
            Letter(
                sender=MIRA,
                when="2d 16:20",
                text="""Hello Aisha,

invoices until the tenth of January, payments at any time: they are booked into the new year.

Best regards
Mira""",
                style=Style.PHONE,
            ),
        ),
    ),
)
