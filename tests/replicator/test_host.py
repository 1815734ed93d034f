"""A run's host: its parts are its own, and end with it."""

from __future__ import annotations

import threading

import pytest

from rendersdg.errors import RenderSDGError
from rendersdg.replicator.host import Host, current_host, hosting, is_hosted


class Counter:
    def __init__(self) -> None:
        self.value = 0


def test_a_part_is_made_once_a_run() -> None:
    with hosting(Host()) as outer:
        current_host().part(Counter).value += 1
        with hosting(Host()):
            assert current_host().part(Counter).value == 0
        assert current_host() is outer and outer.part(Counter).value == 1


def test_parts_are_closed_in_turn_the_latest_first() -> None:
    closed: list[str] = []

    class First:
        def close(self) -> None:
            closed.append("first")

    class Second:
        def close(self) -> None:
            closed.append("second")

    with hosting(Host()) as host:
        host.part(First)
        host.part(Second)

    assert closed == ["second", "first"]


def test_there_is_no_host_outside_of_a_run() -> None:
    with pytest.raises(RenderSDGError, match="no script is running"):
        current_host()


def test_a_script_that_begins_on_another_thread_is_refused_and_leaves_no_host_behind() -> None:
    said: list[str] = []

    def begin() -> None:
        try:
            with hosting(Host()):
                pass
        except RenderSDGError as error:
            said.append(str(error))

    with hosting(Host()):
        thread = threading.Thread(target=begin)
        thread.start()
        thread.join()
        with hosting(Host()):  # inside of it, on the same thread
            assert is_hosted()

    assert "a script is running on another thread" in said[0]
    assert not is_hosted()
