from triage.core.message import Evidence
from triage.store.evidence import dump_evidence, load_evidence


def test_evidence_survives_storing() -> None:
    reasons = (Evidence(kind="domain", text="a"), Evidence(kind="code", text="b"))

    assert load_evidence(dump_evidence(reasons)) == reasons


def test_a_column_that_was_never_filled_holds_no_reasons() -> None:
    assert load_evidence(None) == ()
    assert load_evidence([]) == ()
