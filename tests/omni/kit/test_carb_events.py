"""Event streams: who subscribes hears of what happens until the subscription ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.omni.kit.carb_events import Stream, Subscriber
from tests.running import passes


def test_events_come_when_they_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("events", tmp_path, monkeypatch)


def test_a_subscriber_hears_of_its_kind_until_it_ends() -> None:
    listeners: list[Subscriber] = []
    heard: list[tuple[int, dict[str, object]]] = []
    stream = Stream(listeners)
    subscription = stream.create_subscription_to_pop_by_type(4, lambda e: heard.append((e.type, e.payload)))

    stream.push(3, payload={"time": 1.0})
    stream.push(4, payload={"time": 2.0})
    subscription.unsubscribe()
    stream.push(4, payload={"time": 3.0})

    assert heard == [(4, {"time": 2.0})] and listeners == []


def test_a_subscription_that_nobody_holds_is_over() -> None:
    listeners: list[Subscriber] = []

    Stream(listeners).create_subscription_to_pop(lambda e: None)

    assert listeners == []


def test_a_stream_without_listeners_takes_subscribers_and_tells_them_nothing() -> None:
    subscription = Stream().create_subscription_to_pop(lambda e: None)

    subscription.unsubscribe()
