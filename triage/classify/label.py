"""What the project models learn from, and what they answer."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from triage.core.ids import AccountId, MessageId, ProjectId, ThreadId
from triage.core.instant import as_utc


class LabelSource(StrEnum):
    """Who said that a message belongs to a project."""

    PERSON = "person"
    IMPORT = "import"
    CODE = "code"


@dataclass(frozen=True, kw_only=True, slots=True)
class MailText:
    """The words of a message that a model may look at.

    Attributes:
        text: The sender's own new words, with the codes of the account masked.
        participants: Addresses outside, in lower case.
    """

    subject: str = ""
    text: str = ""
    attachment_names: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    list_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledMessage:
    """A message whose project is known."""

    message: MessageId
    thread: ThreadId
    project: ProjectId
    mail: MailText
    received_at: datetime
    source: LabelSource = LabelSource.IMPORT

    def __post_init__(self) -> None:
        """Refuse naive instants."""
        object.__setattr__(self, "received_at", as_utc(self.received_at))


@dataclass(frozen=True, kw_only=True, slots=True)
class SaidMessage:
    """A message from outside in a thread of a confirmed account."""

    message: MessageId
    thread: ThreadId
    mail: MailText
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A term and how much it speaks for the project against the second best; they add up."""

    term: str
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Reasons:
    """Why a model suggests a project.

    Attributes:
        terms: The strongest terms, heaviest first.
        nearest: The labelled message of the project that is most alike.
        likeness: Cosine between the two, 0 to 1.
        is_novel: The message is unlike everything the project has taught.
    """

    terms: tuple[Term, ...] = ()
    nearest: MessageId | None = None
    likeness: float = 0.0
    is_novel: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """What a model says about one message.

    Attributes:
        project: The likeliest project, also when the model abstains.
        probability: That the project is right, as measured on earlier mail; 0 to 1.
        abstained: The model is not sure enough to suggest anything.
    """

    project: ProjectId
    probability: float
    abstained: bool
    reasons: Reasons = field(default_factory=Reasons)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSuggestion:
    """Which account a mail from unknown people is most like.

    Attributes:
        account: The likeliest, also when nothing is to be shown.
        probability: That it is right, as measured on mail whose account is known; 0 to 1.
        abstained: It is not sure enough to be suggested.
        terms: The strongest words for it against the second, heaviest first.
        others: The accounts behind it, the likeliest first.
    """

    account: AccountId
    probability: float
    abstained: bool
    terms: tuple[Term, ...] = ()
    others: tuple[AccountId, ...] = ()
