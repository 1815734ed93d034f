"""A server under attack: it listens where it should, keeps its model, bounds its memory, and goes on answering."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.commands import rendersdg
from tests.served import Server, colour_model, flat, free_port, served
from tests.unfinished import SlowCalls, Unfinished, head_of

pytest.importorskip("openvino")
pytest.importorskip("uvicorn")
http = pytest.importorskip("tritonclient.http")
grpc = pytest.importorskip("tritonclient.grpc")
load = pytest.importorskip("tests.bench.service_load")

pytestmark = pytest.mark.extra

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return colour_model(tmp_path_factory.mktemp("colours"))


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[Server]:
    with served(model, "--timeout", 1, "--max-memory", "64M", "--max-body", "8M", "--max-pixels", "4M") as running:
        yield running
        text = running.log.read_text()
    assert "Traceback" not in text and running.process.returncode == 0, text[-3000:]


def listening(port: int) -> set[str]:
    """Return the addresses, in hexadecimal, at which this machine listens on a port."""
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    places = [line[1].split(":") for line in lines if line[3] == "0A"]
    return {address[-8:] for address, number in places if int(number, 16) == port}  # of IPv6, the IPv4 in it


@LINUX
def test_it_listens_to_this_machine_alone_unless_told(server: Server, model: Path) -> None:
    assert listening(server.port) == listening(server.grpc_port) == {"0100007F"}
    with served(model, "--host", "0.0.0.0") as other:
        assert listening(other.port) == listening(other.grpc_port) == {"00000000"}
        text = other.log.read_text()
    assert text.count("no token is asked for") == 1 and "no token" not in server.log.read_text()


def test_tritonclient_cannot_unload_the_model(server: Server) -> None:
    for kind, port in ((http, server.port), (grpc, server.grpc_port)):
        with kind.InferenceServerClient(f"127.0.0.1:{port}") as client:
            for call in (client.load_model, client.unload_model):
                with pytest.raises(Exception, match="not loaded or unloaded"):
                    call("detector")
            assert client.is_model_ready("detector")


def test_the_list_of_models_is_read_by_tritonclient(server: Server) -> None:
    with http.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        assert client.get_model_repository_index() == [{"name": "detector", "version": "1", "state": "READY"}]
        assert client.get_model_metadata("detector", "1")["versions"] == ["1"]
    with grpc.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as client:
        assert [m.name for m in client.get_model_repository_index().models] == ["detector"]
        assert list(client.get_model_metadata("detector").versions) == ["1"]


@LINUX
def test_unfinished_requests_hold_little_and_keep_nobody_out(server: Server) -> None:
    assert load.good(server, 20, 2) == {"right": 20}
    before = load.memory_mb(server)
    load.forget_peak(server)
    with Unfinished(server, 24, 7_900_000, heads=60, half_grpc=30), SlowCalls(server, 24, 7_900_000) as slow:
        slow.wait(1)
        start = time.monotonic()
        assert load.good(server, 12, 3) == {"right": 12}
        assert time.monotonic() - start < 20
        peak = load.memory_mb(server, "VmHWM")

    assert peak - before < 2 * 64, (before, peak)  # 380 MB were sent


def test_a_body_that_stops_is_told_in_time(server: Server) -> None:
    with load.Client(server) as client:
        start = time.monotonic()
        assert client.raw(head_of(100) + b"x", patience_s=15) == 408
        assert time.monotonic() - start < 10


def test_changed_requests_are_answered_or_refused(server: Server) -> None:
    came = load.hostile(server, 300, seed=17, clients=4)

    assert [status for status in came if not load.is_allowed(status)] == [] and came["OK"] and came["200"]
    assert load.good(server, 8, 2) == {"right": 8}


def tiff_with_a_huge_tile() -> bytes:
    """Return a TIFF of 16 x 16 pixels that says its one tile has 30,000 x 30,000."""
    tags = [
        (256, 16),
        (257, 16),
        (258, 8),
        (259, 1),
        (262, 1),
        (277, 1),
        (322, 30_000),
        (323, 30_000),
        (324, 8),
        (325, 9),
    ]
    entries = b"".join(
        np.array([tag, 4], "<u2").tobytes() + np.array([1, value], "<u4").tobytes() for tag, value in tags
    )
    return b"II*\0\x10\0\0\0" + b"x" * 8 + len(tags).to_bytes(2, "little") + entries + b"\0" * 4


@LINUX
def test_images_that_unpack_to_much_are_refused_by_their_headers(server: Server) -> None:
    bombs = [cv2.imencode(s, np.zeros((9000, 9000), np.uint8))[1].tobytes() for s in (".png", ".webp", ".tiff", ".jpg")]
    load.forget_peak(server)
    before = load.memory_mb(server)
    with load.Client(server) as client:
        for bomb in [b for b in (*bombs, tiff_with_a_huge_tile()) if len(b) < 8_000_000]:
            status, body = client.http("/find", bomb)
            assert status == 400 and "at most 4,000,000 pixels" in json.loads(body)["error"]

    assert load.memory_mb(server, "VmHWM") - before < 40


def test_long_thin_images_are_answered(server: Server) -> None:
    with load.Client(server) as client:
        for size_wh in ((1, 1), (60_000, 1), (1, 60_000), (3, 2)):
            status, body = client.http("/find", flat((255, 0, 0), size_wh))
            assert status == 200, (size_wh, body)


def test_the_page_runs_its_own_script_alone(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/") as answer:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff" and "server" not in answer.headers


def test_a_token_from_a_file_and_tls_guard_both_ports(model: Path, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate, token = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "token"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    token.write_text("s3cret-token\n")
    with served(model, "--token-file", token, "--tls-cert", certificate, "--tls-key", key) as server:
        context = ssl.create_default_context(cafile=str(certificate))
        shown = {"Authorization": "Bearer s3cret-token"}
        secure = http.InferenceServerClient(
            f"localhost:{server.port}", ssl=True, ssl_options={"ca_certs": str(certificate)}
        )
        assert secure.get_model_metadata("detector", headers=shown)["name"] == "detector"
        with pytest.raises(Exception, match="token"):
            secure.get_model_metadata("detector")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"https://localhost:{server.port}/v2", context=context)
        with urllib.request.urlopen(f"https://localhost:{server.port}/v2/health/ready", context=context) as answer:
            assert answer.status == 200
        client = grpc.InferenceServerClient(
            f"localhost:{server.grpc_port}", ssl=True, root_certificates=str(certificate)
        )
        assert client.is_server_live() and client.is_model_ready(
            "detector", headers={"authorization": shown["Authorization"]}
        )
        with pytest.raises(Exception, match="token"):
            client.is_model_ready("detector")
        command = Path(f"/proc/{server.process.pid}/cmdline")
        assert not command.exists() or b"s3cret" not in command.read_bytes()
        assert "s3cret" not in server.log.read_text()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--token-file", "nowhere"], "--token-file nowhere cannot be read"),
        (["--token", ""], "--token is empty"),
        (["--token", "two words"], "no blanks"),
        (["--tls-cert", "nowhere.pem"], "given together"),
        (["--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem"], "cannot be used"),
        (["--host", "no such host"], "not an address"),
        (["--host", "192.0.2.1"], "cannot be listened on at 192.0.2.1"),
        (["--max-body", "much"], "--max-body 'much' is not a number such as"),
        (["--max-body", "300M"], "too small for bodies"),
        (["--name", "a/b"], "other characters"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_options_are_told(model: Path, options: list[str], told: str) -> None:
    assert told in re.sub(r"\s+", " ", rendersdg("serve", model, *options, code=2))


def test_a_taken_grpc_port_is_told(model: Path, server: Server) -> None:
    text = rendersdg("serve", model, "--port", free_port(), "--grpc-port", server.grpc_port, code=2)

    assert f"--grpc-port {server.grpc_port} cannot be listened on" in text


def test_a_token_in_the_environment_counts(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDERSDG_TOKEN", "from-outside")
    with served(model) as server, load.Client(server) as client:
        statuses: list[Any] = [
            client.http("/v2", None, headers)[0] for headers in ({}, {"Authorization": "Bearer from-outside"})
        ]

    assert statuses == [401, 200]
