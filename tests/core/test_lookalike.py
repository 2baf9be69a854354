import pytest

from triage.core.lookalike import LookalikeIndex

INDEX = LookalikeIndex(["acmecorp.example", "globex.example", "ab.example"])


def resembled(index: LookalikeIndex, domain: str) -> str | None:
    return index.resembled(domain, ".".join(domain.split(".")[-2:]))


@pytest.mark.parametrize(
    "domain",
    [
        "acmecorp.example.login.test",
        "acmec0rp-support.test",
        "clobex-acmecorp.test",
        "acmec0rp.example",
        "acrnecorp.example",
        "acme-corp.example",
        "acmecorp.com",
        "acmecorps.example",
        "acmecrop.example",
        "acmecor.example",
        "acmekorp.example",
        "acmecorp-support.example",
        "support-acmecorp.test",
        "аcmecorp.example".encode("idna").decode(),  # noqa: RUF001
        "äcmecorp.example".encode("idna").decode(),
    ],
)
def test_a_disguise_is_seen_through(domain: str) -> None:
    assert resembled(INDEX, domain) == "acmecorp.example"


@pytest.mark.parametrize(
    "domain",
    ["acmecorp.example", "other.example", "", "ab.test", "abc.example", "xn--zz.example", "globalex.example"],
)
def test_another_name_is_no_disguise(domain: str) -> None:
    assert resembled(INDEX, domain) is None


def test_a_short_name_is_only_compared_whole() -> None:
    index = LookalikeIndex(["acme.example"])

    assert resembled(index, "acrne.example") == "acme.example"
    assert resembled(index, "acne.example") is None
