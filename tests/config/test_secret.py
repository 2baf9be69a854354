from pathlib import Path

import pytest
from pydantic import SecretStr

from triage.config.secret import find_fault, read_secret
from triage.config.section import Secret
from triage.core.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    return path


def test_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_PASSWORD", "s3cret")

    assert read_secret(Secret(env="SOME_PASSWORD")).get_secret_value() == "s3cret"


def test_last_line_break_of_a_file_is_not_part_of_the_secret(file: Path) -> None:
    assert read_secret(Secret(file=file)).get_secret_value() == "s3cret"


def test_changed_file_is_read_again(file: Path) -> None:
    secret = Secret(file=file)
    read_secret(secret)
    file.write_text("rotated")

    assert read_secret(secret).get_secret_value() == "rotated"


def test_inline_secret_is_itself() -> None:
    assert read_secret(Secret(plain=SecretStr("s3cret"))).get_secret_value() == "s3cret"


@pytest.mark.parametrize("value", [None, ""])
def test_variable_without_a_value_is_missing(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is not None:
        monkeypatch.setenv("SOME_PASSWORD", value)

    with pytest.raises(ConfigError, match="variable SOME_PASSWORD is not set"):
        read_secret(Secret(env="SOME_PASSWORD"))


def test_file_that_everybody_can_read_is_refused_with_the_command_that_mends_it(file: Path) -> None:
    file.chmod(0o644)

    with pytest.raises(ConfigError, match=f"chmod 600 {file}"):
        read_secret(Secret(file=file))


def test_group_may_read(file: Path) -> None:
    file.chmod(0o640)

    assert find_fault(Secret(file=file)) is None


@pytest.mark.parametrize(("content", "expected"), [(b"\n", "is empty"), (b"\xff", "cannot be read")])
def test_unusable_file_is_told(content: bytes, expected: str, file: Path) -> None:
    file.write_bytes(content)
    fault = find_fault(Secret(file=file))

    assert fault is not None
    assert expected in fault[0]


def test_missing_file_is_told(tmp_path: Path) -> None:
    fault = find_fault(Secret(file=tmp_path / "none"))

    assert fault is not None
    assert fault[0].startswith("There is no secret file")
