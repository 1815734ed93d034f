"""The scene's file: saved whole, in its own line ends, and never over what another editor wrote."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from rendersdg.errors import BadScene, DatasetError
from rendersdg.viewer.scene_file import SceneFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "scene.yaml"
    path.write_bytes(b"a: 1\n")
    return path


def test_a_saved_text_is_what_is_read_next(path: Path) -> None:
    file = SceneFile(path)

    digest = file.save("a: 2\n", file.read().digest)

    assert path.read_bytes() == b"a: 2\n"
    assert digest == file.read().digest == file.digest()


def test_nothing_is_saved_over_the_work_of_another_editor(path: Path) -> None:
    file = SceneFile(path)
    digest = file.read().digest
    path.write_bytes(b"theirs: 1\n")

    with pytest.raises(DatasetError, match="changed on disk"):
        file.save("a: 2\n", digest)
    assert path.read_bytes() == b"theirs: 1\n"
    assert file.digest() != digest


def test_a_file_that_is_gone_is_not_made_again(path: Path) -> None:
    file = SceneFile(path)
    digest = file.read().digest
    path.unlink()

    with pytest.raises(DatasetError, match="is gone"):
        file.save("a: 2\n", digest)
    assert file.digest() is None
    assert not path.exists()


def test_line_ends_and_the_mark_before_a_text_stay(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    file = SceneFile(path)

    there = file.read()
    file.save(there.text.replace("2", "3"), there.digest)

    assert there.text == "a: 1\nb: 2\n"
    assert path.read_bytes() == b"\xef\xbb\xbfa: 1\r\nb: 3\r\n"


@pytest.mark.skipif(os.name == "nt", reason="of POSIX")
def test_the_file_keeps_its_mode_and_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    file = SceneFile(link)

    file.save("a: 2\n", file.read().digest)

    assert link.is_symlink()
    assert path.read_bytes() == b"a: 2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_is_not_text_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BadScene, match="not UTF-8"):
        SceneFile(path).read()
