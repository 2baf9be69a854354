"""Threads of a set of messages."""

import os
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conversation_streams import Stream, stream
from triage.core.conversation.node import Node
from triage.core.conversation.partition import Partition, partition

IS_LONG = bool(os.environ.get("TRIAGE_LONG"))
_LISTED_OWNERS = 10


def by_content(nodes: list[Node], result: Partition) -> object:
    """Write a partition with contents in place of keys, so that two can be compared."""
    name = {node.key: node.digest for node in nodes}
    return (
        [[name[key] for key in group] for group in result.groups],
        {name[child]: name[parent] for child, parent in result.parents.items()},
        [(name[edge.child], name[edge.parent], edge.kind) for edge in result.joins],
        [
            (name[one.edge.child], name[one.edge.parent], one.edge.kind, one.reason, one.child_account)
            for one in result.refused
        ],
    )


@settings(max_examples=12_000 if IS_LONG else 100)
@given(st.randoms(use_true_random=False))
@pytest.mark.timeout(3_600 if IS_LONG else 120)
def test_streams_of_four_customers_never_mix_in_any_order(random: Random) -> None:
    mail = stream(random)
    first, second = mail.shuffled(random), mail.shuffled(random)

    result = partition(first)

    assert by_content(first, result) == by_content(second, partition(second))
    assert_no_group_has_two_accounts(mail, first, result)
    assert_every_refused_reference_is_listed(first, result)


def assert_no_group_has_two_accounts(mail: Stream, nodes: list[Node], result: Partition) -> None:
    account = {node.key: node.account for node in nodes}
    assert sorted(key for group in result.groups for key in group) == sorted(account)
    assert len(account) == len(mail.nodes)
    for group in result.groups:
        assert len({account[key] for key in group} - {None}) <= 1


def assert_every_refused_reference_is_listed(nodes: list[Node], result: Partition) -> None:
    """Whoever names the id of a message in another thread is listed with it.

    An id that more than ten messages claim is a hub and says nothing about any of them: the first ten are
    listed, for there may be thousands.
    """
    place = {key: number for number, group in enumerate(result.groups) for key in group}
    refused = {(one.edge.child, one.edge.parent) for one in result.refused}
    for node in nodes:
        for one in node.ancestors:
            owners = [other for other in nodes if other.header_id == one and other is not node]
            for owner in sorted(owners, key=lambda other: other.order)[:_LISTED_OWNERS]:
                if place[owner.key] != place[node.key]:
                    assert (node.key, owner.key) in refused
    assert all(place[child] != place[parent] for child, parent in refused)
