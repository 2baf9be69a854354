from triage.classify.label import MailText
from triage.classify.tokens import document, masked
from triage.core.phrase import PhraseIndex


def terms(mail: MailText) -> list[str]:
    return document(mail).split("\n")


def test_the_subject_counts_three_times() -> None:
    found = terms(MailText(subject="Portal down", text="portal"))

    assert found.count("portal") == 4
    assert found.count("down") == 3


def test_digits_are_not_told_apart() -> None:
    assert terms(MailText(text="Invoice 4711 v2"))[:3] == ["invoice", "#", "v#"]


def test_participants_lists_and_files_are_terms_of_their_own() -> None:
    mail = MailText(
        participants=("sue@acme.example", "sue@acme.example"),
        list_id="CRM.acme.example",
        attachment_names=("plan 3.pdf",),
    )

    assert terms(mail) == [
        "file:plan",
        "file:pdf",
        "from:sue@acme.example",
        "dom:acme.example",
        "list:crm.acme.example",
    ]


def test_a_long_mail_is_cut() -> None:
    assert len(terms(MailText(text="word " * 10_000))) < 1_000


def test_codes_are_masked_everywhere() -> None:
    codes: PhraseIndex[object] = PhraseIndex([("ACME-#", None)])

    mail = masked(
        MailText(subject="ACME-7", text="see acme-8.", attachment_names=("ACME-9.pdf",), list_id="x"), codes
    )

    assert "acme" not in document(mail)
    assert document(mail).count("codemask") >= 5
    assert mail.list_id == "x"
