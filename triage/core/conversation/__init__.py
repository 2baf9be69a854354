"""Which messages are one conversation with one customer, whatever order they arrived in.

``partition`` is the entry: a pure function of the set of messages and human decisions. Two accounts
that are both confirmed are never in one group.
"""
