"""Status parts of bounces."""

import pytest

from triage.core.delivery_status import read_delivery_status

TWO = """Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;Ann@Customer.example
Final-Recipient: rfc822; <ann@internal.customer.example>
Action: failed
Status: 5.1.1 (user unknown)
Diagnostic-Code: smtp; 550 5.1.1
 no such user

Final-Recipient: rfc822; bob@customer.example
Action: delayed
Status: 4.4.1
"""


def test_each_recipient_is_read_from_its_own_group() -> None:
    status = read_delivery_status(TWO)

    assert status.failed == ("ann@customer.example", "bob@customer.example")
    assert status.actions == ("failed", "delayed")
    assert status.codes == ("5.1.1", "4.4.1")
    assert not status.is_success


@pytest.mark.parametrize("breaks", ["\r\n", "\r", "\n"])
def test_line_ends_of_all_systems_are_read(breaks: str) -> None:
    assert read_delivery_status(TWO.replace("\n", breaks)) == read_delivery_status(TWO)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_success_names_nobody_as_failed(action: str) -> None:
    status = read_delivery_status(
        f"X: y\n\nFinal-Recipient: rfc822; ann@customer.example\nAction: {action}\n"
    )

    assert status.is_success
    assert status.failed == ()


@pytest.mark.parametrize("action", ["Action: failure\n", "Action: strange\n", ""])
def test_an_unknown_or_missing_action_counts_as_failed(action: str) -> None:
    status = read_delivery_status(f"Final-Recipient: rfc822; ann@customer.example\n{action}")

    assert status.failed == ("ann@customer.example",)
    assert not status.is_success


@pytest.mark.parametrize("text", ["", "no fields at all", "Final-Recipient: x400; no address\n", ":\n\n:\n"])
def test_a_status_without_recipients_says_nothing(text: str) -> None:
    status = read_delivery_status(text)

    assert status.failed == ()
    assert not status.is_success
