"""Bad input: one clear paragraph with file, line and remedy, a non-zero exit, and nothing already written lost."""

from __future__ import annotations

import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import commands

GOOD = """unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
box: {create.cube: {semantics: [["class", "box"]]}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [32, 24]}}
t: {trigger.on_frame: {max_execs: 2}}
"""


def run(folder: Path, text: str, *arguments: str, limit: int | None = None) -> CompletedProcess[str]:
    (folder / "scene.yaml").write_text(text)
    command = ["render", "scene.yaml", "-o", "out", "--backend", "null", *arguments]
    return commands.run(*command, cwd=folder, limit=limit)


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("x: {create.cubee: {}}", 2, ["scene.yaml:7", "unknown function 'create.cubee'", "did you mean 'create.cube'"]),
        ("x: {create.cube: {sale: 2}}", 2, ["scene.yaml:7", "no argument 'sale'", "did you mean 'scale'"]),
        ("x: {create.cube: {scale: big}}", 2, ["scene.yaml:7", "scale='big'", "a number or three numbers"]),
        ("x: {create.cube: {count: 1000000000}}", 2, ["scene.yaml:7", "count=1000000000"]),
        ("x: {create.cube: {scale: .nan}}", 2, ["scene.yaml:7", "not finite"]),
        ("x: {create.cube: {scale: 0}}", 2, ["scene.yaml:7", "zero", "visibility"]),
        (
            "x: {create.mesh: {vertices: [[0, 0, 0], [1, 1, 1], [2, 2, 2]], triangles: [[0, 1, 2]]}}",
            2,
            ["scene.yaml:7", "no area"],
        ),
        (
            "x: {create.mesh: {vertices: [[0, 0, 0], [1, 0, 0], [0, 1, 0]], triangles: [[0, 1, 7]]}}",
            2,
            ["scene.yaml:7", "0..2"],
        ),
        (
            "x: {with.bax: {modify.pose: {position: [0, 0, 0]}}}",
            2,
            ["scene.yaml:7", "no group 'bax'", "did you mean 'box'"],
        ),
        ("x: {inherit: boxx, create.cube: {}}", 2, ["scene.yaml:7", "not an earlier group", "did you mean 'box'"]),
        ("x: {create.camera: {position: [1, 2], look_at: [0, 0, 0]}}", 2, ["scene.yaml:7", "2 components"]),
        ("x: {create.light: {light_type: laser}}", 2, ["scene.yaml:7", "light_type='laser'"]),
        ("x: {create.light: {light_type: dome, texture: sky.docx}}", 3, ["scene.yaml:7", "sky.docx", "not an image"]),
        ("x: {create.mdl_from_json: {}}", 5, ["scene.yaml:7", "exists in Replicator", "not supported"]),
        (
            "x: {with.box: {modify.pose: {rotation: [0, 0, 1], look_at: [0, 0, 0]}}}",
            2,
            ["scene.yaml:7", "exclude each other"],
        ),
        (
            "x: {with.box: {modify.pose: {position: {distribution.uniform: {lower: 2, upper: 1}}}}}",
            2,
            ["scene.yaml:7", "lower=2 exceeds upper=1"],
        ),
        ("x: {create.from_usd: {usd: 'rendersdg:fruit/aple'}}", 3, ["scene.yaml:7", "did you mean 'fruit/apple'"]),
        (
            "x: {writers.get: {name: CocoWritr, render_products: view}}",
            2,
            ["scene.yaml:7", "did you mean 'CocoWriter'"],
        ),
        (
            "x: {writers.get: {name: BasicWriter, init_params: {rbg: true}, render_products: view}}",
            2,
            ["scene.yaml:7", "no parameter 'rbg'", "did you mean 'rgb'"],
        ),
        ("x: {create.render_product: {camera: eye, resolution: [0, 10]}}", 2, ["scene.yaml:7", "at least 1 x 1"]),
        ("x: {create.render_product: {camera: box, resolution: [10, 10]}}", 2, ["scene.yaml:7", "not a camera"]),
        ("x: [1, 2\ny: 3", 2, ["scene.yaml:", "not YAML"]),
        ("box: {create.cube: {}}", 2, ["scene.yaml:7", "appears twice", "line 3"]),
        (
            "x: {randomizer.register: {f: {with.box: {randomizer.f: null}}}}\ny: {randomizer.f: null}",
            2,
            ["calls itself"],
        ),
        ("x: &a {create.group: {items: *a}}", 2, ["scene.yaml:7", "alias"]),
        ("profiles: [scene.yaml]", 2, ["circle"]),
        ("x: {trigger.on_frame: {interval: 0}}", 2, ["scene.yaml:7", "at least 1"]),
    ],
)
def test_mistakes_in_a_scene_are_told_with_line_and_remedy(
    tmp_path: Path, line: str, code: int, says: list[str]
) -> None:
    done = run(tmp_path, GOOD + line + "\n")

    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    for text in says:
        assert text in done.stderr
    assert not (tmp_path / "out").exists()


def test_missing_and_empty_scenes(tmp_path: Path) -> None:
    empty = run(tmp_path, "")
    endless = run(tmp_path, GOOD.replace("{max_execs: 2}", "{interval: 1}"))
    nothing = run(tmp_path, "box: {create.cube: {}}\n")

    assert empty.returncode == 2 and "the scene is empty" in empty.stderr
    assert endless.returncode == 2 and "--frames" in endless.stderr
    assert nothing.returncode == 2 and "no render product" in nothing.stderr


def test_a_missing_asset_gets_a_stand_in_that_is_listed_and_strict_refuses(tmp_path: Path) -> None:
    text = GOOD + (
        "x: {create.from_usd: {usd: 'omniverse://localhost/NVIDIA/Assets/Fruit/Apple.usd', semantics: [[class, "
        "apple]]}}\n"
    )
    done = run(tmp_path, text)
    strict = run(tmp_path / "out", text, "--strict")

    assert (
        done.returncode == 0
        and "substitution: omniverse://localhost/NVIDIA/Assets/Fruit/Apple.usd -> rendersdg:fruit/apple" in done.stderr
    )
    assert strict.returncode == 3 and "--strict" in strict.stderr and "scene.yaml:7" in strict.stderr


def test_a_corrupt_texture_is_named_and_costs_itself_alone(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "out"):
        folder.mkdir(exist_ok=True)
        (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    text = GOOD + "x: {with.box: {randomizer.texture: {textures: [broken.png]}}}\n"
    strict = run(tmp_path / "out", text, "--strict")
    done = run(tmp_path, text)

    assert done.returncode == 0 and "broken.png cannot be decoded" in done.stderr
    assert strict.returncode != 0 and "broken.png cannot be decoded" in strict.stderr
    assert "Traceback" not in done.stderr + strict.stderr


@pytest.mark.parametrize(
    ("name", "content"), [("a.usda", "#usda 1.0\n def Xform {{{"), ("a.obj", "f 1 2 3\n"), ("a.glb", "nonsense")]
)
def test_a_corrupt_asset_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    done = run(tmp_path, GOOD + f"x: {{create.from_usd: {{usd: {name}}}}}\n")

    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 3) and name in done.stderr


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    done = run(tmp_path, GOOD)

    assert done.returncode == 4 and "out is a file; choose another folder" in done.stderr
    assert "Traceback" not in done.stderr and (tmp_path / "out").read_text() == "in the way"


def test_a_full_disk_ends_the_run_and_keeps_what_was_written(tmp_path: Path) -> None:
    text = GOOD + (
        "w: {writers.get: {name: BasicWriter, init_params: {rgb: true, distance_to_camera: true}, "
        "render_products: view}}\n"
    )
    full = run(tmp_path, text.replace("[32, 24]", "[400, 300]"), limit=100_000)
    resumed = run(tmp_path, text.replace("[32, 24]", "[400, 300]"), "--resume")

    assert full.returncode == 4 and "--resume" in full.stderr and "Traceback" not in full.stderr
    assert not list((tmp_path / "out").rglob("*.partial"))
    assert resumed.returncode == 0


def test_changes_from_the_command_line(tmp_path: Path) -> None:
    good = run(tmp_path, GOOD, "--set", "view.resolution=[16, 12]", "--set", "t.max_execs=1")
    bad = run(tmp_path, GOOD, "--set", "viw.resolution=[16, 12]", "--resume")

    assert good.returncode == 0 and len(list((tmp_path / "out").glob("rgb_*.png"))) == 1
    assert bad.returncode == 2 and "did you mean 'view'" in bad.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", ""], "-o is empty"),
        (["--out="], "--out is empty"),
        (["-o", "zip::memory://a"], "chained"),
        (["-o", "out", "--frames", "1" + "0" * 30], "10000000 frames at most"),
        (["-o", "out", "--frames", "1" + "0" * 5000], "give a count"),
        (["-o", "out", "--frames", "1:0"], "holds no frame"),
        (["-o", "out", "--seed", "1" + "0" * 30], "beyond 64 bits"),
        (["-o", "out", "--set", "box.scale=" + "[" * 2000], "more than 100 deep"),
        (["-o", "out", "--set", "box.scale=!!int zz"], "'zz' is not a whole number"),
        (["-o", "out", "--set", "box.scale=9" + "9" * 6000], "more than 64 bits"),
        (["-o", "out", "--set", "=1"], "write group.argument=value"),
        (["-o", "out", "--set", "box.scale=.nan"], "is not finite"),
        (["-o", "out", "--set", "box.scale=2001-01-01"], "must be a number"),
        (["-o", os.fsdecode(b"out\xff")], "is not text in UTF-8"),
        (["-o", "out", "--backend", os.fsdecode(b"\xff")], "is not text in UTF-8"),
    ],
)
def test_options_that_mean_nothing_are_refused_before_anything_is_written(
    tmp_path: Path, options: list[str], said: str
) -> None:
    (tmp_path / "scene.yaml").write_text(GOOD)
    done = commands.run("render", "scene.yaml", "--backend", "null", *options, cwd=tmp_path)

    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and [p.name for p in tmp_path.iterdir()] == ["scene.yaml"]


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "bytes"])
def test_what_is_not_a_scene_file_is_told_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "scene.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(bytes(range(256)))
    done = commands.run("validate", "scene.yaml", cwd=tmp_path)

    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
