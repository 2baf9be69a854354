"""Mailboxes: connect, fetch, parse. The only importer of imapclient and mail-parser."""
