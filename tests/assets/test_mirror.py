"""Asset libraries elsewhere: copied once, with all that a file names, anew when it changed, and used when they are
down.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import fsspec
import numpy as np
import pytest
from pxr import Usd, UsdGeom, UsdShade
from typer.testing import CliRunner

from rendersdg.assets.layers import AssetLayers
from rendersdg.assets.mirror import Mirror
from rendersdg.assets.resolver import Resolver
from rendersdg.cli import app
from rendersdg.errors import AssetError, BadArgument, Report

ROOT = """#usda 1.0
(
    defaultPrim = "Thing"
    metersPerUnit = 1
    upAxis = "Z"
    subLayers = [@./inner/under.usda@]
)
def Xform "Thing"
{
    def Xform "Part" (references = @../shared/part.usda@) {}
    def Xform "Gone" (references = @./nowhere.usda@) {}
}
"""
UNDER = (
    '#usda 1.0\n(defaultPrim = "Thing")\nover "Thing"\n{\n    def Sphere "Ball" { double radius = %s }\n}\n'.replace(
        "{ double", "{\n double"
    ).replace(" }\n}", "\n }\n}")
)
PART = """#usda 1.0
(
    defaultPrim = "Part"
)
def Xform "Part"
{
    def Cube "Box" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        rel material:binding = </Part/Look>
    }
    def Material "Look"
    {
        token outputs:surface.connect = </Part/Look/Shader.outputs:surface>
        def Shader "Shader"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </Part/Look/Texture.outputs:rgb>
            token outputs:surface
        }
        def Shader "Texture"
        {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @textures/red.png@
            asset inputs:tiles = @textures/tile.<UDIM>.png@
            float3 outputs:rgb
        }
    }
}
"""


def png() -> bytes:
    return bytes(cv2.imencode(".png", np.full((4, 4, 3), (0, 0, 255), np.uint8))[1])


def library() -> dict[str, bytes]:
    return {
        "NVIDIA/things/thing.usda": ROOT.encode(),
        "NVIDIA/things/inner/under.usda": (UNDER % "0.25").encode(),
        "NVIDIA/shared/part.usda": PART.encode(),
        "NVIDIA/shared/textures/red.png": png(),
        "NVIDIA/shared/textures/tile.1001.png": png(),
        "NVIDIA/shared/textures/tile.1002.png": png(),
        "NVIDIA/shared/textures/unused.png": png(),
        "NVIDIA/things/mesh.obj": b"mtllib mesh.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
        "NVIDIA/things/mesh.mtl": b"newmtl a\nmap_Kd -s 1 1 1 ../shared/textures/red.png\n",
        "NVIDIA/things/scene.gltf": b'{"buffers": [{"uri": "data.bin"}, {"uri": "data:xx"}], "images": [{"bufferView": 1}]}',
        "NVIDIA/things/data.bin": b"123",
    }


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("RENDERSDG_ASSETS", str(tmp_path / "copies"))
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    for name, data in library().items():
        fs.pipe_file(f"/lib/{name}", data)
    yield fs
    fs.store.clear()


def copies(tmp_path: Path) -> set[str]:
    found = (p for p in (tmp_path / "copies").rglob("*") if p.is_file() and ".stamps" not in p.parts)
    return {"/".join(p.relative_to(tmp_path / "copies").parts[1:]) for p in found}


def test_a_file_comes_with_all_that_it_names(memory: Any, tmp_path: Path) -> None:
    resolver = Resolver(tmp_path, Report(), [("NVIDIA", "memory://lib/NVIDIA")])

    layer = AssetLayers(resolver, Report()).layer("omniverse://localhost/NVIDIA/things/thing.usda")
    stage = Usd.Stage.Open(layer.identifier)

    assert {str(p.GetPath()) for p in stage.Traverse() if p.IsA(UsdGeom.Gprim)} == {"/Thing/Ball", "/Thing/Part/Box"}
    shader = UsdShade.Shader(stage.GetPrimAtPath("/Thing/Part/Look/Texture"))
    assert Path(shader.GetInput("file").Get().resolvedPath).read_bytes() == png()
    names = ("things/thing.usda", "things/inner/under.usda", "shared/part.usda", "shared/textures/red.png")
    assert copies(tmp_path) == {*names, "shared/textures/tile.1001.png", "shared/textures/tile.1002.png"}


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


def test_folders_are_listed_and_the_longest_prefix_comes_first(memory: Any, tmp_path: Path) -> None:
    (tmp_path / "own/things").mkdir(parents=True)
    (tmp_path / "own/things/mine.usda").write_text(ROOT)
    overrides = [("NVIDIA", "memory://lib/NVIDIA"), ("NVIDIA/own", str(tmp_path / "own"))]
    layers = AssetLayers(resolver := Resolver(tmp_path, Report(), overrides), Report())

    there = layers.listing("omniverse://host/NVIDIA/things", recursive=False)
    own = layers.listing("https://host/NVIDIA/own", recursive=True)

    assert there == [f"omniverse://host/NVIDIA/things/{n}" for n in ("mesh.obj", "scene.gltf", "thing.usda")]
    assert own == ["https://host/NVIDIA/own/things/mine.usda"]
    assert resolver.find(own[0]) == str(tmp_path / "own/things/mine.usda") and resolver.find(there[0]) is not None


def test_a_url_that_nothing_opens_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="nothing://host"):
        Resolver(tmp_path, Report(), [("NVIDIA", "nothing://host")])
    outcome = CliRunner().invoke(app, ["validate", "scene.yaml", "--assets", "NVIDIA=/no/such/folder"])
    assert outcome.exit_code != 0 and "PREFIX=URL" in str(outcome.exception or outcome.output)


SCENE = """
thing: {create.from_usd: {usd: "omniverse://localhost/NVIDIA/things/thing.usda", semantics: [["class", "thing"]]}}
light: {create.light: {light_type: dome, intensity: 1000}}
camera: {create.camera: {position: [0, -6, 3], look_at: [0, 0, 0]}}
rp: {create.render_product: {camera: camera, resolution: [48, 32]}}
t: {trigger.on_frame: {max_execs: 4}}
"""


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
