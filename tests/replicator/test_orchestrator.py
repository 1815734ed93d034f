"""The orchestrator: runs, steps and pauses, beside a script's tasks and events."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.running import passes, ran, run_named


def test_runs_pause_go_on_and_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("orchestration", tmp_path, monkeypatch)


def test_the_status_says_what_was_done_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep
        import omni.kit.app
        status, Status = rep.orchestrator.get_status, rep.orchestrator.Status
        rep.create.render_product(rep.create.camera(), (8, 8))
        assert status() == Status.NOT_STARTED
        rep.orchestrator.stop()
        while status() != Status.STOPPED:
            omni.kit.app.get_app().update()
        rep.orchestrator.run(num_frames=3)
        assert status() == Status.STARTED
        rep.orchestrator.pause()
        assert status() == Status.PAUSED
        rep.orchestrator.resume()
        assert status() == Status.STARTED
        rep.orchestrator.wait_until_complete()
        assert status() == Status.STOPPED and rep.orchestrator.get_sim_times_to_write() == []
        """,
        monkeypatch,
    )

    assert outcome.error is None and outcome.frames == 3


def test_tasks_of_the_event_loop_and_events_are_driven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run_named("event_loop", tmp_path, monkeypatch)

    assert outcome.error is None and outcome.frames == 4
    boxes = [np.load(tmp_path / "out" / f"bounding_box_2d_tight_{k:04d}.npy").tolist() for k in range(4)]
    assert boxes[1] == boxes[2]
    assert boxes[0] != boxes[1] != boxes[3]
    assert "time 4" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "bounding_box_2d_tight_labels_0000.json").read_text()) == {
        "0": {"class": "ball"}
    }
