"""``carb.events``: event streams, and who in the running script listens to which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rendersdg.replicator.host import current_host

__all__ = ["IEvent"]

IEvent = object
Listener = TypeVar("Listener")


@dataclass(frozen=True)
class Event:
    """What a listener is told: the kind of event, and values by name (times are in seconds)."""

    type: int
    payload: dict[str, float]
    sender: int = 0


Subscriber = tuple[int | None, Callable[[Event], object]]  # the kind of events that it wants, None for all


class Subscribers:
    """Who listens in this run: to updates of the application, to rendered frames, and to the timeline."""

    def __init__(self) -> None:
        self.updates: list[Subscriber] = []
        self.rendered: list[Subscriber] = []
        self.times: list[Subscriber] = []


def subscribers() -> Subscribers:
    """Return who listens in the running script."""
    return current_host().part(Subscribers)


class Subscription(Generic[Listener]):
    """A place in a list of listeners; ``unsubscribe`` gives it up."""

    def __init__(self, listeners: list[Listener] | None, listener: Listener) -> None:
        self._listeners, self._listener = listeners, listener
        if listeners is not None:
            listeners.append(listener)

    def unsubscribe(self) -> None:
        """End it."""
        if self._listeners is not None and self._listener in self._listeners:
            self._listeners.remove(self._listener)


class Stream:
    """An event stream. Those of updates, rendered frames and the timeline tell their listeners, others never do."""

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

    def pump(self) -> None:
        """Deliver: nothing waits."""


def publish(listeners: list[Subscriber], kind: int, **payload: float) -> None:
    """Give an event to those who want it."""
    for wanted, fn in list(listeners):
        if wanted is None or wanted == kind:
            fn(Event(kind, dict(payload)))
