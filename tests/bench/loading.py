"""Time and memory of loading one mesh from each kind of file, beside Blender's import of the same file.

    python tests/bench/loading.py [--blender PYTHON] [--triangles 100000 1000000] [--kinds stl obj ply glb usdc]

PYTHON is an interpreter that has ``bpy``; without one our numbers alone are printed. The mesh is a lumpy ring of one
material, closed and smooth, with texture coordinates where the format has them. Each load is a process of its own,
ours and Blender's in turn. Loading is from the file to arrays that can be drawn: a snapshot of ours, objects of
Blender's. Seconds are those of all processors together, so that a machine with other work tells the same. Memory is
what the process's peak grew by while it loaded (Linux alone can tell). The first frame (256 x 256, one sun and a dome)
comes on top of loading.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import trimesh
from pxr import Gf, Usd, UsdGeom, Vt

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("stl", "obj", "ply", "glb", "usdc")
_OURS = """
import json, sys
from pathlib import Path
import tests.conformance.portrait as portraits
before = portraits.peak(anew=True)
made = portraits.portrait(Path(sys.argv[1]))
print(json.dumps([made.loading_cpu, made.drawing_cpu, made.loaded - before, made.triangles]))
"""


def lumpy(triangles: int) -> trimesh.Trimesh:
    """Return a closed lumpy ring of about so many triangles, with texture coordinates."""
    rows = max(round((triangles / 4) ** 0.5), 3)
    columns = 2 * rows
    v, u = np.meshgrid(np.linspace(0, 2 * np.pi, rows + 1), np.linspace(0, 2 * np.pi, columns + 1), indexing="ij")
    thick = 0.5 + 0.05 * np.sin(7 * u) * np.sin(5 * v)
    points = np.stack([(1 + thick * np.cos(v)) * np.cos(u), (1 + thick * np.cos(v)) * np.sin(u), thick * np.sin(v)], -1)
    k = np.arange(rows * (columns + 1)).reshape(rows, columns + 1)[:, :-1].ravel()
    faces = np.concatenate(
        [
            np.column_stack([k, k + 1, k + columns + 1]),
            np.column_stack([k + 1, k + columns + 2, k + columns + 1]),
        ]
    )
    visual = trimesh.visual.TextureVisuals(uv=np.stack([u, v], -1).reshape(-1, 2) / (2 * np.pi))
    return trimesh.Trimesh(points.reshape(-1, 3), faces, visual=visual, process=False)


def write(mesh: trimesh.Trimesh, file: Path) -> None:
    """Write a mesh in the format that the file's name asks for."""
    if file.suffix != ".usdc":
        mesh.export(str(file), **({} if file.suffix in (".stl", ".ply") else {"include_normals": True}))
        return
    stage = Usd.Stage.CreateNew(str(file))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, "Z")
    prim = UsdGeom.Mesh.Define(stage, "/Mesh")
    stage.SetDefaultPrim(prim.GetPrim())
    prim.GetPointsAttr().Set(Vt.Vec3fArray.FromNumpy(mesh.vertices.astype(np.float32)))
    prim.GetFaceVertexCountsAttr().Set(Vt.IntArray.FromNumpy(np.full(len(mesh.faces), 3, np.int32)))
    prim.GetFaceVertexIndicesAttr().Set(Vt.IntArray.FromNumpy(mesh.faces.astype(np.int32).ravel()))
    prim.GetSubdivisionSchemeAttr().Set("none")
    normals = mesh.vertex_normals.astype(np.float32)
    prim.GetNormalsAttr().Set(Vt.Vec3fArray.FromNumpy(normals))
    prim.SetNormalsInterpolation("vertex")
    low, high = mesh.bounds
    prim.GetExtentAttr().Set(Vt.Vec3fArray([Gf.Vec3f(*map(float, low)), Gf.Vec3f(*map(float, high))]))
    stage.GetRootLayer().Save()


def ours(file: Path) -> tuple[float, float, float]:
    """Return the seconds of processors for loading and for the first frame, and the MB that loading took."""
    done = subprocess.run(
        [sys.executable, "-c", _OURS, str(file)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    loading, drawing, megabytes, _ = json.loads(done.stdout.splitlines()[-1])
    return loading, drawing, megabytes


def blenders(file: Path, blender: str, folder: Path) -> tuple[float, float]:
    """Return the seconds of processors for Blender's import, and the MB that it took."""
    job, out = folder / "job.json", folder / "out.npz"
    job.write_text(json.dumps({"asset": str(file), "out": str(out)}))
    script = str(ROOT / "tests/conformance/in_blender.py")
    done = subprocess.run([blender, script, str(job)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    with np.load(out) as told:
        return float(told["cpu"]), float(told["megabytes"] - told["before"])


def main() -> None:
    """Write the files, load each, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blender", help="an interpreter that has bpy")
    parser.add_argument("--triangles", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--rounds", type=int, default=3, help="loads of each; the fastest counts")
    options = parser.parse_args()
    print("| file | triangles | loads in | Blender | ratio | first frame | MB per 100,000 | Blender | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for triangles in options.triangles:
            mesh = lumpy(triangles)
            for kind in options.kinds:
                file = folder / f"lumpy_{triangles}.{kind}"
                write(mesh, file)
                mine, theirs = [], []
                for _ in range(options.rounds):
                    mine.append(ours(file))
                    if options.blender:
                        theirs.append(blenders(file, options.blender, folder))
                print(_line(kind, len(mesh.faces), mine, theirs), flush=True)
                file.unlink()


def _line(kind: str, triangles: int, mine: list[tuple[float, float, float]], theirs: list[tuple[float, float]]) -> str:
    loading, drawing, megabytes = (min(row[k] for row in mine) for k in range(3))
    per = triangles / 100_000
    cells = [kind, f"{triangles:,}", f"{loading:.2f} s"]
    if theirs:
        seconds, other = (min(row[k] for row in theirs) for k in range(2))
        cells += [f"{seconds:.2f} s", f"{loading / seconds:.2f}", f"{loading + drawing:.2f} s"]
        cells += [f"{megabytes / per:.0f}", f"{other / per:.0f}", f"{megabytes / max(other, 1e-9):.2f}"]
    else:
        cells += ["", "", f"{loading + drawing:.2f} s", f"{megabytes / per:.0f}", "", ""]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
