"""Event streams: who subscribes hears of what happens until the subscription ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.omni.kit.carb_events import Stream, Subscriber, publish
from tests.running import passes


def test_events_come_when_they_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("events", tmp_path, monkeypatch)


def test_a_subscriber_hears_of_its_kind_until_it_ends() -> None:
    listeners: list[Subscriber] = []
    heard: list[tuple[int, dict[str, float]]] = []
    subscription = Stream(listeners).create_subscription_to_pop_by_type(4, lambda e: heard.append((e.type, e.payload)))

    publish(listeners, 3, time=1.0)
    publish(listeners, 4, time=2.0)
    subscription.unsubscribe()
    publish(listeners, 4, time=3.0)

    assert heard == [(4, {"time": 2.0})] and listeners == []


def test_a_stream_without_listeners_takes_subscribers_and_tells_them_nothing() -> None:
    subscription = Stream().create_subscription_to_pop(lambda e: None)

    subscription.unsubscribe()
