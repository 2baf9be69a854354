"""Channels from what the configuration says of them."""

from typing import assert_never

from triage.alerts.channel import Channel
from triage.config.model import ChannelConfig, ChannelKind
from triage.config.secret import read_secret


def build_channel(config: ChannelConfig) -> Channel:
    """Return the channel that is configured.

    Raises:
        ConfigError: If its address cannot be read.
    """
    url = read_secret(config.url)
    match config.kind:
        case ChannelKind.SLACK:
            from triage.alerts.slack import SlackChannel  # noqa: PLC0415 - only channels pay for HTTP

            return SlackChannel(name=config.name, url=url)
        case ChannelKind.JSON:
            from triage.alerts.json_webhook import JsonChannel  # noqa: PLC0415 - as above

            return JsonChannel(name=config.name, url=url)
        case _:
            assert_never(config.kind)
