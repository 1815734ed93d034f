"""Archives are looked at before they are unpacked."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from copy import copy
from pathlib import Path

import pytest

from rendersdg.archives import check_archive, is_archive, refuse_expansion
from rendersdg.assets.mirror import Mirror
from rendersdg.dataset.store import Store
from rendersdg.errors import AssetError, DatasetError, RenderSDGError, Report
from rendersdg.omni.source import source_of


def archive(file: Path, *names: str, data: bytes = b"1234", packed: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(file, "w", packed) as out:
        for name in names:
            out.writestr(name, data)
    return file


def test_an_honest_archive_passes(tmp_path: Path) -> None:
    file = archive(tmp_path / "a.zip", "a/", "a/b.png", "ü.txt")

    check_archive(file, is_stored=True)
    assert is_archive(file) and not is_archive(Path(__file__))


@pytest.mark.parametrize("name", ["../a", "/a", "a//b", "a/../../b", "C:/a"])
def test_a_member_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"a\.zip: the member .* is refused"):
        check_archive(archive(tmp_path / "a.zip", "fine", name), error=AssetError)


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr(link, "/etc/passwd")

    with pytest.raises(DatasetError, match="'link' is a symbolic link"):
        check_archive(tmp_path / "a.zip")


def test_an_archive_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
        out.open("zeros", "w", force_zip64=True) as member,
    ):
        for _ in range(257):
            member.write(bytes(1 << 20))

    with pytest.raises(DatasetError, match="would unpack to 269,484,032"):
        check_archive(tmp_path / "a.zip")
    refuse_expansion(256 << 20, 1, "a.zip")  # what any archive may do
    refuse_expansion(20 << 30, 1 << 30, "a.zip")
    with pytest.raises(DatasetError):
        refuse_expansion((20 << 30) + 1, 1 << 30, "a.zip")


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("a", bytes(2000))
        for name in "bcdef":  # entries of the directory that all point to the first member
            entry = copy(out.filelist[0])
            entry.filename = name
            out.filelist.append(entry)

    with pytest.raises(DatasetError, match="members overlap"):
        check_archive(file)


def test_a_compressed_member_is_refused_where_none_is_expected(tmp_path: Path) -> None:
    file = archive(tmp_path / "a.zip", "a", packed=zipfile.ZIP_DEFLATED)

    check_archive(file)
    with pytest.raises(DatasetError, match="'a' is compressed"):
        check_archive(file, is_stored=True)


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04 and nothing more"])
def test_what_is_not_an_archive_is_told(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(data)

    with pytest.raises(DatasetError, match="is not an archive that can be read"):
        check_archive(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["../a", "/a", "a//b"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_as_a_place_of_files_is_looked_at(kind: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / f"a.{kind}"
    if kind == "zip":
        archive(file, "dataset/a", name)
    else:
        with tarfile.open(file, "w") as out:
            for member in ("dataset/a", name):
                out.addfile(tarfile.TarInfo(member), io.BytesIO())
    for make in (Store, lambda url: Mirror(url, Report())):
        with pytest.raises(RenderSDGError, match="is refused"):
            make(f"{kind}://::{file}")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_a_tar_are_refused(kind: bytes, tmp_path: Path) -> None:
    member = tarfile.TarInfo("a")
    member.type, member.linkname = kind, "/etc/passwd"
    with tarfile.open(tmp_path / "a.tar", "w") as out:
        out.addfile(member)

    with pytest.raises(DatasetError, match="'a' is a link or not a plain file"):
        Store(f"tar://::{tmp_path / 'a.tar'}")


def test_honest_archives_are_places_of_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as out:
        out.add(tmp_path / "a", "folder/a")
    archive(tmp_path / "a.zip", "folder/", "folder/a", data=b"text")

    assert Store(f"zip://folder::{tmp_path / 'a.zip'}").read("a") == b"text"
    assert Store(f"tar://folder::{tmp_path / 'a.tar.gz'}").read("a") == b"text"


@pytest.mark.parametrize("read", [is_archive, source_of])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, read: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(RenderSDGError, match="a pipe or a device"):
        read(tmp_path / "pipe")
