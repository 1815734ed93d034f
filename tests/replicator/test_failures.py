"""Errors of tasks, callbacks and threads: wherever a script fails, its run ends with the line and a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import Report
from rendersdg.replicator.failures import Failures, cause_of, place_of
from tests.running import ran

HEAD = """
import asyncio, sys, threading
import carb.eventdispatcher, omni.kit.app, omni.timeline, omni.usd
import omni.replicator.core as rep
app = omni.kit.app.get_app()
cube = rep.create.cube()
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 16))
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="good", rgb=True)
writer.attach(rp)
rep.orchestrator.step()
def fail(*args, **options):
    raise ValueError("the cause")
async def afail(*args):
    fail()
"""
WRITER = """
class Bad(rep.Writer):
    def __init__(self):
        self.annotators = ["rgb"]
    def write(self, data):
        {write}
    def on_final_frame(self):
        {end}
rep.WriterRegistry.register(Bad)
bad = rep.WriterRegistry.get("Bad")
bad.initialize()
bad.attach(rp)
"""
GO = "\nasyncio.ensure_future(go())"
STEPS = "async def go():\n    await rep.orchestrator.step_async()\n"
WRITES = WRITER.format(write="fail()", end="pass")
LATE = "import time\ndef late():\n    time.sleep(0.2)\n    fail()\n"
GROUP = "async def go():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(afail())\n"
LEFT = "async def left():\n    try:\n        yield 1\n    finally:\n        fail()\n"
WINDOW = "\nwhile app.is_running():\n    app.update()\n    rep.orchestrator.step()"
AUGMENTS = "bad = rep.annotators.Augmentation.from_function(fail)\n"

FAILING = {
    "a task": "asyncio.ensure_future(afail())",
    "a task of the loop": "asyncio.get_event_loop().create_task(afail())",
    "a task of async_engine": "from omni.kit.async_engine import run_coroutine\nrun_coroutine(afail())",
    "a task after a step": STEPS + "    fail()\nasyncio.ensure_future(go())",
    "a task that steps in step": "async def go():\n    rep.orchestrator.step()\n    fail()" + GO,
    "a task while the window runs": "asyncio.ensure_future(afail())" + WINDOW,
    "a task that is kept while the window runs": "kept = asyncio.ensure_future(afail())" + WINDOW,
    "a task of a task": "async def go():\n    asyncio.ensure_future(afail())\nasyncio.ensure_future(go())",
    "a gathering": "async def go():\n    await asyncio.gather(afail(), asyncio.sleep(0))\nasyncio.ensure_future(go())",
    "a wait": "async def go():\n    await asyncio.wait([asyncio.ensure_future(afail())])\nasyncio.ensure_future(go())",
    "a wait with an end": "async def go():\n    await asyncio.wait_for(afail(), 1)\nasyncio.ensure_future(go())",
    "asyncio.run": "asyncio.run(afail())",
    "a task that asyncio.run loses": "async def go():\n    asyncio.ensure_future(afail())\n    await asyncio.sleep(0)\n"
    "asyncio.run(go())",
    "run_until_complete": "asyncio.get_event_loop().run_until_complete(afail())",
    "a loop of its own": "asyncio.new_event_loop().run_until_complete(afail())",
    "an async generator": "async def many():\n    yield 1\n    fail()\nasync def go():\n    async for one in many():\n"
    "        pass\nasyncio.ensure_future(go())",
    "an async generator that is left": LEFT + "async def go():\n    async for one in left():\n        break\n"
    "asyncio.ensure_future(go())",
    "an executor": "async def go():\n    await asyncio.get_event_loop().run_in_executor(None, fail)\n"
    "asyncio.ensure_future(go())",
    "a callback of the loop": "asyncio.get_event_loop().call_soon(fail)",
    "a later callback": "asyncio.get_event_loop().call_later(0.01, fail)",
    "a callback while the window runs": "asyncio.get_event_loop().call_soon(fail)" + WINDOW,
    "a callback of a task": "asyncio.ensure_future(asyncio.sleep(0)).add_done_callback(fail)",
    "an update": "kept = app.get_update_event_stream().create_subscription_to_pop(fail)\napp.update()",
    "an update that a task awaits": "kept = app.get_update_event_stream().create_subscription_to_pop(fail)\n"
    "async def go():\n    await app.next_update_async()\nasyncio.ensure_future(go())",
    "time": "line = omni.timeline.get_timeline_interface()\n"
    "kept = line.get_timeline_event_stream().create_subscription_to_pop(fail)\nline.play()",
    "a stage": "kept = omni.usd.get_context().get_stage_event_stream().create_subscription_to_pop(fail)\n"
    "omni.usd.get_context().new_stage()",
    "an event": "bus = carb.eventdispatcher.get_eventdispatcher()\n"
    "kept = bus.observe_event(event_name='x', on_event=fail)\nbus.dispatch_event('x', {})",
    "the orchestrator's status": "rep.orchestrator.register_status_callback(fail)\nrep.orchestrator.run()",
    "a notice of USD": "from pxr import Tf, Usd\nstage = omni.usd.get_context().get_stage()\n"
    "kept = Tf.Notice.Register(Usd.Notice.ObjectsChanged, fail, stage)\nstage.DefinePrim('/x')",
    "a writer": WRITES + "rep.orchestrator.step()",
    "a writer in a run": WRITES + "rep.orchestrator.run_until_complete(num_frames=2)",
    "a writer in a task": WRITES + STEPS + "asyncio.ensure_future(go())",
    "a writer in a task that is kept": WRITES
    + STEPS
    + "kept = asyncio.ensure_future(go())\napp.update()\napp.update()",
    "a writer's end": WRITER.format(write="pass", end="fail()") + "rep.orchestrator.step()",
    "an augmentation": AUGMENTS + "rgb = rep.AnnotatorRegistry.get_annotator('rgb').augment(bad)\nrgb.attach(rp)\n"
    "rep.orchestrator.step()\nrgb.get_data()",
    "a block of an event": "with rep.trigger.on_custom_event(event_name='e'):\n    fail()",
    "a condition": "with rep.trigger.on_condition(condition=fail, max_execs=1):\n"
    "    rep.randomizer.rotation(input_prims=cube)\nrep.orchestrator.run_until_complete(num_frames=2)",
    "a thread": "one = threading.Thread(target=fail)\none.start()\none.join()\nrep.orchestrator.step()",
    "a thread while the window runs": "threading.Thread(target=fail).start()" + WINDOW,
    "a thread after the script": LATE + "threading.Thread(target=late).start()",
    "a timer": "threading.Timer(0.1, fail).start()",
    "a result of a pool": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as pool:\n"
    "    pool.submit(fail).result()",
    "a group of tasks": "if sys.version_info < (3, 11):\n    fail()\n" + GROUP + "asyncio.ensure_future(go())",
}
GOING_ON = {
    "an error that is caught": "async def go():\n    try:\n        await afail()\n    except ValueError:\n        pass"
    + GO,
    "an error that is returned": "async def go():\n    await asyncio.gather(afail(), return_exceptions=True)\n"
    "asyncio.ensure_future(go())",
    "an error that a callback asks for": "asyncio.ensure_future(afail()).add_done_callback(lambda t: t.exception())",
    "an error that is asked for later": "task = asyncio.ensure_future(afail())\napp.update()\napp.update()\n"
    "assert task.exception()",
    "a task that is cancelled": "task = asyncio.ensure_future(asyncio.sleep(99))\napp.update()\ntask.cancel()\n"
    "app.update()",
    "a thread whose errors the script takes": "threading.excepthook = lambda what: None\n"
    "one = threading.Thread(target=fail)\none.start()\none.join()",
    "sys.exit in a thread": "one = threading.Thread(target=sys.exit, args=(3,))\none.start()\none.join()",
    "a task of steps": STEPS + "asyncio.ensure_future(go())",
}


@pytest.mark.parametrize("case", FAILING)
def test_an_error_ends_the_run_with_its_line(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    outcome = ran(tmp_path, HEAD + FAILING[case], monkeypatch, limit=8)

    assert outcome.exit_code == 1 and outcome.error == "script.py:13: ValueError: the cause"
    assert (tmp_path / "good" / "rgb_0000.png").is_file()  # what was written before stays
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("case", GOING_ON)
def test_an_error_that_the_script_takes_ends_nothing(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = ran(tmp_path, HEAD + GOING_ON[case], monkeypatch)

    assert (outcome.error, outcome.exit_code) == (None, 0)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("sys.exit(3)", 3, "script.py: the script ended with exit code 3"),
        ("sys.exit('no input')", 1, "script.py: the script ended with no input"),
        ("sys.exit(0)", 0, None),
        ("rep.create.omni_radar()", 5, "script.py:17: rep.create.omni_radar exists in Replicator"),
        ("import omni.nothing", 5, "script.py:17: omni.nothing is not offered"),
    ],
)
def test_a_task_ends_the_run_as_the_script_would(
    line: str, code: int, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD + f"async def go():\n    {line}\nkept = asyncio.ensure_future(go())\n"
    outcomes = [ran(tmp_path, text + end, monkeypatch, overwrite=True) for end in ("", "app.update()\napp.update()\n")]

    for outcome in outcomes:
        assert outcome.exit_code == code
        assert outcome.error is None if said is None else str(outcome.error).startswith(said)


@pytest.mark.parametrize(
    ("text", "subject", "said"),
    [
        ("rep.orchestrator.step_async()", "script.py:16: coroutine 'step_async' was never awaited", "write await"),
        ("class D:\n    def __del__(self):\n        fail()\nd = D()\ndel d", "D.__del__", "script.py:13: ValueError"),
        (
            "async def go():\n    await asyncio.Event().wait()\nasyncio.ensure_future(go())",
            "script.py:17",
            "never comes",
        ),
    ],
)
def test_what_python_and_kit_pass_over_is_noted(
    text: str, subject: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = ran(tmp_path, HEAD + text, monkeypatch)

    assert outcome.exit_code == 0
    assert [e for e in outcome.report if e["subject"] == subject and said in e["text"]]


def test_each_error_counts_once_and_the_first_is_raised() -> None:
    failures = Failures("/nowhere/script.py", Report())
    failures.check()
    for error in (first := OSError("first")), OSError("second"), first:
        failures.add(error)

    with pytest.raises(OSError, match="first"):
        failures.check()


def test_the_place_of_an_error_is_in_the_script_else_in_a_file_beside_it() -> None:
    try:
        raise OSError("here")
    except OSError as error:
        here = error

    assert place_of(here, __file__) == place_of(here, str(Path(__file__).parent / "script.py"))
    assert str(place_of(here, __file__)).startswith("test_failures.py:") and place_of(here, "/nowhere/x.py") is None
    assert cause_of(here) is here
