"""What a scene reads is in its dataset's header: each file by its name, with its content."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from rendersdg.dataset.origin import differences
from rendersdg.farm.job import Job, opened
from rendersdg.plain import Json
from tests.conftest import ROOT
from tests.datasets import run, sums

SCENE = """
profiles: [profiles/light.yaml, more/light.yaml]
part: {create.from_usd: {usd: parts/part.obj, semantics: [["class", "part"]]}}
stand: {create.from_usd: {usd: parts/stand.gltf}}
hook: {create.from_usd: {usd: parts/hook.usda}}
eye: {create.camera: {position: [3, 0, 1], look_at: [0, 0, 0]}}
view: {create.render_product: {camera: eye, resolution: [32, 24]}}
look: {create.material_omnipbr: {diffuse_texture: textures/wood.png}}
floor: {create.plane: {scale: 3, material: look}}
often: {trigger.on_frame: {max_execs: 8}}
change:
  with.often:
    with.floor:
      randomizer.texture: {textures: {distribution.sequence: {items: [textures/a.png, textures/b.png]}}}
out: {writers.get: {name: BasicWriter, init_params: {output_dir: out, rgb: true}, render_products: view}}
"""
TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\n"
USD = """#usda 1.0
(
    defaultPrim = "Hook"
    metersPerUnit = 1
    upAxis = "Z"
    subLayers = [@lower.usda@]
)
"""
LOWER = """#usda 1.0
def Mesh "Hook"
{
    point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A scene that reads files of every kind, in a folder of its own."""
    folder = tmp_path / "scene"
    for name in ("profiles", "more", "parts", "textures"):
        (folder / name).mkdir(parents=True)
    (folder / "scene.yaml").write_text(SCENE)
    (folder / "profiles" / "light.yaml").write_text(
        "sky: {create.light: {light_type: dome, texture: textures/sky.hdr}}\n"
    )
    (folder / "more" / "light.yaml").write_text("sun: {create.light: {light_type: distant, intensity: 1500}}\n")
    parts, textures = folder / "parts", folder / "textures"
    (parts / "part.obj").write_text("mtllib part.mtl\n" + TRIANGLE + "usemtl m\nf 1/1 2/2 3/3\n")
    (parts / "part.mtl").write_text("newmtl m\nKd 0.5 0.5 0.5\nmap_Kd rust.png\n")
    (parts / "hook.usda").write_text(USD)
    (parts / "lower.usda").write_text(LOWER)
    _gltf(parts)
    for number, path in enumerate((parts / "rust.png", *(textures / f"{n}.png" for n in ("wood", "a", "b")))):
        cv2.imwrite(str(path), np.full((4, 4, 3), 40 * number + 20, np.uint8))
    cv2.imwrite(str(textures / "sky.hdr"), np.full((4, 8, 3), 0.5, np.float32))
    return folder / "scene.yaml"


def _gltf(folder: Path) -> None:
    data = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    (folder / "stand.bin").write_bytes(data)
    tree = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"uri": "stand.bin", "byteLength": 36}],
    }
    (folder / "stand.gltf").write_text(json.dumps(tree))


def header_of(scene: Path) -> Json:
    with opened(Job(str(scene))) as (session, sources):
        return session.header(sources, ())


READ = [
    "scene.yaml",
    "profiles/light.yaml",
    "more/light.yaml",
    "parts/part.obj",
    "parts/part.mtl",
    "parts/rust.png",
    "parts/stand.gltf",
    "parts/stand.bin",
    "parts/hook.usda",
    "parts/lower.usda",
    "textures/sky.hdr",
    "textures/a.png",
]


def test_the_header_names_every_file_that_the_first_frame_reads(scene: Path) -> None:
    header = header_of(scene)

    assert sorted(header["inputs"]) == sorted(READ)


@pytest.mark.parametrize("name", READ)
def test_another_byte_in_any_file_makes_another_header_that_names_it(scene: Path, name: str) -> None:
    before = header_of(scene)
    change(scene.parent / name)
    after = header_of(scene)

    assert before["graph"] != after["graph"]
    assert differences(before, after) == [f"{name} has changed"]


def change(path: Path) -> None:
    """Make a file's content another one, that can still be read."""
    if path.suffix in (".png", ".hdr"):
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(path), image * 2)
    elif path.suffix == ".bin":
        path.write_bytes(path.read_bytes()[:-1] + b"\x40")
    else:
        path.write_bytes(path.read_bytes() + (b"\n"))


def test_a_scene_that_moves_with_its_files_keeps_its_header(scene: Path, tmp_path: Path) -> None:
    before = header_of(scene)
    shutil.move(scene.parent, tmp_path / "deep" / "other")

    assert header_of(tmp_path / "deep" / "other" / "scene.yaml") == before


def test_a_file_that_takes_the_place_of_a_stand_in_is_named(scene: Path) -> None:
    parts = scene.parent / "parts"
    scene.write_text(scene.read_text().replace("parts/hook.usda", "omniverse://localhost/Lib/hook.usda"))

    def mapped() -> dict[str, Any]:
        with opened(Job(str(scene), assets=(("Lib", str(parts)),))) as (session, sources):
            return session.header(sources, ())

    (parts / "hook.usda").rename(parts / "away.usda")
    before = mapped()
    (parts / "away.usda").rename(parts / "hook.usda")

    assert "Lib/hook.usda was not there, or was not read" in differences(before, mapped())


def test_libraries_are_named_by_their_prefix_wherever_they_lie(scene: Path, tmp_path: Path) -> None:
    scene.write_text(scene.read_text().replace("parts/hook.usda", "omniverse://localhost/Lib/hook.usda"))
    headers = []
    for place in ("one", "two"):
        shutil.copytree(scene.parent / "parts", tmp_path / place)
        with opened(Job(str(scene), assets=(("Lib", str(tmp_path / place)),))) as (session, sources):
            headers.append(session.header(sources, ()))
    without = header_of(scene)

    assert headers[0] == headers[1]
    assert "Lib/lower.usda" in headers[0]["inputs"]
    assert "Lib/hook.usda is not there, or is read no more" in differences(headers[0], without)


def test_files_of_a_folder_that_a_scene_chooses_from_are_listed(scene: Path) -> None:
    text = "files: {utils.get_usd_files: {path: parts}}\n"
    scene.write_text(scene.read_text() + text)
    before = header_of(scene)
    shutil.copy(scene.parent / "parts" / "hook.usda", scene.parent / "parts" / "new.usda")

    assert differences(before, header_of(scene)) == ["parts/* has changed"]


def test_a_file_that_only_a_later_frame_reads_is_compared_by_resume_replay_and_merge(
    scene: Path, tmp_path: Path
) -> None:
    run("render", scene, "-o", tmp_path / "a", "--frames", "0:2", "-q")
    change(scene.parent / "textures" / "b.png")
    run("render", scene, "-o", tmp_path / "b", "--frames", "2:4", "-q")
    resumed = run("render", scene, "-o", tmp_path / "a", "-q", "--resume", check=False)
    replayed = run("replay", tmp_path / "a", "--frame", "1", cwd=scene.parent, check=False)
    merged = run("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out", cwd=scene.parent, check=False)

    for done in (resumed, replayed, merged):
        assert done.returncode == 4 and "textures/b.png has changed" in " ".join(done.stderr.split())


def test_any_number_of_workers_makes_the_same_dataset_and_it_is_replayed_from_its_copies(
    scene: Path, tmp_path: Path
) -> None:
    run("render", scene, "-o", tmp_path / "one", "-q")
    run("render", scene, "-o", tmp_path / "two", "--workers", "2", "-q")
    kept = tmp_path / "one" / ".rendersdg" / "scene"
    scene.unlink()
    shutil.rmtree(scene.parent / "profiles")

    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    assert sorted(sums(kept)) == ["more/light.yaml", "profiles/light.yaml", "scene.yaml"]
    assert "byte for byte" in run("replay", tmp_path / "one", "--frame", "5", cwd=scene.parent).stdout


def test_datasets_of_a_scene_in_two_places_are_the_same_to_the_root(scene: Path, tmp_path: Path) -> None:
    shutil.copytree(scene.parent, tmp_path / "deep" / "other")
    run("render", scene, "-o", tmp_path / "one", "--frames", "2", "-q")
    run("render", tmp_path / "deep" / "other" / "scene.yaml", "-o", tmp_path / "two", "--frames", "2", "-q")

    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    assert "parts/part.obj" in (tmp_path / "one" / ".rendersdg" / "manifest").read_text()


def test_whatever_is_opened_for_a_scene_is_noted(scene: Path) -> None:
    text = f"""
import sys
seen = set()
sys.addaudithook(lambda event, args: seen.add(str(args[0])) if event == "open" else None)
from rendersdg.farm.job import Job, opened
with opened(Job({str(scene)!r})) as (session, sources):
    session.header(sources, ())
    [session.make(frame) for frame in range(3)]
    noted = session.recorder.resolver.inputs.digests
print("NOTED", *noted)
print("SEEN", *sorted(seen))
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=ROOT, check=True)
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("NOTED ", "SEEN ")))
    seen = {Path(p) for p in lines["SEEN"].split() if p.startswith(str(scene.parent))}
    names = {p.relative_to(scene.parent).as_posix() for p in seen if p.is_file()}

    assert names and names <= set(lines["NOTED"].split())


def test_a_profile_outside_of_the_scenes_folder_is_kept_and_found_again(scene: Path, tmp_path: Path) -> None:
    shutil.move(scene.parent / "more", tmp_path / "more")
    scene.write_text(scene.read_text().replace("more/light.yaml", "../more/light.yaml"))
    run("render", scene, "-o", tmp_path / "out", "--frames", "1", "-q")
    shutil.rmtree(tmp_path / "more")
    names = [p.parts[-1] for p in (tmp_path / "out" / ".rendersdg" / "scene" / "outside").rglob("*") if p.is_file()]

    assert names == ["light.yaml"]
    assert "byte for byte" in run("replay", tmp_path / "out", "--frame", "0", cwd=scene.parent).stdout
