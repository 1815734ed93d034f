"""Events of the dispatcher: of the timeline, of updates, of frames, of stages, and a script's own."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import carb.eventdispatcher
import carb.events
import omni.kit.app
import omni.timeline
import omni.usd
from _checks import near

dispatcher = carb.eventdispatcher.get_eventdispatcher()
timeline = omni.timeline.get_timeline_interface()
context = omni.usd.get_context()
kinds = omni.usd.StageEventType
timeline.set_looping(False)
timeline.set_time_codes_per_second(30)
heard = []


def hear(event: carb.eventdispatcher.Event) -> None:
    heard.append(event.event_name)


# whoever holds the guard hears; order comes before time; a dropped guard hears no more
ticks = []
guards = {
    "tick": dispatcher.observe_event(
        event_name=omni.timeline.GLOBAL_EVENT_CURRENT_TIME_TICKED,
        on_event=lambda event: ticks.append(event["currentTime"]),
        observer_name="observers.tick",
    ),
    **{
        name: dispatcher.observe_event(event_name=name, on_event=hear)
        for name in (
            omni.kit.app.GLOBAL_EVENT_PRE_UPDATE,
            omni.kit.app.GLOBAL_EVENT_UPDATE,
            omni.kit.app.GLOBAL_EVENT_POST_UPDATE,
            context.stage_rendering_event_name(omni.usd.StageRenderingEventType.NEW_FRAME, True),
            omni.timeline.GLOBAL_EVENT_PLAY,
            omni.timeline.GLOBAL_EVENT_STOP,
            *(
                context.stage_event_name(kind)
                for kind in (kinds.CLOSING, kinds.OPENED, kinds.SIMULATION_START_PLAY, kinds.SIMULATION_STOP_PLAY)
            ),
        )
    },
}
assert guards["tick"].name == "observers.tick" and guards["tick"].order == 0
timeline.play()
timeline.play()  # it runs already
app.update()
timeline.stop()
timeline.stop()
near(ticks, [1 / 30])
assert heard == [
    omni.timeline.GLOBAL_EVENT_PLAY,
    context.stage_event_name(kinds.SIMULATION_START_PLAY),
    omni.kit.app.GLOBAL_EVENT_PRE_UPDATE,
    omni.kit.app.GLOBAL_EVENT_UPDATE,
    context.stage_rendering_event_name(omni.usd.StageRenderingEventType.NEW_FRAME, True),
    omni.kit.app.GLOBAL_EVENT_POST_UPDATE,
    omni.timeline.GLOBAL_EVENT_STOP,
    context.stage_event_name(kinds.SIMULATION_STOP_PLAY),
]
heard.clear()
context.new_stage()
assert heard == [context.stage_event_name(kinds.CLOSING), context.stage_event_name(kinds.OPENED)]
guards.clear()
heard.clear()
timeline.play()
app.update()
assert heard == [] and len(ticks) == 1

# a script's own events
said = []
first = dispatcher.observe_event(event_name="mine", on_event=lambda e: said.append(("late", e.get("a"))), order=1)
second = dispatcher.observe_event(event_name="mine", on_event=lambda e: said.append(("early", e.get("b"))), order=-1)
third = dispatcher.observe_event(event_name="mine", on_event=lambda e: said.append(("two", None)), filter={"a": 2})
assert dispatcher.dispatch_event("mine", payload={"a": 1}) == 2
assert said == [("early", None), ("late", 1)]
assert dispatcher.dispatch_event("mine", payload={"a": 2}) == 3 and said[3] == ("two", None)
second.enabled = False
first.reset()
assert dispatcher.dispatch_event("mine") == 0 and dispatcher.has_observers("mine", filter={"a": 2})
eats = dispatcher.observe_event(event_name="mine", on_event=lambda e: e.consume(), order=-2)
assert dispatcher.dispatch_event("mine", payload={"a": 2}) == 1

# the bus of the older kind
bus = omni.kit.app.get_app().get_message_bus_event_stream()
kind = carb.events.type_from_string("mine")
messages = []
subscription = bus.create_subscription_to_pop_by_type(kind, lambda e: messages.append(e.payload["x"]))
bus.push(kind, payload={"x": 5})
bus.push(kind + 1, payload={"x": 6})
subscription = None
bus.push(kind, payload={"x": 7})
assert messages == [5]
