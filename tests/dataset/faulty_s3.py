"""An S3 server (moto) whose requests fail in turn, through the commands of faulty.py.

``python -m tests.dataset.faulty_s3 --share 0.1`` takes a share of all requests and prints the table.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rendersdg.dataset import faults
from tests.dataset.faulty import CALLS, FAULT, Files, Shelf, Trial, run_trials, strikes, table

KINDS = ("500", "time-out", "time-out, but done", "403", "404 for present", "lost connection")
_PATIENCE = 2.0  # seconds that the client waits for an answer
_ANSWERS = {
    "500": ("500 Internal Server Error", "InternalError"),
    "403": ("403 Forbidden", "AccessDenied"),
    "404 for present": ("404 Not Found", "NoSuchKey"),
}


class Bucket(Shelf):
    """A bucket, reached by a client of its own."""

    def __init__(self, fs: Any) -> None:
        self._fs = fs

    def url(self, name: str) -> str:
        return f"s3://bucket/{name}"

    def held(self, name: str) -> Files:
        self._fs.invalidate_cache()
        return {p.removeprefix(f"bucket/{name}/"): self._fs.cat_file(p) for p in self._fs.find(f"bucket/{name}")}

    def put(self, name: str, files: Files) -> None:
        for path in self.held(name):
            self._fs.rm_file(f"bucket/{name}/{path}")
        for path, data in files.items():
            self._fs.pipe_file(f"bucket/{name}/{path}", data)


def _failing(app: Any) -> Any:
    """Return a server's application whose requests fail as FAULT says."""

    def middle(environ: dict[str, Any], start_response: Any) -> Any:
        CALLS.append(environ["REQUEST_METHOD"])
        kind = next((f.kind for f in FAULT if strikes(len(CALLS), f, f.kind)), None)
        if kind is None or (kind == "404 for present" and environ["REQUEST_METHOD"] not in ("GET", "HEAD")):
            return app(environ, start_response)
        if kind == "time-out, but done":
            answer = list(app(environ, start_response))
            time.sleep(_PATIENCE + 1)
            return answer
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if kind == "time-out":
            time.sleep(_PATIENCE + 1)
        if kind == "lost connection":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        status, code = _ANSWERS.get(kind, _ANSWERS["500"])
        start_response(status, [("Content-Type", "application/xml")])
        return [f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()]

    return middle


@contextmanager
def faulty_bucket() -> Iterator[Trial]:
    """Yield the trial of a bucket, without waits between tries."""
    import fsspec
    import s3fs
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    server = make_server("127.0.0.1", 0, _failing(DomainDispatcherApplication(create_backend_app)), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    urllib.request.urlopen(f"{address}/moto-api/reset", data=b"").close()  # its buckets belong to the process
    config = {"read_timeout": _PATIENCE, "retries": {"max_attempts": 1}}
    options = {"endpoint_url": address, "key": "x", "secret": "y"}
    before, waits, retries = fsspec.config.conf.get("s3"), faults.WAITS, s3fs.S3FileSystem.retries
    fsspec.config.conf["s3"] = options | {"config_kwargs": config}
    faults.WAITS, s3fs.S3FileSystem.retries = (0.0, 0.0), 1
    behind = s3fs.S3FileSystem(**options, skip_instance_cache=True)
    behind.mkdir("bucket")
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Trial(Path(folder), Bucket(behind))
    finally:
        faults.WAITS, s3fs.S3FileSystem.retries = waits, retries
        fsspec.config.conf["s3"] = before or {}
        server.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.1)
    chosen = parser.parse_args()
    with faulty_bucket() as under_trial:
        found, wrong = run_trials(under_trial, KINDS, random.Random(chosen.seed), chosen.share)
    print(table(found), f"{sum(c.total() for c in found.values())} runs, {len(wrong)} wrong", *wrong, sep="\n\n")
    raise SystemExit(bool(wrong))
