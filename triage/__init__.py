"""Reads customer mailboxes over IMAP and serves the queue of unanswered threads.

The map is docs/architecture.md. Nothing runs at import time.
"""

__version__ = "0.1.0"
