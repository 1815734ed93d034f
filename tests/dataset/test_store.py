"""Stores: any that fsspec knows, with what fails there, and nothing half written left behind.

The S3 tests need s3fs and moto[server], which old versions of pip do not resolve beside the rest: give them an
environment of their own (pip install -e ".[s3]" "moto[server]" pytest hypothesis).
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rendersdg.cli.rendering import render
from rendersdg.dataset import faults
from rendersdg.dataset.dataset import Dataset, FrameResult
from rendersdg.dataset.places import Folder, Remote
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError, MissingFile, RenderSDGError
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here
from rendersdg.files import Disk
from tests.datasets import sums


def test_any_fsspec_store_will_do(scene_file: Path, whole_dataset: Path) -> None:
    store = Store("memory://dataset")
    dataset = Dataset(store)
    with opened(Job(str(scene_file), seed=5)) as (session, sources):
        dataset.open(session.header(sources, ()), {}, resume=False)
        render_here(session, dataset, [0, 1], lambda frame, seconds: None)
        dataset.finish(session.finisher(), [])

    assert dataset.verify() == []
    assert store.read("basic/rgb_0000.png") == (whole_dataset / "basic" / "rgb_0000.png").read_bytes()


@pytest.mark.parametrize("path", ["../escape", "/escape", "a//b", "a/../../b", "C:/x", "a\\b", ""])
def test_no_file_leaves_the_folder(path: str, tmp_path: Path) -> None:
    for store in (Store("memory://x"), Store(str(tmp_path / "out"))):
        for use in (store.read, store.remove, store.size, lambda path: store.write(path, b"")):  # noqa: B023
            with pytest.raises(DatasetError, match="is refused"):
                use(path)

    assert list(tmp_path.iterdir()) == []


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    out, secret = tmp_path / "out", tmp_path / "elsewhere" / "secret"
    secret.parent.mkdir()
    secret.write_text("secret")
    out.mkdir()
    (out / "folder").symlink_to(secret.parent)
    (out / "file").symlink_to(secret)
    store = Store(str(out))
    for path in ("file", "folder/secret"):
        with pytest.raises(DatasetError, match="symbolic link leads out"):
            store.read(path)
        with pytest.raises(DatasetError, match="symbolic link leads out"):
            store.write(path, b"overwritten")

    assert secret.read_text() == "secret"


def test_a_sweep_leaves_what_a_living_process_writes(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        alive, dead = tmp_path / f"a.png.{sleeper.pid}.partial", tmp_path / "b.png.999999999.partial"
        for path in (alive, dead):
            path.write_bytes(b"half")
        Store(str(tmp_path)).sweep()

        assert alive.exists()
        assert not dead.exists()
    finally:
        sleeper.kill()
        sleeper.wait()
    Store(str(tmp_path)).sweep()

    assert not alive.exists()


def test_what_a_worker_leaves_that_outlived_its_parent_goes_at_the_end(tmp_path: Path) -> None:
    dataset = Dataset(Store(str(tmp_path)))
    dataset.open({}, {}, resume=False)
    dataset.commit(FrameResult(0, {"a.png": b"whole"}, {}, {}))
    left = tmp_path / "b.png.999999999.partial"
    left.write_bytes(b"half")  # after the dataset was opened, which removes such files, too
    dataset.finish(lambda parts, read: {}, [])

    assert not left.exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not a place"),
        ("a\0b", "not a place"),
        ("a::b", "'a' is not a protocol"),
        ("nowhere://a", "'nowhere' is not a protocol"),
        ("S3://bucket/a", "'S3' is not a protocol"),
        ("zip://", "names no place"),
        ("ftp://", "names no place"),
        ("s3://", "names no place"),
        ("file://", "names no place"),
        ("s3:/bucket/a", "did you mean s3://bucket/a"),
        ("memory:a", "did you mean memory://a"),
        ("simplecache::memory://a", "leave it out"),
        ("ftp://localhost:1/a", "cannot be opened: .*refused"),
        ("zip://a::/nowhere/b.zip", "cannot be opened: No such file"),
    ],
)
def test_what_is_no_place_is_told_before_anything_is_made(
    url: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(faults, "WAITS", ())
    with pytest.raises(DatasetError, match=says):
        Store(url)

    assert list(tmp_path.iterdir()) == [] and capfd.readouterr().err == ""


def test_a_folder_is_not_taken_for_a_file_nor_a_file_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"text")
    local, memory = Store(str(tmp_path)), Store("memory://mistaken")
    memory.write("folder/file", b"text")

    for store in (local, memory):
        with pytest.raises(DatasetError, match="a folder stands where a file is needed"):
            store.size("folder")
    for use in (local.size, local.read, lambda path: local.write(path, b"")):
        with pytest.raises(DatasetError, match="a file stands where a folder is needed"):
            use("file/below")
    assert local.size("other") is None and memory.size("other") is None and local.names("other") == []
    with pytest.raises(MissingFile):
        memory.read("other")


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="needs a user whose rights count")
def test_a_folder_that_may_not_be_read_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0)
    try:
        for use in (lambda: Store(str(tmp_path)).names(), lambda: Store(str(tmp_path)).size("a/b")):
            with pytest.raises(DatasetError, match="change the rights"):
                use()
    finally:
        (tmp_path / "a").chmod(0o700)


def test_of_those_who_create_a_file_one_does(tmp_path: Path) -> None:
    code = (
        "import sys, time; from rendersdg.dataset.store import Store; store = Store(sys.argv[1]);"
        "[time.sleep(max(0, float(sys.argv[2]) + k / 50 - time.time())) or "
        "print(int(store.create(f'{k}', sys.argv[3].encode())), end='') for k in range(50)]"
    )
    begin = str(time.time() + 1.5)
    twins = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), begin, name], stdout=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    a, b = (twin.communicate()[0] for twin in twins)

    assert len(a) == 50 and all(x != y for x, y in zip(a, b))
    assert ["ab"[int(y)] for y in b] == [(tmp_path / str(k)).read_text() for k in range(50)]
    assert len(list(tmp_path.iterdir())) == 50


def test_a_file_system_without_links_creates_all_the_same(tmp_path: Path) -> None:
    class Unlinked(Disk):
        def link(self, path: str, target: str) -> None:
            raise OSError(errno.EOPNOTSUPP, "not supported")

    store = Store(str(tmp_path), Folder(str(tmp_path), Unlinked()))

    assert (store.create("a", b"first"), store.create("a", b"second")) == (True, False)
    assert store.read("a") == b"first" and store.names() == ["a"]


def test_a_store_without_conditions_creates_by_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Remote, "_keeps", lambda *_: False)
    store = Store("memory://claims")
    assert (store.create("a", b"first"), store.create("a", b"second")) == (True, False)
    store.write("b.claims.partial/somebody", b"else's")

    assert store.create("b", b"") is False
    assert store.names() == ["a"] and store.read("a") == b"first"


def bucket_with_faults(faults: Callable[[str, str, int], str | None]) -> Iterator[tuple[str, list[str]]]:
    """Serve S3 (moto) whose requests fail as ``faults(method, path, turn)`` says: "500", "slow" or None; yield address
    and what failed.
    """
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = DomainDispatcherApplication(create_backend_app)
    turns: dict[tuple[str, str], int] = {}
    told: list[str] = []

    def middle(environ: dict[str, Any], start_response: Any) -> Any:
        key = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        turns[key] = turns.get(key, 0) + 1
        fault = faults(*key, turns[key])
        if fault:
            told.append(f"{fault} {key[0]}")
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if fault == "slow":
            time.sleep(1.5)
        if fault:
            start_response("500 Internal Server Error", [("Content-Type", "application/xml")])
            return [b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"]
        return app(environ, start_response)

    server = make_server("127.0.0.1", 0, middle, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    urllib.request.urlopen(f"{address}/moto-api/reset", data=b"").close()  # its buckets belong to the process
    yield address, told
    server.shutdown()


@pytest.mark.slow
@pytest.mark.extra
def test_s3_with_errors_and_timeouts_holds_the_same_bytes(
    scene_file: Path, whole_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    import fsspec

    def fault(method: str, path: str, turn: int) -> str | None:
        if (
            method not in ("PUT", "GET") or path.count("/") < 3 or turn > 1
        ):  # each object fails at its first request, if at all
            return None
        kind = sum(path.encode()) % 11
        return "500" if kind < 3 else "slow" if kind == 3 and path.endswith(".png") else None

    failed: list[str] = []
    for address, failed in bucket_with_faults(fault):  # noqa: B007
        options = {"endpoint_url": address, "key": "x", "secret": "y", "config_kwargs": {"read_timeout": 1}}
        monkeypatch.setenv("FSSPEC_S3", json.dumps(options))  # for the workers
        monkeypatch.setitem(fsspec.config.conf, "s3", options)  # and for this process
        store = fsspec.filesystem("s3", skip_instance_cache=True, **options)
        store.mkdir("bucket")
        render(scene=scene_file, out="s3://bucket/out", seed=5, workers=2, quiet=True)
        store.invalidate_cache()
        found = {p.removeprefix("bucket/out/"): store.cat_file(p) for p in store.find("bucket/out")}

    assert {f"{kind} PUT" for kind in ("500", "slow")} <= set(failed)
    assert sorted(found) == sorted(sums(whole_dataset))
    assert all(found[p] == (whole_dataset / p).read_bytes() for p in found)


@pytest.mark.extra
def test_s3_that_stays_down_lists_nothing_half_written_as_done(
    scene_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    import fsspec

    def fault(method: str, path: str, turn: int) -> str | None:
        return "500" if (method == "PUT" and "_0005" in path) or "/00000005" in path else None

    for address, _ in bucket_with_faults(fault):
        options = {
            "endpoint_url": address,
            "key": "x",
            "secret": "y",
            "config_kwargs": {"retries": {"max_attempts": 2}},
        }
        monkeypatch.setitem(fsspec.config.conf, "s3", options)
        monkeypatch.setattr(faults, "WAITS", (0.0, 0.1))
        fsspec.filesystem("s3", skip_instance_cache=True, **options).mkdir("down")
        with pytest.raises(RenderSDGError, match="--resume") as told:
            render(scene=scene_file, out="s3://down/out", seed=5, quiet=True)
        dataset = Dataset(Store("s3://down/out"))
        committed = dataset.frames()

        assert told.value.exit_code == 4
        assert committed == [0, 1, 2, 3, 4] and dataset.missing(range(6)) == [5]
