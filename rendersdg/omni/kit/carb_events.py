"""``carb.events``: event streams, and who in the running script listens to which."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from rendersdg.omni.kit.carb_eventdispatcher import get_eventdispatcher
from rendersdg.replicator.host import current_host

__all__ = ["IEvent", "ISubscription", "type_from_string"]

Listener = TypeVar("Listener")


@dataclass(eq=False)
class Event:
    """What a listener is told: the kind of event, and values by name (times are in seconds)."""

    type: int
    payload: dict[str, object]
    sender: int = 0


Subscriber = tuple[int | None, Callable[[Event], object]]  # the kind of events that it wants, None for all


class Subscribers:
    """Who listens in this run: to updates of the application, to rendered frames, to the timeline, to the stage, and to
    the events that scripts push themselves.
    """

    def __init__(self) -> None:
        self.before_updates: list[Subscriber] = []
        self.updates: list[Subscriber] = []
        self.rendered: list[Subscriber] = []
        self.after_updates: list[Subscriber] = []
        self.times: list[Subscriber] = []
        self.stages: list[Subscriber] = []
        self.messages: list[Subscriber] = []


def subscribers() -> Subscribers:
    """Return who listens in the running script."""
    return current_host().part(Subscribers)


class Subscription(Generic[Listener]):
    """A place in a list of listeners; ``unsubscribe`` gives it up, and so does whoever drops it."""

    def __init__(self, listeners: list[Listener] | None, listener: Listener) -> None:
        self._listeners, self._listener = listeners, listener
        if listeners is not None:
            listeners.append(listener)

    def unsubscribe(self) -> None:
        """End it."""
        if self._listeners is not None and self._listener in self._listeners:
            self._listeners.remove(self._listener)

    __del__ = unsubscribe


class Stream:
    """An event stream: it tells its listeners what happens, and what scripts push."""

    def __init__(self, listeners: list[Subscriber] | None = None) -> None:
        self._listeners = listeners

    def create_subscription_to_pop(
        self, fn: Callable[[Event], object], *args: object, **options: object
    ) -> Subscription[Subscriber]:
        """Subscribe until the result is unsubscribed."""
        return Subscription(self._listeners, (None, fn))

    create_subscription_to_push = create_subscription_to_pop

    def create_subscription_to_pop_by_type(
        self, event_type: int, fn: Callable[[Event], object], *args: object, **options: object
    ) -> Subscription[Subscriber]:
        """Subscribe to one kind of events until the result is unsubscribed."""
        return Subscription(self._listeners, (int(event_type), fn))

    create_subscription_to_push_by_type = create_subscription_to_pop_by_type

    def push(self, event_type: int = 0, sender: int = 0, payload: Mapping[str, object] | None = None) -> None:
        """Tell an event."""
        _tell(self._listeners or [], Event(int(event_type), dict(payload or {}), int(sender)))

    dispatch = push

    def pump(self) -> None:
        """Deliver: nothing waits."""


def publish(listeners: list[Subscriber], kind: int, name: str, **payload: object) -> None:
    """Give an event to those who want it: listeners of its stream by kind, and observers of the dispatcher by name."""
    _tell(listeners, Event(kind, dict(payload)))
    get_eventdispatcher().dispatch_event(name, payload)


def type_from_string(name: str) -> int:
    """Return the number that stands for an event's name: 32 bits, the same in each run."""
    return zlib.crc32(str(name).encode())


def _tell(listeners: list[Subscriber], event: Event) -> None:
    for subscriber in list(listeners):
        wanted, fn = subscriber
        if subscriber in listeners and (wanted is None or wanted == event.type):
            fn(event)


IEvent = Event
ISubscription = Subscription
