import hashlib
import json
import os
import pickle
import stat
from pathlib import Path

import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier

from tests.classify.taught import labelled
from triage.classify.keep import ModelRefused, delete, kept_cards, load, save, step_back
from triage.classify.model import ProjectModel, fit
from triage.core.ids import AccountId

ACCOUNT = AccountId(7)


@pytest.fixture(scope="module", params=[60, 280], ids=["few labels", "many labels"])
def model(request: pytest.FixtureRequest) -> ProjectModel:
    rows = labelled(request.param)
    return fit(ACCOUNT, rows, now=rows[-1].received_at)


@pytest.fixture
def folder(model: ProjectModel, tmp_path: Path) -> Path:
    save(model, tmp_path / "models")
    return tmp_path / "models"


def change_card(folder: Path, **changes: object) -> None:
    card = folder / "account-7.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), **changes}))


def test_a_model_that_is_read_again_says_the_same(model: ProjectModel, folder: Path) -> None:
    mails = [row.mail for row in labelled(20, seed=3)]

    again = load(folder, ACCOUNT)

    assert again.suggest(mails) == model.suggest(mails)
    assert again.experience == model.experience
    assert again.made_at == model.made_at


def test_only_the_service_may_read_the_files(folder: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == ["account-7.json", "account-7.skops"]


def test_the_card_tells_a_person_what_the_model_is(folder: Path) -> None:
    card = json.loads((folder / "account-7.json").read_text())

    assert {"purpose", "labels", "calibration", "known_failures", "made_at", "learner"} <= card.keys()
    assert sum(card["labels"].values()) in {60, 280}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scikit_learn": "0.1"}, "another scikit-learn"),
        ({"account": 8}, "another account"),
        ({"format": 0}, "another format"),
        ({"sha256": "0" * 64}, "does not match the hash"),
        ({"decisions": 3}, "cannot be understood"),
    ],
)
def test_a_model_with_another_card_is_refused(folder: Path, changes: dict[str, object], why: str) -> None:
    change_card(folder, **changes)

    with pytest.raises(ModelRefused, match=why):
        load(folder, ACCOUNT)


def test_a_damaged_model_is_refused(folder: Path) -> None:
    weights = folder / "account-7.skops"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)

    with pytest.raises(ModelRefused, match="does not match the hash"):
        load(folder, ACCOUNT)


def test_a_torn_card_is_refused(folder: Path) -> None:
    (folder / "account-7.json").write_text("{")

    with pytest.raises(ModelRefused, match="missing or not readable"):
        load(folder, ACCOUNT)


def test_a_file_with_other_types_is_refused_even_with_a_matching_hash(folder: Path) -> None:
    foreign = HistGradientBoostingClassifier().fit([[0], [1]] * 30, [0, 1] * 30)
    content = skops.io.dumps({"sentry": foreign})
    (folder / "account-7.skops").write_bytes(content)
    change_card(folder, sha256=hashlib.sha256(content).hexdigest())

    with pytest.raises(ModelRefused, match="types that no model of ours has"):
        load(folder, ACCOUNT)


def test_a_pickle_is_never_read(folder: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    content = pickle.dumps(Trap())
    (folder / "account-7.skops").write_bytes(content)
    change_card(folder, sha256=hashlib.sha256(content).hexdigest())

    with pytest.raises(ModelRefused):
        load(folder, ACCOUNT)
    assert not (tmp_path / "sprung").exists()


def test_a_model_goes_with_its_account(folder: Path) -> None:
    delete(folder, ACCOUNT)
    delete(folder, ACCOUNT)

    assert list(folder.iterdir()) == []
    with pytest.raises(ModelRefused, match="missing"):
        load(folder, ACCOUNT)


def test_the_previous_model_can_be_gone_back_to_and_left_again(folder: Path) -> None:
    first = load(folder, ACCOUNT)
    rows = labelled(40, seed=5)
    second = fit(ACCOUNT, rows, now=rows[-1].received_at)
    save(second, folder)

    step_back(folder, ACCOUNT)
    back = load(folder, ACCOUNT).made_at
    step_back(folder, ACCOUNT)

    assert back == first.made_at != second.made_at
    assert load(folder, ACCOUNT).made_at == second.made_at
    assert kept_cards(folder).keys() == {ACCOUNT}


def test_without_a_previous_model_the_present_one_stays(folder: Path) -> None:
    before = (folder / "account-7.skops").read_bytes()

    with pytest.raises(ModelRefused, match="account 7"):
        step_back(folder, ACCOUNT)

    assert (folder / "account-7.skops").read_bytes() == before


def test_a_damaged_model_does_not_replace_the_previous_one(folder: Path, model: ProjectModel) -> None:
    save(model, folder)
    (folder / "account-7.skops").write_bytes(b"broken")

    save(model, folder)

    step_back(folder, ACCOUNT)


def test_no_model_of_a_deleted_account_stays(folder: Path, model: ProjectModel) -> None:
    save(model, folder)

    delete(folder, ACCOUNT)

    assert list(folder.iterdir()) == []
