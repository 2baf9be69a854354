"""Meridian Clinics: two projects, around the clock."""

from triage.demo.letter import Enclosure, Kind, Letter, Story, Style
from triage.demo.people import BEN, GRACE, HELEN, JONAS, MIRA, PRIYA

#: The smallest picture there is.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000a49444154789c6360000002000100ffff03000006000557bfabd40000000049454e44ae426082"
)

MERIDIAN: tuple[Story, ...] = (
    # Patient Portal.
    Story(
        name="login-loop",
        subject="MC-PORTAL-77 patients cannot sign in",
        letters=(
            Letter(
                sender=BEN,
                when="118m",
                text="""Hello,

since the update patients are sent back to the sign-in page of the portal after they enter their
code. Our desk has had eleven calls in the last hour. A screenshot is attached.

What can we tell them, and when will sign-in work again?

Ben Whitlock""",
                files=(Enclosure(name="sign-in.png", content=_PIXEL, content_type="image/png"),),
            ),
        ),
    ),
    Story(
        name="lab-results",
        subject="MC-PORTAL-79 lab results arrive late",
        letters=(
            Letter(
                sender=HELEN,
                when="112m",
                text="""Dear team,

lab results reach the patient portal with a delay of several hours. A patient saw a message about a
finding before I could call her. Please check the release rule for lab messages.

Helen Castro""",
                style=Style.OUTLOOK,
            ),
        ),
    ),
    Story(
        name="appointment-text",
        subject="MC-PORTAL-80 wording of the appointment reminder",
        letters=(
            Letter(
                sender=HELEN,
                when="45m",
                text="""Dear team,

could the reminder of an appointment say which entrance to use? Patients of the children's clinic
keep going to the main building. Where can we edit the text ourselves?

Helen Castro""",
            ),
        ),
    ),
    Story(
        name="message-attachments",
        subject="MC-PORTAL-72 pictures in messages to the doctor",
        letters=(
            Letter(
                sender=HELEN,
                when="8d 09:50",
                text="""Dear team,

patients would like to send a picture with a message in the portal, for example of a rash. Is this
possible, and how large may it be?

Helen Castro""",
            ),
            Letter(
                sender=MIRA,
                when="8d 11:05",
                text="""Dear Helen,

it is: up to three pictures of 5 MB. It is switched off for your clinics because of the data
protection review. Has that been finished?

Best regards
Mira""",
            ),
        ),
    ),
    Story(
        name="proxy-access",
        subject="MC-PORTAL-68 parents see the wrong child",
        letters=(
            Letter(
                sender=BEN,
                when="12d 08:05",
                text="""Hello,

a mother with two children in the portal says that after changing from one child to the other the
appointments of the first stay on the page. This must not happen. Please treat it as urgent.

Ben""",
            ),
            Letter(
                sender=PRIYA,
                when="12d 08:41",
                text="""Hello Ben,

we have seen it in our own portal and switched the change of patient off for the moment: parents
sign in again for each child. A correction is being tested.

Priya""",
            ),
            Letter(
                sender=PRIYA,
                when="11d 17:30",
                text="""Hello Ben,

the correction is live since five and changing between patients is on again. The cause was a page
that the browser kept. No data of other families was shown.

Priya""",
            ),
            Letter(
                sender=BEN,
                when="11d 18:02",
                text="Thank you, confirmed from our side.\n\nBen",
                style=Style.GMAIL,
            ),
        ),
    ),
    Story(
        name="portal-languages",
        subject="MC-PORTAL-74 portal in Polish",
        letters=(
            Letter(
                sender=HELEN,
                when="6d 13:15",
                text="""Dear team,

a third of our patients in the north clinic speak Polish. Can the patient portal be shown in Polish,
and who would translate the messages that we write ourselves?

Helen Castro""",
            ),
            Letter(
                sender=MIRA,
                when="6d 15:40",
                text="""Dear Helen,

the portal itself can, from the next version. For your own messages you would enter a second text
beside the English one. Which messages do you send most?

Best regards
Mira""",
            ),
            Letter(
                sender=HELEN,
                when="400m",
                text="""Dear Mira,

appointment reminders and the note after a visit to the lab, that is nine of ten messages. If the
portal takes both languages we would start with the north clinic in December.

Would you send me an offer?

Helen Castro""",
                style=Style.OUTLOOK,
            ),
        ),
    ),
    Story(
        name="portal-steering",
        subject="MC-PORTAL-81 steering meeting",
        letters=(
            Letter(
                sender=HELEN,
                when="170m",
                text="Steering meeting of the patient portal, as every month.",
                kind=Kind.INVITATION,
            ),
        ),
    ),
    # Roster.
    Story(
        name="shift-swap",
        subject="MC-ROSTER-140 shift swap is lost",
        letters=(
            Letter(
                sender=GRACE,
                when="150m",
                text="""Hello,

two nurses of ward 6 swapped their night shifts in the roster, I approved it, and this morning the
old plan was back. Ward 6 was one nurse short until nine.

Please find out what happened and whether other swaps are gone as well.

Grace Obi""",
            ),
        ),
    ),
    Story(
        name="overtime-rule",
        subject="MC-ROSTER-143 overtime on public holidays",
        letters=(
            Letter(
                sender=GRACE,
                when="98m",
                text="""Hello,

overtime on public holidays should count double from this month, but the roster sends payroll the
normal hours. Payroll closes tomorrow evening. Can you correct it by then?

Grace Obi""",
            ),
        ),
    ),
    Story(
        name="ward-merge",
        subject="MC-ROSTER-131 wards 3 and 4 become one",
        letters=(
            Letter(
                sender=GRACE,
                when="13d 10:20",
                text="""Hello,

wards 3 and 4 become one ward in January. How do we move the nurses and their open shifts in the
roster without losing the overtime accounts?

Grace Obi""",
            ),
            Letter(
                sender=MIRA,
                when="13d 11:45",
                text="""Hello Grace,

we do this for you with a script: on the last night of December all shifts move to the new ward, and
every overtime account stays with the nurse. You would check the plan on a copy beforehand.

Best regards
Mira""",
            ),
            Letter(
                sender=GRACE,
                when="12d 09:02",
                text="That sounds good. Thanks a lot!\n\nGrace",
            ),
        ),
    ),
    Story(
        name="sick-leave",
        subject="MC-ROSTER-136 sick leave after midnight",
        letters=(
            Letter(
                sender=GRACE,
                when="9d 07:35",
                text="""Hello,

when a nurse calls in sick after midnight the roster books the sick day on the day before. The ward
plan is then wrong for two days. Is this a setting?

Grace Obi""",
            ),
            Letter(
                sender=JONAS,
                when="9d 08:20",
                text="""Hello Grace,

it is the start of the roster day, which is six in the morning for your wards. For sick leave alone we
can set it to midnight. Shall I do that for all wards or only for yours?

Jonas""",
            ),
            Letter(
                sender=GRACE,
                when="9d 08:58",
                text="For all wards please.\n\nGrace",
            ),
            Letter(
                sender=JONAS,
                when="9d 09:10",
                text="Done, from today on.\n\nJonas",
            ),
        ),
    ),
    Story(
        name="agency-nurses",
        subject="MC-ROSTER-138 agency nurses in the plan",
        letters=(
            Letter(
                sender=GRACE,
                when="5d 12:10",
                text="""Hello,

can nurses of the agency see their shifts without an account of ours? At the moment the ward prints
the plan and sends a picture of it.

Grace Obi""",
            ),
            Letter(
                sender=MIRA,
                when="5d 12:55",
                text="""Hello Grace,

with a link that is valid for one week, yes. It shows only the own shifts. I can switch it on as soon
as your works council has agreed. Could you ask them?

Best regards
Mira""",
            ),
        ),
    ),
    Story(
        name="roster-print",
        subject="MC-ROSTER-128 printed plan cuts off names",
        letters=(
            Letter(
                sender=GRACE,
                when="14d 14:14",
                text="""Hello,

the printed weekly plan of the ward cuts off long names since the last update of the roster.

Grace Obi""",
            ),
            Letter(
                sender=PRIYA,
                when="14d 15:00",
                text="Hello Grace,\n\ncorrected today, please print again. Sorry for the trouble.\n\nPriya",
            ),
            Letter(
                sender=GRACE,
                when="14d 15:31",
                text="Your message was displayed.",
                kind=Kind.RECEIPT,
            ),
        ),
    ),
    # No code: what the project model is for.
    Story(
        name="night-rota",
        subject="Night rota for January",
        letters=(
            Letter(
                sender=BEN,
                when="75m",
                text="""Hello,

ward managers ask when the shifts for January can be planned. Nurses want to swap nights early this
time, and payroll needs the overtime forecast before the year ends.

Ben""",
            ),
        ),
    ),
    Story(
        name="test-patients",
        subject="Test patients",
        letters=(
            Letter(
                sender=BEN,
                when="1d 10:05",
                text="""Hello,

are there test patients whose appointments and lab messages we may use to train the desk? Staff should
see sign-in and reminders without touching a real patient.

Ben""",
            ),
            Letter(
                sender=MIRA,
                when="1d 11:10",
                text="""Hello Ben,

there are five, all named "Testperson". They get appointments every night and their messages go to
nobody. The sign-in codes are in the handbook, page 12.

Best regards
Mira""",
            ),
        ),
    ),
    Story(
        name="review-evidence",
        subject="Evidence for the security review",
        letters=(
            Letter(
                sender=BEN,
                when="1500m",
                text="""Hello,

our auditors ask for the dates of the last restore test and for the list of people on your side who
can read our data. Friday would be ideal.

Ben Whitlock""",
                style=Style.OUTLOOK,
            ),
        ),
    ),
)
