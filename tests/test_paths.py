"""Paths that data names: what is inside a folder, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rendersdg.errors import AssetError, DatasetError
from rendersdg.paths import inside, plain_name, relative_path, split_member

PARTS = st.sampled_from(["a", "b.png", "..", ".", "", "C:", "\\", "a\\b", "\0", "...", "é", "\ud800", "a:b", " "])


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("../x", "upwards"),
        ("a/../b", "upwards"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        ("./a", "part ."),
        ("C:/x", "drive letter"),
        ("c:x", "drive letter"),
        ("a\\..\\b", "backslash"),
        ("a\0b", "control character"),
        ("a\nb", "control character"),
        ("\ud800", "not valid Unicode"),
        ("", "empty"),
        (5, "an? int"),
        (None, "a NoneType"),
        (["a"], "a list"),
    ],
)
def test_a_path_that_may_lead_elsewhere_is_refused_with_the_reason(path: object, reason: str) -> None:
    with pytest.raises(DatasetError, match=reason) as told:
        relative_path(path, "the file")

    assert str(told.value).startswith("the file ") and "\n" not in str(told.value) and "\0" not in str(told.value)


@pytest.mark.parametrize("path", ["a", "rgb/0001.png", "a b/ü.png", "..a/b..", ".rendersdg/dataset", "part:1"])
def test_other_paths_are_as_they_are(path: str, tmp_path: Path) -> None:
    assert relative_path(path) == path
    assert inside(tmp_path, path) == tmp_path / path


@given(st.lists(PARTS, min_size=1, max_size=5).map("/".join))
@example("//")
def test_what_is_let_in_never_leaves_the_folder(path: str) -> None:
    folder = "/some/folder"
    try:
        found = inside(folder, path)
    except DatasetError:
        return

    assert os.path.normpath(found) == f"{folder}/{path}"  # one spelling a file, and below the folder


def test_a_link_is_followed_inside_of_the_folder_alone(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "out-2"
    (out / "deep").mkdir(parents=True)
    elsewhere.mkdir()
    (tmp_path / "link").symlink_to(out)  # the folder itself may be a link
    (out / "near").symlink_to("deep")
    (out / "far").symlink_to("../out-2")  # its name begins like the folder's
    (out / "loop").symlink_to("loop")
    (out / "broken").symlink_to("/nowhere/at/all")

    assert inside(tmp_path / "link", "near/a.png") == tmp_path / "link" / "near" / "a.png"
    for path in ("far", "far/a.png", "broken"):
        with pytest.raises(DatasetError, match="a symbolic link leads out of"):
            inside(tmp_path / "link", path)
    with pytest.raises(OSError):
        inside(out, "loop").read_bytes()


def test_a_name_is_not_a_path() -> None:
    assert plain_name("scene.yaml") == "scene.yaml"
    for name in ("a/b", "..", ".", "", "/a"):
        with pytest.raises(AssetError, match="is refused"):
            plain_name(name, "the name", AssetError)


def test_a_long_path_is_not_told_in_full() -> None:
    with pytest.raises(DatasetError) as told:
        relative_path("../" * 10_000)

    assert len(str(told.value)) < 500


@pytest.mark.parametrize(
    ("path", "file", "member"),
    [
        ("kit.usdz[a.png]", "kit.usdz", "a.png"),
        ("kit.usdz[b.usdz[c.png]]", "kit.usdz", "b.usdz[c.png]"),
        ("[a]/kit.usdz[a[1].png]", "[a]/kit.usdz", "a[1].png"),
        ("[a]_latch.stl", "[a]_latch.stl", ""),
        ("latch]", "latch]", ""),
        ("kit.usdz[a]]", "kit.usdz", "a]"),
    ],
)
def test_a_member_of_a_package_stands_in_the_brackets_that_end_a_path(path: str, file: str, member: str) -> None:
    assert split_member(path) == (file, member)
