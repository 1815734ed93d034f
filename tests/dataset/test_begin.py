"""How a dataset begins and is counted: one maker, whatever else happens at that moment, and every frame at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.dataset.dataset import HEADER, Dataset, FrameResult
from rendersdg.dataset.records import INPUTS
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError

SOURCES = {"scene.yaml": b"scene", "profiles/a.yaml": b"profile"}


def begun(folder: Path, seed: int = 1) -> Dataset:
    dataset = Dataset(Store(str(folder)))
    dataset.open({"seed": seed}, SOURCES, resume=False)
    return dataset


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("resume", [False, True])
def test_who_comes_second_with_another_header_changes_nothing(
    resume: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(tmp_path)
    before = files(tmp_path)
    second = Dataset(Store(str(tmp_path)))
    looks = iter([None])  # the second one looks when the first has not begun yet
    real = second.header
    monkeypatch.setattr(second, "header", lambda: next(looks, real()))

    with pytest.raises(DatasetError, match=r"seed differ" if resume else "holds a dataset already"):
        second.open({"seed": 2}, {"scene.yaml": b"other"}, resume=resume)
    assert files(tmp_path) == before


def test_a_command_killed_between_header_and_scene_is_continued_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(tmp_path / "whole")
    store = Store(str(tmp_path / "killed"))
    monkeypatch.setattr(store, "write_all", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Dataset(store).open({"seed": 1}, SOURCES, resume=False)
    assert list(files(tmp_path / "killed")) == [HEADER]

    Dataset(Store(str(tmp_path / "killed"))).open({"seed": 1}, SOURCES, resume=True)

    assert files(tmp_path / "killed") == files(tmp_path / "whole")


def test_frames_without_a_header_are_not_begun_anew(tmp_path: Path) -> None:
    dataset = begun(tmp_path)
    dataset.commit(FrameResult(0, {"a.png": b"a"}, {}, {}))
    (tmp_path / HEADER).unlink()
    before = files(tmp_path)

    for resume in (False, True):
        with pytest.raises(DatasetError, match=r"00000000.record and no whole .rendersdg/dataset"):
            dataset.open({"seed": 2}, SOURCES, resume=resume)
    assert files(tmp_path) == before


def test_frames_that_did_not_arrive_are_named(tmp_path: Path) -> None:
    dataset = begun(tmp_path)
    for frame in range(4):
        dataset.commit(FrameResult(frame, {f"{frame}.png": b"pixels"}, {}, {}))
    dataset.finish(lambda fragments, read: {}, [], wanted=range(4))
    (tmp_path / "2.png").write_bytes(b"pix")
    (tmp_path / "3.png").unlink()

    with pytest.raises(
        DatasetError, match=r"3 frames did not arrive whole in .* \(2, 3, 4\): of frame 2, 2.png is not"
    ):
        dataset.finish(lambda fragments, read: {}, [], wanted=range(5))


def test_a_header_that_the_store_denies_is_not_one_without_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset(Store("memory://denied"))
    dataset.open({"inputs": {"a.usd": "1" * 64}}, {}, resume=False)
    dataset.origin()
    size = dataset.store.size
    monkeypatch.setattr(dataset.store, "size", lambda path: None if path == HEADER else size(path))
    with pytest.raises(DatasetError, match="holds no dataset"):
        dataset.commit(FrameResult(0, {"a.png": b"a"}, {}, {}, inputs={"a.usd": "1" * 64}))

    assert dataset.store.names(INPUTS.rstrip("/")) == []


def test_records_without_a_header_are_not_taken_for_none(tmp_path: Path) -> None:
    assert Dataset(Store(str(tmp_path))).recorded() == []
    begun(tmp_path).commit(FrameResult(0, {"a.png": b"a"}, {}, {}))
    store = Store(str(tmp_path))
    store.remove(HEADER)

    with pytest.raises(DatasetError, match="and no whole"):
        Dataset(store).recorded()


def test_a_place_that_cannot_be_used_is_known_before_anything_else(tmp_path: Path) -> None:
    begun(tmp_path / "there")
    (tmp_path / "file").write_text("")
    (tmp_path / "free").mkdir()

    for place, resume, said in (
        ("there", False, "holds a dataset already"),
        ("file", False, "is a file"),
        ("file/below/it", True, "is a file"),
    ):
        with pytest.raises(DatasetError, match=said):
            Dataset(Store(str(tmp_path / place))).require_usable(resume=resume)
    for place, resume in (("there", True), ("free", False), ("free/new/folder", True)):
        Dataset(Store(str(tmp_path / place))).require_usable(resume=resume)
    assert not (tmp_path / "free" / "new").exists()
