"""``carb.eventdispatcher``: events by name, told at once to those who observe them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = ["Event", "IEventDispatcher", "ObserverGuard", "acquire_eventdispatcher_interface", "get_eventdispatcher"]


class Event:
    """What an observer is told: the name, and values by name (times are in seconds)."""

    def __init__(self, event_name: str, payload: Mapping[str, object]) -> None:
        self.event_name = event_name
        self.payload = dict(payload)
        self.is_consumed = False

    def get(self, key_name: str) -> object:
        """Return a value, None where there is none."""
        return self.payload.get(key_name)

    def has_key(self, key_name: str) -> bool:
        """Return whether there is a value of a name."""
        return key_name in self.payload

    __contains__ = has_key

    def __getitem__(self, key_name: str) -> object:
        return self.payload[key_name]

    def consume(self) -> None:
        """Let no observer hear of it that comes later in the order."""
        self.is_consumed = True

    def __repr__(self) -> str:
        return f"Event(event_name={self.event_name!r}, payload={self.payload!r})"


Observer: TypeAlias = Callable[[Event], object]
Filter: TypeAlias = Mapping[str, object] | object  # what a payload must hold; other things, such as keys, let all pass


class _Observation:
    """One observer in the list of a run."""

    def __init__(self, event_name: str, on_event: Observer, order: int, name: str, wanted: Filter) -> None:
        self.event_name, self.on_event, self.order, self.name = event_name, on_event, order, name
        self.wanted = dict(wanted) if isinstance(wanted, Mapping) else {}
        self.is_enabled = True
        self.ignores_consume = False

    def wants(self, event: Event) -> bool:
        """Return whether the observer is to hear of an event."""
        fits = all(event.payload.get(k) == v for k, v in self.wanted.items())
        return self.is_enabled and fits and (self.ignores_consume or not event.is_consumed)


class ObserverGuard:
    """Keeps an observer observing: until ``reset``, or until nobody holds the guard any more."""

    def __init__(self, observations: list[_Observation], observation: _Observation) -> None:
        self._observations, self._observation = observations, observation

    def reset(self) -> None:
        """End it."""
        if self._observation in self._observations:
            self._observations.remove(self._observation)

    __del__ = reset

    @property
    def name(self) -> str:
        """The name of the observer."""
        return self._observation.name

    @property
    def order(self) -> int:
        """The place of the observer among all: lower ones hear first."""
        return self._observation.order

    @order.setter
    def order(self, value: int) -> None:
        self._observation.order = int(value)

    @property
    def enabled(self) -> bool:
        """Whether the observer hears of events."""
        return self._observation.is_enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self._observation.is_enabled = bool(value)

    @property
    def ignore_consume(self) -> bool:
        """Whether the observer hears of events that another one consumed."""
        return self._observation.ignores_consume

    @ignore_consume.setter
    def ignore_consume(self, value: bool) -> None:
        self._observation.ignores_consume = bool(value)


class IEventDispatcher:
    """The dispatcher of a run."""

    def __init__(self) -> None:
        self._observations: list[_Observation] = []

    def observe_event(
        self,
        order: int = 0,
        event_name: str = "",
        on_event: Observer | None = None,
        filter: Filter = None,
        observer_name: str = "",
        **options: object,
    ) -> ObserverGuard:
        """Call ``on_event`` with each event of a name, for as long as the guard that this returns is held.

        Of several observers those of a lower ``order`` hear first, and of one order those who came first.
        """
        if on_event is None:
            raise BadArgument(
                f"observe_event({event_name!r}) has no on_event: give the function to call", where=current().where()
            )
        observation = _Observation(str(event_name), on_event, int(order), str(observer_name or ""), filter)
        self._observations.append(observation)
        return ObserverGuard(self._observations, observation)

    def dispatch_event(self, event_name: str = "", payload: Mapping[str, object] | None = None) -> int:
        """Tell an event, and return how many heard of it. Who begins to observe meanwhile does not hear of this one."""
        told = 0
        event = Event(str(event_name), payload or {})
        for one in sorted(self._observations, key=lambda o: o.order):
            if one.event_name == event.event_name and one in self._observations and one.wants(event):
                told += 1
                one.on_event(event)
        return told

    def has_observers(self, event_name: str = "", filter: Filter = None) -> bool:
        """Return whether somebody would hear of an event."""
        event = Event(str(event_name), filter if isinstance(filter, Mapping) else {})
        return any(o.event_name == event.event_name and o.wants(event) for o in self._observations)


def get_eventdispatcher() -> IEventDispatcher:
    """Return the dispatcher of this run."""
    return current_host().part(IEventDispatcher)


acquire_eventdispatcher_interface = get_eventdispatcher
