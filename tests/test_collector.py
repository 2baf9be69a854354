"""The garbage collector while modules are loaded."""

import gc

import pytest

from triage.collector import collector_off


def test_what_is_loaded_is_not_looked_at_again() -> None:
    with collector_off():
        was_on = gc.isenabled()
        loaded: list[list[int]] = [[] for _ in range(100)]

    assert not was_on
    assert gc.isenabled()
    assert not any(one is loaded for one in gc.get_objects())
    gc.unfreeze()


def test_collector_is_on_again_after_a_module_that_cannot_be_loaded() -> None:
    with pytest.raises(ImportError), collector_off():
        raise ImportError

    assert gc.isenabled()
    gc.unfreeze()
