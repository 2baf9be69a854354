import pytest

from triage.core.loopback import is_loopback


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "imap.localhost", "127.0.0.1", "127.9.9.9", "::1"]
)
def test_name_of_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "example.com", "localhost.example.com", "notlocalhost", "10.0.0.1", "128.0.0.1", "::2"]
)  # fmt: skip
def test_any_other_name_may_lead_elsewhere(host: str) -> None:
    assert not is_loopback(host)
