"""Datasets: the same bytes in parts, after any crash, and at any later time."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests import commands
from tests.datasets import SCENE, run, sums


def test_shards_of_two_machines_merge_to_the_whole(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "scene.yaml").write_text(SCENE)
    run("render", scene_file, "-o", tmp_path / "a", "--seed", "5", "--frames", "0:7", "-q")
    run("render", other / "scene.yaml", "-o", tmp_path / "b", "--seed", "5", "--frames", "7:12", "-q")
    run("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")

    assert sums(tmp_path / "out") == sums(whole_dataset)


def test_a_killed_run_resumes_to_the_same_bytes(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["render", scene_file, "-o", out, "--seed", "5", "-q"]
    process = commands.start(*command)
    deadline = time.monotonic() + 60
    while (
        len(list((out / ".rendersdg" / "frames").glob("*.record")) if out.exists() else []) < 3
        and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (out / "basic" / "rgb_0011.png.999999999.partial").write_bytes(b"half")

    run(*command, "--resume")

    assert sums(out) == sums(whole_dataset)


def test_resume_replaces_a_file_that_was_cut_short(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("render", scene_file, "-o", out, "--seed", "5", "-q")
    (out / "basic" / "rgb_0004.png").write_bytes(b"short")
    run("render", scene_file, "-o", out, "--seed", "5", "-q", "--resume")

    assert sums(out) == sums(whole_dataset)


def test_replay_and_verify_agree_and_notice_a_changed_file(scene_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("render", scene_file, "-o", out, "--seed", "5", "--frames", "4", "-q")

    assert "byte for byte" in run("replay", out, "--frame", "3", fresh=True).stdout
    assert "all as recorded" in run("verify", out).stdout
    (out / "basic" / "rgb_0003.png").write_bytes(b"other")
    altered = run("verify", out, check=False)
    assert altered.returncode == 4 and "altered: basic/rgb_0003.png" in altered.stdout


def test_another_seed_or_an_unfinished_folder_is_refused(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    again = run("render", scene_file, "-o", whole_dataset, "--seed", "5", "-q", check=False)
    other = run("render", scene_file, "-o", whole_dataset, "--seed", "6", "-q", "--resume", check=False)

    assert again.returncode == 4 and "--resume" in again.stderr
    assert other.returncode == 4 and "seed differ" in other.stderr


def test_frames_can_be_added_later(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("render", scene_file, "-o", out, "--seed", "5", "--frames", "5", "-q")
    run("render", scene_file, "-o", out, "--seed", "5", "-q", "--resume")

    assert sums(out) == sums(whole_dataset)
