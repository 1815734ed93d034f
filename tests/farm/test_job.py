"""Jobs: small, and found by any worker."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from rendersdg.farm.job import Job, opened


def test_another_process_finds_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    job = Job("a/scene.yaml", 5, assets=(("lib", "assets"), ("far", "s3://bucket/lib")), folder="textures")

    there = pickle.loads(pickle.dumps(job)).absolute()

    assert (there.scene, there.folder, there.seed) == (str(tmp_path / "a/scene.yaml"), str(tmp_path / "textures"), 5)
    assert there.assets == (("lib", str(tmp_path / "assets")), ("far", "s3://bucket/lib")) and there.absolute() == there


def test_a_job_is_opened_with_its_seed_and_its_sources(scene_file: Path) -> None:
    with opened(Job(str(scene_file), seed=5)) as (session, sources):
        assert list(sources.values()) == [scene_file.read_text()]
        assert session.length() == 12 and session.seed == 5
