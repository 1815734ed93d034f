"""Whatever is damaged in a dataset: verify finds it, and --resume makes it good or refuses."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError
from tests.dataset.mutations import MUTATIONS, OWN, make, outcome, silent_bytes, targets, verified
from tests.datasets import resealed, run, sums


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A whole dataset, and another one of another seed; only to be read."""
    folder = tmp_path_factory.mktemp("mutated")
    return make(folder / "whole"), make(folder / "other", seed=1)


def test_verify_finds_every_mutation_of_every_class_of_bytes(made: tuple[Path, Path], tmp_path: Path) -> None:
    whole, other = made
    root = Dataset(Store(str(whole))).manifest()["root"]
    silent = []
    for target in targets(whole):
        for name, mutate in MUTATIONS.items():
            place = tmp_path / f"{target.name} {name}"
            shutil.copytree(whole, place)
            mutate(place, other, target)
            if sums(place) != sums(whole) and not verified(place, root):
                silent.append(place.name)

    assert silent == []
    assert verified(whole, root) == ""


@pytest.mark.parametrize("number", range(8))
def test_resume_makes_good_or_refuses_what_is_damaged(number: int, made: tuple[Path, Path], tmp_path: Path) -> None:
    target = targets(made[0])[number]
    names = list(MUTATIONS)
    for name in (names[(2 * number) % len(names)], names[(5 * number + 1) % len(names)]):
        one = outcome(*made, target, name, tmp_path / "scratch")

        assert one is None or (one.found and one.is_good), (target.name, name, one)


def test_no_byte_of_a_datasets_own_files_changes_unseen(made: tuple[Path, Path], tmp_path: Path) -> None:
    count, silent = silent_bytes(made[0], tmp_path / "scratch", pictures=3, every=29)

    assert silent == [] and count > 200


def test_a_root_that_was_noted_tells_a_manifest_that_was_made_anew(made: tuple[Path, Path], tmp_path: Path) -> None:
    root = Dataset(Store(str(made[0]))).manifest()["root"]
    shutil.copytree(made[0], tmp_path / "set")
    resealed(tmp_path / "set" / OWN / "manifest", '"kind": "note"', '"kind": "none"')
    with_root = run("verify", tmp_path / "set", "--root", root, check=False)

    assert run("verify", tmp_path / "set", "-q").returncode == 0
    assert with_root.returncode == 4 and f"not {root}: this is another dataset" in with_root.stdout


def test_resume_says_once_what_it_renders_anew_and_stat_is_fooled_by_time_alone(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    scene, place = made[0].parent / "scene.yaml", tmp_path / "set"
    shutil.copytree(made[0], place)  # with the times of all files
    picture = place / "basic" / "rgb_0001.png"
    picture.write_bytes(bytes([picture.read_bytes()[0] ^ 1]) + picture.read_bytes()[1:])
    later = run("render", scene, "-o", place, "--resume", "--check", "stat")

    assert "rendered anew, since damaged: 1 frame (frame 1: basic/rgb_0001.png is not what" in later.stdout
    assert sums(place) == sums(made[0])
    assert "give --resume, too" in run("render", scene, "-o", place, "--check", "stat", check=False).stderr


@pytest.mark.parametrize("own", [{}, {"own": "x"}])
def test_a_dataset_of_the_old_format_is_verified_and_not_continued(tmp_path: Path, own: dict[str, str]) -> None:
    header = {"format": "rendersdg-dataset-1", "seed": 1}
    digest = sha256(b"x").hexdigest()
    record = {"frame": 0, "files": {"a.png": {"sha256": digest, "bytes": 1}}, "fragments": {}, "plan": {}}
    manifest = {**header, "frames": [0], "report": [], "files": {"a.png": digest}, **own}
    (tmp_path / OWN / "frames").mkdir(parents=True)
    (tmp_path / "a.png").write_bytes(b"x")
    for path, tree in (("dataset", header), ("frames/00000000.record", record), ("manifest", manifest)):
        (tmp_path / OWN / path).write_text(json.dumps(tree))
    dataset = Dataset(Store(str(tmp_path)))

    assert dataset.verify() == []
    with pytest.raises(DatasetError, match="an older rendersdg made it"):
        dataset.open({**header, "format": "rendersdg-dataset-2"}, {}, resume=True)
    (tmp_path / "a.png").write_bytes(b"y")
    assert dataset.verify() == ["altered: a.png"]
