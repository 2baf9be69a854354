"""Accounts ranked by words: each voice alone, told apart only in memory."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from benchmarks.company import mails, make_company
from triage.classify.experience import calibrate
from triage.classify.keep import ModelRefused
from triage.classify.label import MailText, SaidMessage
from triage.classify.voice import Choir, Voice, fit_voice
from triage.classify.voice_file import kept_voices, load_voice, save_voice
from triage.core.direction import Direction
from triage.core.ids import AccountId, MessageId, ThreadId

NOW = datetime(2026, 9, 1, tzinfo=UTC)
Said = dict[AccountId, list[SaidMessage]]


@pytest.fixture(scope="module")
def said() -> Said:
    """What the people of eight customers wrote; the last one is known to nobody."""
    found: Said = defaultdict(list)
    company = make_company(3, customers=8, projects=(2, 3))
    for number, mail in enumerate(mails(company, 4, threads_a_project=16)):
        if mail.direction is Direction.INBOUND:
            text = MailText(subject=mail.message.subject, text=mail.message.text_new)
            found[mail.customer.id].append(
                SaidMessage(
                    message=MessageId(number),
                    thread=ThreadId(mail.thread),
                    mail=text,
                    received_at=mail.message.received_at,
                )
            )
    return found


@pytest.fixture(scope="module")
def choir_and_voices(said: Said) -> tuple[Choir, dict[AccountId, Voice]]:
    untried = [fit_voice(account, some, now=NOW) for account, some in sorted(said.items())[:7]]
    choir = Choir(untried)
    return choir, {one.account: choir.tried(one, said[one.account]) for one in untried}


def test_the_account_is_told_by_its_words_or_nothing_is_said(
    said: Said, choir_and_voices: tuple[Choir, dict[AccountId, Voice]]
) -> None:
    """Taught the first half of each, asked about the threads of the second."""
    early = {
        account: sorted(some, key=lambda one: one.received_at)[: len(some) // 2]
        for account, some in sorted(said.items())[:7]
    }
    choir = Choir(fit_voice(account, some, now=NOW) for account, some in early.items())
    known = {one.thread for some in early.values() for one in some}
    later = [(account, one) for account in early for one in said[account] if one.thread not in known]
    calibration = calibrate(voice.experience for voice in choir_and_voices[1].values())

    found = choir.suggest([one.mail for _, one in later], calibration)

    shown = [(account, one) for (account, _), one in zip(later, found, strict=True) if not one.abstained]
    assert len(shown) > 0.2 * len(later) > 20
    assert sum(account != one.account for account, one in shown) <= 0.02 * len(shown)
    assert all(0.5 < one.probability < 1 and one.terms and one.others for _, one in shown)


def test_a_customer_that_nobody_knows_is_hardly_ever_taken_for_another(
    said: Said, choir_and_voices: tuple[Choir, dict[AccountId, Voice]]
) -> None:
    choir, voices = choir_and_voices
    stranger = max(said)
    calibration = calibrate(voice.experience for voice in voices.values())

    found = choir.suggest([one.mail for one in said[stranger]], calibration)

    assert len(found) > 50
    assert sum(not one.abstained for one in found) <= 0.02 * len(found)


def test_the_terms_add_up_and_stand_in_the_mail(
    choir_and_voices: tuple[Choir, dict[AccountId, Voice]],
) -> None:
    choir, voices = choir_and_voices
    voice = voices[AccountId(1)]
    rare = [
        term
        for term in voice.terms
        if all(term not in one.terms for one in voices.values() if one is not voice)
    ]

    (found,) = choir.suggest([MailText(subject="Zzz", text=" ".join(rare[:4]))], calibrate(()))

    assert found.account == voice.account
    assert {one.term for one in found.terms} == set(rare[:4])
    assert [one.weight for one in found.terms] == sorted((one.weight for one in found.terms), reverse=True)


def test_the_same_words_in_any_order_give_the_same_voice(said: Said) -> None:
    some = said[AccountId(1)]

    one, other = fit_voice(AccountId(1), some, now=NOW), fit_voice(AccountId(1), some[::-1], now=NOW)

    assert (one.terms, one.counts.tolist()) == (other.terms, other.counts.tolist())


def canary_mail(canary: str, number: int) -> SaidMessage:
    return SaidMessage(
        message=MessageId(number),
        thread=ThreadId(number // 2),
        mail=MailText(subject=f"{canary} status", text=f"the {canary}pump is {canary}leaking again"),
        received_at=NOW + timedelta(hours=number),
    )


def test_the_files_of_one_account_hold_no_word_of_another(tmp_path: Path) -> None:
    said = {
        AccountId(1): [canary_mail("zirbenholz", number) for number in range(40)],
        AccountId(2): [canary_mail("quokkatal", number) for number in range(100, 140)],
    }
    for account, some in said.items():
        save_voice(fit_voice(account, some, now=NOW), tmp_path)
    choir = Choir(kept_voices(tmp_path))
    for account, some in said.items():
        save_voice(choir.tried(load_voice(tmp_path, account), some), tmp_path)

    texts = {account: "".join(unpacked(tmp_path, account)) for account in said}

    assert "zirbenholz" in texts[AccountId(1)]
    assert "quokkatal" not in texts[AccountId(1)]
    assert "quokkatal" in texts[AccountId(2)]
    assert "zirbenholz" not in texts[AccountId(2)]


def unpacked(folder: Path, account: AccountId) -> Iterator[str]:
    """Yield everything that the files of an account hold."""
    yield (folder / f"voice-{account}.json").read_text()
    with ZipFile(folder / f"voice-{account}.skops") as archive:
        for name in archive.namelist():
            yield name + archive.read(name).decode("latin-1")


def test_a_voice_that_is_read_again_is_the_same(
    tmp_path: Path, choir_and_voices: tuple[Choir, dict[AccountId, Voice]]
) -> None:
    voice = choir_and_voices[1][AccountId(2)]
    save_voice(voice, tmp_path)

    again = load_voice(tmp_path, voice.account)

    assert replace(again, counts=voice.counts) == voice
    assert again.counts.tolist() == voice.counts.tolist()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_damaged_voice_is_refused_and_left_out(
    tmp_path: Path, choir_and_voices: tuple[Choir, dict[AccountId, Voice]]
) -> None:
    for account in (AccountId(1), AccountId(2)):
        save_voice(choir_and_voices[1][account], tmp_path)
    (tmp_path / "voice-1.skops").write_bytes(b"broken")

    with pytest.raises(ModelRefused, match="hash"):
        load_voice(tmp_path, AccountId(1))

    assert [one.account for one in kept_voices(tmp_path)] == [2]


def test_one_account_alone_cannot_be_told_from_others(said: Said) -> None:
    voice = fit_voice(AccountId(1), said[AccountId(1)], now=NOW)
    choir = Choir([voice])

    assert choir.suggest([MailText(text="pump")], calibrate(())) == []
    assert choir.tried(voice, said[AccountId(1)]) == voice
    assert Choir([]).suggest([MailText(text="pump")], calibrate(())) == []
