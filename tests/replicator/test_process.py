"""What a script changes in its process ends with its run; its threads belong to it."""

from __future__ import annotations

import logging
import os
import random
import sys
import warnings
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from rendersdg.replicator.host import Host, current_host, hosting, is_hosted
from tests.running import files_of, passes, run_named
from writers import WRITERS


class Closing:
    """A part that says when it is closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Failing:
    """A part that cannot be closed."""

    def close(self) -> None:
        raise OSError("busy")


def test_a_part_that_cannot_be_closed_keeps_no_other_open() -> None:
    with pytest.raises(OSError, match="busy"), hosting(Host()) as host:
        part = host.part(Closing)
        host.part(Failing)

    assert part.is_closed and not is_hosted()


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
        "modules": {n for n in sys.modules if n.split(".")[0] in ("omni", "carb", "isaacsim", "_left_behind", "left")},
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
    files = {}
    for name, scripts in {"alone": ["find_nothing"], "after": ["leave_everything", "find_nothing"]}.items():
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        for script in scripts:
            before = state_of_the_process()
            outcome = run_named(script, tmp_path / name, monkeypatch)

            assert outcome.error is None, f"{script} {name}: {outcome.error}"
            assert state_of_the_process() == before
        files[name] = files_of(tmp_path / name / "own")

    assert files["alone"] == files["after"] and len(files["alone"]) >= 4


def test_threads_of_a_script_use_the_whole_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert passes("work_in_threads", tmp_path, monkeypatch).frames == 1
