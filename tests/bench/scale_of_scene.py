"""How opening a scene and making its frames grow with the scene: processor seconds, memory, and the slope.

    python tests/bench/scale_of_scene.py [--cases cubes nodes mesh ...] [--large] [--threads N] [--against CHECKOUT]

Cases, each a scene that is written here, with boxes, segmentation and the picture asked of every frame:

    cubes     so many cubes of one node, with a new place, turn and colour in every frame
    nodes     as many cubes of a node each, a tenth of them moved in every frame
    still     as many cubes of one node, of which nothing moves
    copies    so many copies of one asset of 6,320 triangles, scattered anew in every frame
    mesh      one mesh of so many triangles, turned in every frame
    cameras   so many cameras of 64x48 over twenty cubes and three lights
    lights    so many lights over twenty cubes
    pixels    one camera of so many pixels over twenty cubes
    lens      the same through a lens with OpenCV's coefficients

``open`` is reading the scene and planning, ``first`` the first frame, ``later`` a frame after it, without a writer's
encoding. A slope of 1 says that time grows as the size does (the exponent of a power law through all sizes). With
CHECKOUT each size is also run there, in turn, and the ratio is how much quicker this checkout is. INTERPRETER has what
the other checkout needs. Each size is a process of its own, of one thread; with more threads (``--threads``, for the
drawing of frames) the seconds are those of the clock, since threads share the work.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve()
FRAMES = 4  # later ones, of which the median is taken
ANNOTATORS = ("rgb", "bounding_box_2d_tight", "bounding_box_3d", "semantic_segmentation", "instance_segmentation")
SIZES = {
    "cubes": (250, 500, 1000, 2000),
    "nodes": (250, 500, 1000, 2000),
    "still": (250, 500, 1000, 2000),
    "copies": (250, 500, 1000),
    "mesh": (20_000, 80_000, 320_000, 1_300_000),
    "cameras": (10, 30, 100),
    "lights": (4, 16, 64),
    "pixels": (640 * 480, 1920 * 1080, 3840 * 2160),
    "lens": (640 * 480, 1920 * 1080, 3840 * 2160),
}
LARGE = {"cubes": (10_000,), "nodes": (10_000,), "still": (10_000,), "copies": (4000,)}
TIMES = ("open", "first", "later")

HEAD = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
frames: {trigger.on_frame: {max_execs: 1000}}
"""
SKY = """
sky: {create.light: {light_type: dome, intensity: 600}}
sun: {create.light: {light_type: distant, intensity: 1500, rotation: [30, 25, 0]}}
"""
EYE = """
eye: {create.camera: {position: [14, 0, 4], look_at: [0, 0, 0], clipping_range: [0.1, 100]}}
view: {create.render_product: {camera: eye, resolution: [640, 480]}}
"""
TWENTY = """
things: {create.cube: {count: 20, scale: 0.8, semantics: [["class", "cube"]]}}
floor: {create.plane: {position: [0, 0, -3], scale: 12}}
move:
  with.frames:
    with.things:
      modify.pose: {position: {distribution.uniform: {lower: [-4, -4, -2], upper: [4, 4, 2]}}}
"""


def scene(case: str, size: int, folder: Path) -> str:
    """Return the text of a scene, whose files are put into ``folder``."""
    return HEAD + globals()[f"_{case}"](size, folder) + _save("view" if case != "cameras" else "views")


def _save(view: str) -> str:
    options = ", ".join(f"{name}: true" for name in ANNOTATORS)
    writer = f"name: BasicWriter, init_params: {{output_dir: out, {options}}}, render_products: {view}"
    return f"save: {{writers.get: {{{writer}}}}}\n"


def _cubes(count: int, folder: Path) -> str:
    side = 3.0 / count ** (1 / 3)
    return f"""{SKY}{EYE}
things: {{create.cube: {{count: {count}, scale: {side:.4f}, semantics: [["class", "cube"]]}}}}
move:
  with.frames:
    with.things:
      modify.pose:
        position: {{distribution.uniform: {{lower: [-4, -4, -3], upper: [4, 4, 3]}}}}
        rotation: {{distribution.uniform: {{lower: [0, 0, 0], upper: [360, 360, 360]}}}}
      randomizer.color: {{colors: {{distribution.uniform: {{lower: [0, 0, 0], upper: [1, 1, 1]}}}}}}
"""


def _still(count: int, folder: Path) -> str:
    side = 3.0 / count ** (1 / 3)
    place = "position: {distribution.uniform: {lower: [-4, -4, -3], upper: [4, 4, 3]}}"
    return f"""{SKY}{EYE}
things: {{create.cube: {{count: {count}, scale: {side:.4f}, {place}, semantics: [["class", "cube"]]}}}}
"""


def _nodes(count: int, folder: Path) -> str:
    side, rows = 3.0 / count ** (1 / 3), round(count ** (1 / 3) + 0.5)
    lines = [SKY, EYE]
    for k in range(count):
        x, y, z = ((v / rows - 0.5) * 8 for v in (k % rows, k // rows % rows, k // rows**2))
        semantics = f'semantics: [["class", "kind{k % 7}"]]'
        lines.append(
            f"n{k}: {{create.cube: {{position: [{x:.3f}, {y:.3f}, {z:.3f}], scale: {side:.4f}, {semantics}}}}}\n"
        )
    lines += ["move:\n  with.frames:\n"]
    for k in range(0, count, 10):
        turn = "rotation: {distribution.uniform: {lower: [0, 0, 0], upper: [360, 360, 360]}}"
        lines.append(f"    with.n{k}: {{modify.pose: {{{turn}}}}}\n")
    return "".join(lines)


def _copies(count: int, folder: Path) -> str:
    asset = _ball(folder / "asset.usda", 6320)
    side = 3.0 / count ** (1 / 3)
    return f"""{SKY}{EYE}
things: {{create.from_usd: {{usd: "{asset}", count: {count}, scale: {side:.4f}, semantics: [["class", "pot"]]}}}}
move:
  with.frames:
    with.things:
      modify.pose:
        position: {{distribution.uniform: {{lower: [-4, -4, -3], upper: [4, 4, 3]}}}}
        rotation: {{distribution.uniform: {{lower: [0, 0, 0], upper: [360, 360, 360]}}}}
"""


def _mesh(triangles: int, folder: Path) -> str:
    asset = _ball(folder / "asset.usdc", triangles)
    return f"""{SKY}{EYE}
things: {{create.from_usd: {{usd: "{asset}", scale: 3, semantics: [["class", "ball"]]}}}}
move:
  with.frames:
    with.things:
      modify.pose: {{rotation: {{distribution.uniform: {{lower: [0, 0, 0], upper: [360, 360, 360]}}}}}}
"""


def _cameras(count: int, folder: Path) -> str:
    lines = [SKY, "lamp: {create.light: {light_type: sphere, position: [3, 3, 5], intensity: 30000}}\n", TWENTY]
    for k in range(count):
        angle = 2 * math.pi * k / count
        place = f"[{14 * math.cos(angle):.4f}, {14 * math.sin(angle):.4f}, 4]"
        lines.append(f"e{k}: {{create.camera: {{position: {place}, look_at: [0, 0, 0]}}}}\n")
        lines.append(f"v{k}: {{create.render_product: {{camera: e{k}, resolution: [64, 48]}}}}\n")
    return "".join(lines)


def _lights(count: int, folder: Path) -> str:
    lines = [EYE, TWENTY]
    for k in range(count):
        angle = 2 * math.pi * k / count
        place = f"[{6 * math.cos(angle):.4f}, {6 * math.sin(angle):.4f}, 5]"
        lines.append(f"l{k}: {{create.light: {{light_type: sphere, position: {place}, intensity: {90000 / count}}}}}\n")
    return "".join(lines)


def _pixels(count: int, folder: Path) -> str:
    height = round((count * 3 / 4 if count < 10**6 else count * 9 / 16) ** 0.5)
    return SKY + EYE.replace("640, 480", f"{count // height}, {height}") + TWENTY


def _lens(count: int, folder: Path) -> str:
    distortion = "{k1: -0.28, k2: 0.09, p1: 0.002, p2: -0.0015, k3: -0.01}"
    return f"{_pixels(count, folder)}bend:\n  with.eye: {{inspection.lens: {distortion}}}\n"


def _ball(path: Path, triangles: int) -> str:
    """Write a closed, bumpy ball of about so many triangles, in quadrangles without normals; return its path."""
    import numpy as np
    from pxr import Gf, Usd, UsdGeom, Vt

    rings = max(round((triangles / 4) ** 0.5), 4)
    sectors = 2 * rings
    v, u = np.meshgrid(np.linspace(0, np.pi, rings + 1)[1:-1], np.arange(sectors) * 2 * np.pi / sectors, indexing="ij")
    radius = 1 + 0.03 * np.sin(9 * u) * np.sin(7 * v)
    rows = np.stack([np.sin(v) * np.cos(u), np.sin(v) * np.sin(u), np.cos(v)], -1) * radius[..., None]
    points = np.concatenate([rows.reshape(-1, 3), [[0, 0, 1], [0, 0, -1]]]).astype(np.float32)
    k = np.arange(sectors)
    after = (k + 1) % sectors
    bands = np.arange(rings - 2)[:, None] * sectors
    quads = np.stack([bands + k, bands + sectors + k, bands + sectors + after, bands + after], -1).reshape(-1, 4)
    last = (rings - 2) * sectors
    top = np.stack([np.full(sectors, len(points) - 2), k, after], -1)
    low = np.stack([np.full(sectors, len(points) - 1), last + after, last + k], -1)
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, "Z")
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, "/Ball")
    stage.SetDefaultPrim(root.GetPrim())
    mesh = UsdGeom.Mesh.Define(stage, "/Ball/Mesh")
    mesh.CreateSubdivisionSchemeAttr("none")
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    counts = np.concatenate([np.full(len(quads), 4), np.full(2 * sectors, 3)]).astype(np.int32)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(counts))
    corners = np.concatenate([quads.ravel(), top.ravel(), low.ravel()]).astype(np.int32)
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(corners))
    mesh.CreateExtentAttr([Gf.Vec3f(-1.1), Gf.Vec3f(1.1)])
    stage.Save()
    return str(path)


# ---- one size, in a process of its own ----


def measured(case: str, size: int, frames: int, threads: int) -> dict[str, float]:
    """Return the seconds of opening a scene, of its first frame and of a later one, and the peak of memory in MB."""
    import cv2

    now = time.process_time if threads == 1 else time.perf_counter

    from rendersdg.farm.job import Job, opened

    cv2.setNumThreads(1)
    with opened(Job(str(_written("cubes", 2, "warm.yaml")))) as (session, _):
        _look(session, 0)  # imports and kernels are loaded
    path = _written(case, size, "scene.yaml")
    begin = now()
    with opened(Job(str(path), threads=threads)) as (session, _):
        times = [now()]
        for frame in range(frames + 1):
            _look(session, frame)
            times.append(now())
    spent = [b - a for a, b in pairwise(times)]
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    return {"open": times[0] - begin, "first": spent[0], "later": statistics.median(spent[1:]), "peak": peak / 1024}


def _written(case: str, size: int, name: str) -> Path:
    folder = Path(tempfile.mkdtemp(dir=os.environ["SCALE_FOLDER"]))
    path = folder / name
    text = scene(case, size, folder)
    if case == "cameras":
        text = text.replace("render_products: views", f"render_products: [{', '.join(f'v{k}' for k in range(size))}]")
    path.write_text(text)
    return path


def _look(session: object, frame: int) -> None:
    """Make all annotators of all products of a frame."""
    capture = session.capture(session.planner.plan(frame))  # type: ignore[attr-defined]
    names = [product.name for product in capture.snapshot.products]
    for name in names:
        capture.views[name].render()
        for annotator in ANNOTATORS:
            capture.annotate(name, annotator, {}, names)


def run(case: str, size: int, threads: int, checkout: Path, python: str) -> dict[str, float]:
    """Return what :func:`measured` does, of a checkout."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(HERE), "--measure", case, str(size), str(threads)]
        done = subprocess.run(
            command, env=environment | {"SCALE_FOLDER": folder}, cwd="/", capture_output=True, text=True, check=False
        )
    if done.returncode:
        sys.exit(f"{case} {size} with {checkout}:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def slope(sizes: list[int], times: list[float]) -> float:
    """Return the exponent of the power law that fits the times best.

    >>> round(slope([1, 2, 4], [3.0, 6.0, 12.0]), 6)
    1.0
    """
    x, y = ([math.log(v) for v in values] for values in (sizes, times))
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


def main() -> None:
    """Print a line for each size and one for each slope."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--sizes", nargs="+", type=int, help="instead of the usual ones")
    parser.add_argument("--large", action="store_true", help="the largest sizes too")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="that draw a frame")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--python", default=sys.executable, metavar="INTERPRETER")
    given = parser.parse_args()
    clock = "processor time" if given.threads == 1 else f"the clock with {given.threads} threads"
    print(f"load {os.getloadavg()[0]:.1f}; seconds of {clock}, peak in MB")
    for case in given.cases:
        sizes = given.sizes or [*SIZES[case], *(LARGE.get(case, ()) if given.large else ())]
        rows, others = [], []
        for size in sizes:
            if given.against is not None:
                others.append(run(case, size, given.threads, given.against.resolve(), given.python))
            rows.append(run(case, size, given.threads, HERE.parents[2], sys.executable))
            print(_line(f"{case} {size:,d}", rows[-1], others[-1] if others else None), flush=True)
        if len(sizes) > 1:
            for name, table in (("here", rows), ("there", others)):
                if table:
                    slopes = (f"{time} {slope(sizes, [row[time] for row in table]):.2f}" for time in TIMES)
                    print(f"{case} slopes {name}: {', '.join(slopes)}", flush=True)


def _line(label: str, here: dict[str, float], there: dict[str, float] | None) -> str:
    if there is None:
        return f"{label}: " + ", ".join(f"{k} {here[k]:.3f}" for k in TIMES) + f", peak {here['peak']:.0f}"
    parts = (f"{k} {there[k]:.3f} -> {here[k]:.3f} ({there[k] / here[k]:.1f} x)" for k in TIMES)
    return f"{label}: " + ", ".join(parts) + f", peak {there['peak']:.0f} -> {here['peak']:.0f}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measured(sys.argv[2], int(sys.argv[3]), FRAMES, int(sys.argv[4]))))
    else:
        main()
