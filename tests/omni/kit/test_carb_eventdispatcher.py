"""The dispatcher: who holds a guard hears events by name, in order, until the guard is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.omni.kit.carb_eventdispatcher import IEventDispatcher
from tests.running import passes


def test_observers_hear_what_happens_in_the_order_in_which_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes("observers", tmp_path, monkeypatch)


def test_who_ends_during_an_event_does_not_hear_it_and_who_begins_hears_the_next() -> None:
    dispatcher, heard, guards = IEventDispatcher(), [], []

    def first(event: object) -> None:
        heard.append("first")
        guards.pop().reset()
        guards.append(dispatcher.observe_event(event_name="e", on_event=lambda e: heard.append("new")))

    held = dispatcher.observe_event(event_name="e", on_event=first)
    guards.append(dispatcher.observe_event(event_name="e", on_event=lambda e: heard.append("gone")))

    assert dispatcher.dispatch_event("e") == 1
    assert heard == ["first"] and held.enabled
