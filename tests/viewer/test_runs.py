"""A training run in the viewer: predictions beside the truth, made once, worst first."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.detections import Detections
from rendersdg.errors import BadArgument
from tests.viewer.running import Viewer, viewing
from tests.viewer.sets import HOSTILE, coco_set
from tests.viewer.test_frames import told

pytest.importorskip("torch")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.extra


class ByShade:
    """A model that knows its pictures by their shade: finds one scratch of ``a``, all of ``b``, two in empty ``c``."""

    classes = ("scratch", HOSTILE)
    calls = 0

    def find(self, images: Sequence[Any]) -> list[Detections]:
        ByShade.calls += len(images)
        rows: dict[int, list[tuple[list[float], float]]] = {
            40: [([4, 4, 24, 14], 0.9)],
            120: [([10, 10, 40, 14], 0.8)],
            200: [([1, 1, 9, 9], 0.7), ([30, 30, 40, 40], 0.3)],
        }
        found = [rows[int(image[0, 0, 0])] for image in images]
        return [
            Detections(np.array([b for b, _ in f], float), np.array([s for _, s in f]), np.zeros(len(f), np.int64))
            for f in found
        ]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("detectors.runtime.load_model", lambda path: ByShade())
    monkeypatch.setattr(ByShade, "calls", 0)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model.pt").write_bytes(b"")
    coco_set(tmp_path / "set")
    return tmp_path / "run"


@pytest.fixture
def viewer(run: Path) -> Iterator[Viewer]:
    from rendersdg.viewer.sources import Asked, source_of

    with viewing(source_of(Asked(place=str(run), data=str(run.parent / "set")))) as running:
        for _ in range(200):
            if told(running, "/api/judged")["done"] == 3:
                break
            time.sleep(0.05)
        yield running


def test_hits_misses_and_false_alarms_are_counted(viewer: Viewer) -> None:
    assert told(viewer, "/api/judged") == {
        "done": 3, "of": 3, "least": 0.25, "right": 2, "wrong": 2, "missed": 2, "failed": 0,
    }  # fmt: skip


def test_predictions_of_an_image_say_which_object_they_show(viewer: Viewer) -> None:
    one = told(viewer, "/api/found/0?least=0.25")

    assert [(f["box"], f["right"], f["match"]) for f in one["found"]] == [([4, 4, 24, 14], True, 0)]
    assert one["missed"] == [1, 2]


def test_the_least_score_is_the_users(viewer: Viewer) -> None:
    assert told(viewer, "/api/found/2?least=0.5")["counts"] == {"right": 0, "wrong": 1, "missed": 0}
    assert told(viewer, "/api/judged?least=0.5")["wrong"] == 1
    assert viewer.ask("/api/found/2?least=nan").status == 400


def test_each_window_has_its_own_least_score(viewer: Viewer) -> None:
    strict = told(viewer, "/api/frames?sort=mistakes&least=0.85")
    told(viewer, "/api/found/0?least=1")

    assert [(item["name"], item["note"]) for item in strict["items"]] == [
        ("a.png", "2 misses, 1 hit"),
        ("b.png", "1 miss"),
        ("c.png", ""),
    ]
    assert told(viewer, "/api/judged")["right"] == 2
    assert told(viewer, "/api/frames?sort=mistakes")["items"][0]["note"] == "2 false alarms"
    assert told(viewer, "/api/frame/0?sort=mistakes&least=0.85")["beside"]["rank"] == 0
    assert told(viewer, "/api/frame/0?sort=mistakes")["beside"]["rank"] == 1
    assert viewer.ask("/api/frames?least=2").status == viewer.ask("/api/judged?least=x").status == 400


def test_the_worst_images_come_first_with_what_is_wrong_in_them(viewer: Viewer) -> None:
    worst = told(viewer, "/api/frames?sort=mistakes")["items"]

    assert [(item["name"], item["note"]) for item in worst] == [
        ("c.png", "2 false alarms"),
        ("a.png", "2 misses, 1 hit"),
        ("b.png", "1 hit"),
    ]


def test_each_image_is_looked_at_once(viewer: Viewer) -> None:
    for _ in range(3):
        told(viewer, "/api/found/1")

    assert ByShade.calls == 3


def test_a_picture_that_cannot_be_read_is_counted_and_told(run: Path) -> None:
    from rendersdg.viewer.sources import Asked, source_of

    file = run.parent / "set" / "images" / "b.png"
    file.write_bytes(file.read_bytes()[:60])
    with viewing(source_of(Asked(place=str(run), data=str(run.parent / "set")))) as running:
        answer = running.ask("/api/found/1")
        while (judged := told(running, "/api/judged"))["done"] < 3:
            time.sleep(0.05)

    assert answer.status == 400 and b"b.png" in answer.body
    assert judged["failed"] == 1


def test_a_run_without_a_set_asks_for_one_and_its_record_names_it(run: Path) -> None:
    from rendersdg.viewer.sources import Asked, source_of

    with pytest.raises(BadArgument, match="--data"):
        source_of(Asked(place=str(run)))
    (run / "result.json").write_text(json.dumps({"val": str(run.parent / "set")}))
    source = source_of(Asked(place=str(run)))
    source.close()

    assert source.title.endswith("set")
