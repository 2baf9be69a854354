from triage.classify.clusters import clusters
from triage.classify.label import MailText

GATE = MailText(subject="gate camera", text="the gate camera shows no picture at night")
GATE_AGAIN = MailText(subject="gate camera again", text="again the gate camera shows no picture")
WAGES = MailText(subject="wage slips", text="please print our wage slips for every worker")


def test_threads_about_one_thing_are_together_and_others_alone() -> None:
    found = clusters([GATE, WAGES, GATE_AGAIN])

    assert sorted(one.members for one in found) == [(0, 2), (1,)]
    together = next(one for one in found if len(one.members) == 2)
    assert {"gate", "camera"} <= set(together.terms)


def test_the_same_writer_is_no_likeness() -> None:
    people = ("ann@acme.example",)
    mails = [
        MailText(subject=one.subject, text=one.text, participants=people, list_id="l.acme.example")
        for one in (GATE, WAGES)
    ]

    assert len(clusters(mails)) == 2


def test_nothing_and_empty_mails_have_no_clusters_or_stand_alone() -> None:
    assert clusters([]) == []
    assert [one.members for one in clusters([MailText(), MailText()])] == [(0,), (1,)]


def test_masks_of_codes_are_no_term() -> None:
    mail = MailText(subject="codemask gate", text="codemask camera")

    assert not [term for one in clusters([mail, mail]) for term in one.terms if "codemask" in term]
