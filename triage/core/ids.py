"""Identifiers, as distinct types so that they cannot be swapped."""

from typing import NewType

AccountId = NewType("AccountId", int)
ProjectId = NewType("ProjectId", int)
MailboxId = NewType("MailboxId", int)
FolderId = NewType("FolderId", int)
MessageId = NewType("MessageId", int)
ThreadId = NewType("ThreadId", int)

#: A normalised RFC 5322 Message-ID: no angle brackets, domain in lower case.
HeaderId = NewType("HeaderId", str)
