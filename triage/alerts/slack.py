"""Slack's incoming webhooks, whose payload Mattermost and Rocket.Chat read as well."""

from pydantic import SecretStr

from triage.alerts.channel import Receipt
from triage.alerts.webhook import post
from triage.core.alert import Alert, AlertLevel

_SIGNS = {
    AlertLevel.WARNING: ":warning:",
    AlertLevel.BREACH: ":rotating_light:",
    AlertLevel.RETRACTED: ":white_check_mark:",
    AlertLevel.MAILBOX: ":mailbox_with_no_mail:",
    AlertLevel.TEST: ":wave:",
}

#: Invisible; keeps a name such as ``@channel`` from calling everybody.
_WORD_JOINER = "\N{WORD JOINER}"


class SlackChannel:
    """A channel behind an incoming webhook."""

    def __init__(self, *, name: str, url: SecretStr) -> None:
        self.name = name
        self._url = url

    def send(self, alert: Alert, *, key: str) -> Receipt:
        """Send once; Slack has no key for repeats, so the outbox alone keeps them away."""
        del key
        return post(self._url.get_secret_value(), payload(alert), headers={})


def payload(alert: Alert) -> dict[str, object]:
    """Return the message with a plain text for notifications.

    Source: Slack developer documentation, "Sending messages using incoming webhooks" and
    "Formatting text": ``&``, ``<`` and ``>`` are the control characters.
    """
    lines = [f"{_SIGNS[alert.level]} *{_escape(alert.headline)}*"]
    lines += [
        f"{label}: {_escape(value)}"
        for label, value in (
            ("Mailbox" if alert.level is AlertLevel.MAILBOX else "Customer", alert.customer),
            ("Project", alert.project),
            ("Due", alert.due_text),
            ("Why", alert.reason),
        )
        if value
    ]
    if alert.link:
        lines.append(f"<{_escape(alert.link).replace('|', '%7C')}|Open in the queue>")
    subject = " / ".join(_escape(name) for name in (alert.customer, alert.project) if name)
    return {
        "text": f"{_escape(alert.headline)}: {subject}" if subject else _escape(alert.headline),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)}}],
    }


def _escape(text: str) -> str:
    one_line = " ".join(text.split())
    escaped = one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", f"@{_WORD_JOINER}")
