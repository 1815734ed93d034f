"""The command that shows a set in the browser: a real process, from the printed address to Ctrl+C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from tests.conftest import ROOT
from tests.viewer.sets import coco_set

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.extra


def refused(*arguments: str) -> str:
    return str(CliRunner().invoke(app, ["view", "--no-open", *arguments]).exception)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is a signal of POSIX")
def test_the_command_prints_an_address_that_answers_and_ends_with_an_interrupt(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rendersdg", "view", str(coco_set(tmp_path)), "--no-open", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S{32}", process.stdout.readline())
        assert found is not None
        with urllib.request.urlopen(found[0], timeout=20) as answer:
            page, cookie = answer.read(), answer.headers["set-cookie"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(found[0].partition("?")[0], timeout=20)
        process.send_signal(signal.SIGINT)
        process.wait(30)

        assert b"frames.js" in page and "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert process.returncode == 0
        assert "Traceback" not in process.stderr.read()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert f"--port {port} cannot be used" in refused(str(coco_set(tmp_path)), "--port", str(port))


def test_what_cannot_be_viewed_is_told(tmp_path: Path) -> None:
    folder = coco_set(tmp_path / "set")
    (tmp_path / "empty").mkdir()

    assert "is not there" in refused(str(tmp_path / "nothing"))
    assert "is not there" in refused(str(tmp_path / "nothing.yaml"))
    assert "looks like no layout" in refused(str(tmp_path / "empty"))
    assert "is not a folder" in refused(str(folder), "--also", str(tmp_path / "nothing"))
    assert "--data is" in refused(str(folder), "--data", "x")
