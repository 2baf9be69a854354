"""Tables: one file per noun, and nothing but tables."""

from models.account import Account, EvidenceRule, Project
from models.audit_run import AuditRun
from models.base import Base, UtcDateTime
from models.canary import Canary
from models.clock import Clock, ClockEvent
from models.decision import Decision, Label
from models.delivery import Delivery
from models.link import (
    Component,
    HubMention,
    LinkKey,
    MessageLink,
    QuotedLine,
    RecentLine,
    ReviewItem,
    ThreadEvent,
    ThreadSide,
    WrittenLine,
)
from models.mailbox import Folder, Lease, Mailbox
from models.message import Location, Message, Participant, RawContent
from models.search import SearchEntry, SearchPending
from models.setting import Setting
from models.sign_in import SignIn
from models.thread import Thread
from models.token import Grant, Token

__all__ = [
    "Account",
    "AuditRun",
    "Base",
    "Canary",
    "Clock",
    "ClockEvent",
    "Component",
    "Decision",
    "Delivery",
    "EvidenceRule",
    "Folder",
    "Grant",
    "HubMention",
    "Label",
    "Lease",
    "LinkKey",
    "Location",
    "Mailbox",
    "Message",
    "MessageLink",
    "Participant",
    "Project",
    "QuotedLine",
    "RawContent",
    "RecentLine",
    "ReviewItem",
    "SearchEntry",
    "SearchPending",
    "Setting",
    "SignIn",
    "Thread",
    "ThreadEvent",
    "ThreadSide",
    "Token",
    "UtcDateTime",
    "WrittenLine",
]
