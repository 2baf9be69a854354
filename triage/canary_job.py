"""From the configuration of test mails to what sends them."""

from datetime import timedelta

from triage.alerts.smtp import SmtpServer, compose, send_mail
from triage.config import read_secret
from triage.config.canary import CanaryConfig
from triage.core.errors import ConfigError, DeliveryError
from triage.services.canary import CanaryJob, TestMail


def canary_job(wanted: CanaryConfig) -> CanaryJob:
    """Return what sending test mails takes; the password is read each time."""
    smtp = wanted.smtp
    server = SmtpServer(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security.value,
        user=smtp.user,
        ca_file=smtp.ca_file,
    )

    def send(mail: TestMail) -> None:
        try:
            password = read_secret(smtp.password).get_secret_value() if smtp.password else None
        except ConfigError as err:
            raise DeliveryError(f"{server.place}: {err.problems[0]}", permanent=True) from err
        message = compose(mail.sender, mail.to, mail.subject, mail.text, sent_at=mail.sent_at)
        send_mail(server, message, password=password)

    return CanaryJob(
        mailbox=wanted.mailbox,
        sender=wanted.sender,
        to=wanted.to,
        every=timedelta(minutes=wanted.every_minutes),
        send=send,
    )
