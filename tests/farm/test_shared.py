"""Workers add to the dataset of the command, or say that they do not see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError
from rendersdg.farm.job import Job
from rendersdg.farm.ranges import render_range
from rendersdg.farm.shared import dataset_of, for_workers, shared
from tests.datasets import run
from tests.farm.test_ranges import begin


def test_places_that_workers_do_not_share_are_told() -> None:
    for url in ("memory://x", "dir::memory://x"):
        with pytest.raises(DatasetError, match="memory of one process"):
            shared(url)
    assert shared("out") == str(Path("out").absolute()) == shared("file://" + str(Path("out").absolute()))


def test_a_worker_on_a_folder_of_its_own_renders_nothing(scene_file: Path, tmp_path: Path) -> None:
    begin(scene_file, str(tmp_path / "out"))
    other = Dataset(Store(str(tmp_path / "other")))
    other.open({"seed": 6}, {}, resume=False)
    job, where = for_workers(Job(str(scene_file), seed=5), str(tmp_path / "out"))

    assert dataset_of(job, where).frames() == []
    for folder, seen in (("nothing", "no dataset"), ("other", "another dataset")):
        with pytest.raises(DatasetError, match=rf"sees {seen} at .*every worker must see the folder"):
            render_range(job, str(tmp_path / folder), [0])
    assert not (tmp_path / "nothing").exists() and other.frames() == []


@pytest.mark.parametrize("options", [["--workers", "2"], ["--farm", "ray"]])
def test_memory_and_workers_are_refused_at_once(options: list[str], scene_file: Path) -> None:
    done = run("render", scene_file, "-o", "memory://out", *options, check=False)

    assert done.returncode == 4 and "memory of one process" in done.stderr and "Traceback" not in done.stderr


def test_frames_that_workers_lose_fail_the_run(
    scene_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rendersdg.farm import rendering

    def lost(job: Job, url: str, frames: list[int], workers: int, done: object) -> list[dict[str, str]]:
        render_range(job, url, frames[:-1])
        return []

    monkeypatch.setattr(rendering, "render_in_workers", lost)
    with pytest.raises(DatasetError, match=r"1 frame did not arrive whole in .* \(2\)"):
        rendering.render_scene(scene_file, tmp_path / "out", 3, 5, {}, workers=2)

    assert not (tmp_path / "out" / ".rendersdg" / "manifest").exists()
