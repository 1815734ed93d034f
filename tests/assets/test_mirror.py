"""Copies of a library: a file comes with all that a file names, anew when it changed,
and used when they are down.
"""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rendersdg.assets.mirror import Mirror
from rendersdg.cli import app
from rendersdg.errors import AssetError, Report
from tests.assets.small_library import UNDER, copies, library


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("things/mesh.obj", {"things/mesh.mtl", "shared/textures/red.png"}),
        ("things/scene.gltf", {"things/data.bin"}),
        ("shared/textures/red.png", set()),
    ],
)
def test_meshes_come_with_their_materials_and_buffers(memory: Any, tmp_path: Path, name: str, needs: set[str]) -> None:
    assert Mirror("memory://lib/NVIDIA", Report()).file(name) is not None

    assert copies(tmp_path) == {name, *needs}


@pytest.mark.parametrize(
    ("name", "content", "needs"),
    [
        ("a.obj", "mtllib my looks.mtl\n", {"my looks.mtl", "my wood.png"}),
        ("a.mtl", "newmtl a\nmap_Kd -s 2 2 1 my wood.png\nrefl sky.png\n", {"my wood.png", "sky.png"}),
        ("a.dae", "<a><init_from>my%20wood.png</init_from><init_from><ref>sky.png</ref></init_from></a>", None),
        ("a.ply", "ply\ncomment TextureFile my wood.png\ncomment TextureFile sky.png\nend_header\n", None),
    ],
)
def test_mesh_files_come_with_their_images(
    memory: Any, tmp_path: Path, name: str, content: str, needs: set[str] | None
) -> None:
    there = {name: content, "my wood.png": "", "sky.png": ""}
    for file, text in ({"my looks.mtl": "newmtl a\nmap_Kd my wood.png\n"} | there).items():
        memory.pipe_file(f"/lib/own/{file}", text.encode())

    Mirror("memory://lib", Report()).file(f"own/{name}")

    assert copies(tmp_path) == {f"own/{n}" for n in ({name} | ({"my wood.png", "sky.png"} if needs is None else needs))}


def test_a_changed_file_is_copied_anew_and_an_unchanged_one_is_not(
    memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = type(memory).get_file
    monkeypatch.setattr(type(memory), "get_file", lambda self, a, b, **k: (asked.append(a), original(self, a, b, **k)))
    first = Mirror("memory://lib", Report()).file("NVIDIA/things/thing.usda")
    again = Mirror("memory://lib", Report()).file("NVIDIA/things/thing.usda")
    count = len(asked)
    memory.pipe_file("/lib/NVIDIA/things/inner/under.usda", (UNDER % "0.5").encode())

    changed = Mirror("memory://lib", Report()).file("NVIDIA/things/thing.usda")

    assert first == again == changed and count == 6 and asked[6:] == ["/lib/NVIDIA/things/inner/under.usda"]
    assert changed is not None and "0.5" in (changed.parent / "inner/under.usda").read_text()


def test_copies_are_used_while_the_library_is_down(
    memory: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Mirror("memory://lib", Report()).file("NVIDIA/shared/part.usda")

    def down(*args: Any, **kwargs: Any) -> Any:
        raise TimeoutError("no answer")

    monkeypatch.setattr(type(memory), "info", down)

    report = Report()
    assert Mirror("memory://lib", report).file("NVIDIA/shared/part.usda") is not None
    assert "no answer" in report.entries["note", "memory://lib"]
    with pytest.raises(
        AssetError, match=r"memory://lib/NVIDIA/things/mesh.obj cannot be read \(TimeoutError: no answer"
    ):
        Mirror("memory://lib", Report()).file("NVIDIA/things/mesh.obj")
    assert not list((tmp_path / "copies").rglob("*.partial"))


@pytest.mark.parametrize("path", ["../secret.usda", "/etc/passwd", "NVIDIA/../../x", "NVIDIA", "NVIDIA/none.usda", ""])
def test_only_files_of_the_library_are_found(memory: Any, path: str) -> None:
    memory.pipe_file("/secret.usda", b"x")

    assert Mirror("memory://lib", Report()).file(path) is None


SCENE = """
thing: {create.from_usd: {usd: "omniverse://localhost/NVIDIA/things/thing.usda", semantics: [["class", "thing"]]}}
light: {create.light: {light_type: dome, intensity: 1000}}
camera: {create.camera: {position: [0, -6, 3], look_at: [0, 0, 0]}}
rp: {create.render_product: {camera: camera, resolution: [48, 32]}}
t: {trigger.on_frame: {max_execs: 4}}
"""


@pytest.mark.extra
def test_two_workers_render_from_a_library_behind_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiohttp")
    served = tmp_path / "served"
    for name, data in library().items():
        (served / name).parent.mkdir(parents=True, exist_ok=True)
        (served / name).write_bytes(
            data.replace(b"(references = @./nowhere.usda@)", b"") if b"nowhere" in data else data
        )

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("RENDERSDG_ASSETS", str(tmp_path / "copies"))
    scene = tmp_path / "scene.yaml"
    scene.write_text(SCENE)
    try:
        url = f"http://127.0.0.1:{server.server_port}/NVIDIA"
        common = ["render", str(scene), "--strict", "--assets"]
        there = CliRunner().invoke(app, [*common, f"NVIDIA={url}", "-o", str(tmp_path / "a"), "--workers", "2"])
        here = CliRunner().invoke(app, [*common, f"NVIDIA={served / 'NVIDIA'}", "-o", str(tmp_path / "b")])
    finally:
        server.shutdown()
        server.server_close()
    down = CliRunner().invoke(app, [*common, f"NVIDIA={url}", "-o", str(tmp_path / "c")])
    monkeypatch.setenv("RENDERSDG_ASSETS", str(tmp_path / "none"))
    lost = CliRunner().invoke(app, [*common, f"NVIDIA={url}", "-o", str(tmp_path / "d")])

    assert (there.exit_code, here.exit_code, down.exit_code) == (0, 0, 0), there.output + here.output + down.output
    frames = [sorted(p.read_bytes() for p in (tmp_path / name).rglob("rgb_*.png")) for name in ("a", "b", "c")]
    assert len(frames[0]) == 4 and frames[0] == frames[1] == frames[2]
    assert lost.exit_code != 0 and isinstance(lost.exception, AssetError) and "cannot be read" in str(lost.exception)


@pytest.mark.parametrize("path", ["../x.png", "a/../../x.png", "/etc/passwd", "a\\..\\x.png", ".stamps/a.json", "a\nb"])
def test_a_library_keeps_its_copies_in_their_folder(path: str, memory: Any, tmp_path: Path) -> None:
    report = Report()
    memory.pipe_file(f"/lib/own/{path}", b"hostile")

    assert Mirror("memory://lib/own", report).file(path) is None
    assert copies(tmp_path) == set()


def test_a_link_in_the_cache_is_not_written_through(memory: Any, tmp_path: Path) -> None:
    mirror, elsewhere = Mirror("memory://lib/own", Report()), tmp_path / "elsewhere"
    memory.pipe_file("/lib/own/a/x.png", b"new")
    elsewhere.mkdir()
    mirror.folder.mkdir(parents=True)
    (mirror.folder / "a").symlink_to(elsewhere)

    assert mirror.file("a/x.png") is None
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.usda", "#usda 1.0\n(subLayers = [@SECRET@])\n"),
        ("b.usda", '#usda 1.0\ndef "a" (references = @SECRET@</a>) {}\n'),
        ("c.usda", '#usda 1.0\ndef "a" {\n    asset inputs:file = @SECRET@\n}\n'),
        ("a.gltf", '{"buffers": [{"uri": "SECRET"}]}'),
        ("b.gltf", '{"images": [{"uri": "file://SECRET"}]}'),
        ("a.mtl", "newmtl a\nmap_Kd SECRET\n"),
        ("a.dae", "<a><init_from>SECRET</init_from></a>"),
        ("a.ply", "ply\ncomment TextureFile SECRET\nend_header\n"),
    ],
)
def test_a_library_names_no_file_of_this_machine(name: str, content: str, memory: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret.usda"
    secret.write_text('#usda 1.0\ndef "a" {}\n')
    memory.pipe_file(f"/lib/own/{name}", content.replace("SECRET", str(secret)).encode())
    memory.pipe_file(f"/lib/fine/{name}", content.replace("SECRET", "/of/another/machine.usda").encode())

    with pytest.raises(AssetError, match="is a file of this machine"):
        Mirror("memory://lib/own", Report()).file(name)
    assert Mirror("memory://lib/fine", Report()).file(name) is not None


def test_a_library_does_not_reach_a_file_of_this_machine_upwards(memory: Any, tmp_path: Path) -> None:
    mirror = Mirror("memory://lib/own", Report())
    (mirror.folder.parent / "secret.bin").parent.mkdir(parents=True)
    (mirror.folder.parent / "secret.bin").write_bytes(b"secret")
    memory.pipe_file("/lib/own/a/a.gltf", b'{"buffers": [{"uri": "../../secret.bin"}]}')

    with pytest.raises(AssetError, match="is a file of this machine"):
        mirror.file("a/a.gltf")
