"""A run's state lives in its host and ends with it."""

from __future__ import annotations

import logging
import os
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from rendersdg.errors import RenderSDGError
from rendersdg.omni.runner import Options, run_script
from rendersdg.replicator.host import Host, current_host, hosting, is_hosted
from writers import WRITERS

SCRIPTS = Path(__file__).parent / "scripts"


class Counter:
    """A part that says when it is closed."""

    closed: list[int] = []  # noqa: RUF012 (what all counters tell the test)

    def __init__(self) -> None:
        self.count = 0

    def close(self) -> None:
        Counter.closed.append(self.count)


class Failing(Counter):
    """A part that cannot be closed."""

    def close(self) -> None:
        raise OSError("busy")


@pytest.fixture(autouse=True)
def _nothing_closed() -> Iterator[None]:
    Counter.closed.clear()
    yield
    assert not is_hosted()


def test_a_host_makes_each_part_once_and_closes_it_at_the_end() -> None:
    with hosting(Host()) as host:
        current_host().part(Counter).count += 3

        assert host.part(Counter) is current_host().part(Counter) and host.part(Counter).count == 3
    assert Counter.closed == [3]


def test_a_run_inside_a_run_shares_nothing_and_gives_the_outer_one_back() -> None:
    with hosting(Host()) as outer:
        outer.part(Counter).count = 1
        with hosting(Host()):
            assert current_host().part(Counter).count == 0

        assert current_host() is outer and outer.part(Counter).count == 1


def test_a_part_that_cannot_be_closed_keeps_no_other_open() -> None:
    with pytest.raises(OSError, match="busy"), hosting(Host()) as host:
        host.part(Counter)
        host.part(Failing)

    assert Counter.closed == [0]


def test_outside_of_a_run_there_is_no_host() -> None:
    with pytest.raises(RenderSDGError, match="no script is running"):
        current_host()


def test_threads_see_the_host_of_the_script_that_started_them() -> None:
    seen: list[Host] = []
    with hosting(Host()) as host:
        thread = Thread(target=lambda: seen.append(current_host()))
        thread.start()
        thread.join()

    assert seen == [host]


def state_of_the_process() -> dict[str, object]:
    """Return what a script could change in this process."""
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "arguments": list(sys.argv),
        "path": list(sys.path),
        "modules": {n for n in sys.modules if n.split(".")[0] in ("omni", "carb", "isaacsim", "left_behind", "left")},
        "handlers": list(logging.getLogger().handlers),
        "levels": [logging.getLogger(n).level for n in ("", "rendersdg", "left")],
        "filters": list(warnings.filters),
        "random": random.getstate(),
        "numpy": np.random.get_state()[1].tolist(),  # type: ignore[index, union-attr]
        "errors": np.geterr(),
        "registered": dict(WRITERS.registered),
    }


def test_two_scripts_in_one_process_leave_nothing_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = {}
    for name, scripts in {"alone": ["find_nothing.py"], "after": ["leave_everything.py", "find_nothing.py"]}.items():
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        for script in scripts:
            before = state_of_the_process()
            outcome = run_script(SCRIPTS / script, Options())

            assert outcome.error is None, f"{script} {name}: {outcome.error}"
            assert state_of_the_process() == before
        runs[name] = {p.name: p.read_bytes() for p in (tmp_path / name / "own").iterdir() if p.is_file()}

    assert runs["alone"] == runs["after"] and len(runs["alone"]) >= 4


def test_threads_of_a_script_use_the_whole_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    outcome = run_script(SCRIPTS / "work_in_threads.py", Options())

    assert outcome.error is None, outcome.error
    assert outcome.frames == 1
