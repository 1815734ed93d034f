"""Stores: any that fsspec knows, with what fails there, and nothing half written left behind.

The S3 tests need s3fs and moto[server], which old versions of pip do not resolve beside the rest: give them an
environment of their own (pip install -e ".[s3]" "moto[server]" pytest hypothesis).
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here
from tests.datasets import run, sums


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
            time.sleep(4)
        if fault:
            start_response("500 Internal Server Error", [("Content-Type", "application/xml")])
            return [b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"]
        return app(environ, start_response)

    server = make_server("127.0.0.1", 0, middle, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()


@pytest.mark.slow
@pytest.mark.extra
def test_s3_with_errors_and_timeouts_holds_the_same_bytes(
    scene_file: Path, whole_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    import fsspec

    def faults(method: str, path: str, turn: int) -> str | None:
        if (
            method not in ("PUT", "GET") or path.count("/") < 3 or turn > 1
        ):  # each object fails at its first request, if at all
            return None
        kind = sum(path.encode()) % 11
        return "500" if kind < 3 else "slow" if kind == 3 and path.endswith(".png") else None

    failed: list[str] = []
    for address, failed in bucket_with_faults(faults):  # noqa: B007
        options = {"endpoint_url": address, "key": "x", "secret": "y", "config_kwargs": {"read_timeout": 2}}
        monkeypatch.setenv("FSSPEC_S3", json.dumps(options))
        store = fsspec.filesystem("s3", skip_instance_cache=True, **options)
        store.mkdir("bucket")
        run("render", scene_file, "-o", "s3://bucket/out", "--seed", "5", "--workers", "2", "-q", fresh=True)
        store.invalidate_cache()
        found = {p.removeprefix("bucket/out/"): store.cat_file(p) for p in store.find("bucket/out")}

    assert {f"{kind} PUT" for kind in ("500", "slow")} <= set(failed)
    assert sorted(found) == sorted(sums(whole_dataset))
    assert all(found[p] == (whole_dataset / p).read_bytes() for p in found)


@pytest.mark.extra
def test_s3_that_stays_down_lists_nothing_half_written_as_done(
    scene_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    import fsspec

    def faults(method: str, path: str, turn: int) -> str | None:
        return "500" if (method == "PUT" and "_0005" in path) or "/00000005" in path else None

    for address, _ in bucket_with_faults(faults):
        options = {
            "endpoint_url": address,
            "key": "x",
            "secret": "y",
            "config_kwargs": {"retries": {"max_attempts": 2}},
        }
        monkeypatch.setenv("FSSPEC_S3", json.dumps(options))  # for the command
        monkeypatch.setitem(fsspec.config.conf, "s3", options)  # and for this process
        fsspec.filesystem("s3", skip_instance_cache=True, **options).mkdir("down")
        done = run("render", scene_file, "-o", "s3://down/out", "--seed", "5", "-q", check=False, fresh=True)
        dataset = Dataset(Store("s3://down/out"))
        committed = dataset.frames()

        assert done.returncode == 4 and "Traceback" not in done.stderr and "--resume" in done.stderr
        assert committed == [0, 1, 2, 3, 4] and dataset.missing(range(6)) == [5]
