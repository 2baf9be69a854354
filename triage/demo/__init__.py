"""A sample company: customers, three weeks of mail, and a real IMAP server to read it from.

All people, companies and domains are invented.
"""
