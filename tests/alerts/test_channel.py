"""What every channel promises, and the fake one as well."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from tests.alerts.webhook_server import Answer, WebhookServer
from tests.fakes.channel import FakeChannel
from triage.alerts.build import build_channel
from triage.alerts.channel import Channel, PermanentDeliveryError, TransientDeliveryError
from triage.config.model import ChannelConfig, ChannelKind
from triage.config.section import Secret
from triage.core.alert import Alert

#: Makes a channel whose next attempts meet these statuses.
Make = Callable[[list[int]], Channel]


def _fake(statuses: list[int]) -> Channel:
    channel = FakeChannel()
    errors: dict[int, TransientDeliveryError | PermanentDeliveryError] = {
        503: TransientDeliveryError("later"),
        410: PermanentDeliveryError("gone"),
    }
    channel.errors = [errors.get(status) for status in statuses]
    return channel


@pytest.fixture(params=[*ChannelKind, "fake"])
def make(request: pytest.FixtureRequest, webhook: WebhookServer) -> Make:
    """Every kind of channel."""

    def real(statuses: list[int]) -> Channel:
        webhook.answers = [Answer(status=status) for status in statuses]
        url = Secret(plain=SecretStr(webhook.url))
        return build_channel(ChannelConfig(name="team", kind=request.param, url=url))

    return _fake if request.param == "fake" else real


def test_taken_alert_gives_a_receipt(make: Make, alert: Alert) -> None:
    channel = make([200])

    assert channel.name == "team"
    assert channel.send(alert, key="k").status == 200


def test_trouble_that_may_pass_is_not_permanent(make: Make, alert: Alert) -> None:
    channel = make([503, 200])

    with pytest.raises(TransientDeliveryError) as raised:
        channel.send(alert, key="k")

    assert not raised.value.permanent
    assert channel.send(alert, key="k").status == 200


def test_trouble_that_will_not_pass_is_permanent(make: Make, alert: Alert) -> None:
    with pytest.raises(PermanentDeliveryError) as raised:
        make([410]).send(alert, key="k")

    assert raised.value.permanent
