"""The collector of cycles is off while anybody asks for that, and then as it was."""

from __future__ import annotations

import gc
from threading import Barrier, Thread

import pytest

from rendersdg.orchestrator.collector import uncollected


@pytest.mark.parametrize("was_on", [True, False])
def test_it_is_off_in_the_block_and_then_as_it_was(was_on: bool) -> None:
    before = gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    try:
        with pytest.raises(KeyError), uncollected(), uncollected():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()


def test_the_last_of_several_threads_turns_it_on() -> None:
    entered, left, seen = Barrier(2), Barrier(2), []

    def other() -> None:
        with uncollected():
            entered.wait(10)
            left.wait(10)
            seen.append(gc.isenabled())

    assert gc.isenabled()
    thread = Thread(target=other)
    thread.start()
    with uncollected():
        entered.wait(10)
    seen.append(gc.isenabled())
    left.wait(10)
    thread.join(10)
    assert seen == [False, False] and gc.isenabled()
