"""Run every Replicator script of a folder in its own process and print how each went.

    python tests/conformance/run_scripts.py FOLDER [--time-limit 120] [--frames-limit 5]

A line a script: ran or not, frames, files, what ``verify`` and the labels say, the first error. Labels are sane when
the boxes lie within their images and name labels that the tables hold. Exits 1 when a script fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rendersdg.dataset.dataset import FOLDER, Dataset
from rendersdg.dataset.store import Store


def label_faults(root: Path) -> list[str]:
    """Return what is wrong with the BasicWriter boxes below a folder."""
    faults = []
    for path in sorted(root.rglob("bounding_box_2d_*[0-9].npy")):
        rows = np.load(path)
        kind, number = path.stem[: len("bounding_box_2d_tight")], path.stem[len("bounding_box_2d_tight_") :]
        table = path.with_name(f"{kind}_labels_{number}.json")
        labels = json.loads(table.read_text()) if table.exists() else {}
        if any(str(r["semanticId"]) not in labels for r in rows):
            faults.append(f"{path.name}: a row names no label")
        for folder in (path.parent, path.parent.parent / "rgb"):
            image = folder / f"rgb_{number}.png"
            if image.exists():
                height, width = cv2.imread(str(image)).shape[:2]
                if len(rows) and (
                    rows["x_min"].min() < 0 or rows["x_max"].max() >= width or rows["y_max"].max() >= height
                ):
                    faults.append(f"{path.name}: a box leaves the image")
    return faults


def run(script: Path, time_limit: float, frames_limit: int) -> dict[str, object]:
    """Run one script in a folder of its own and return what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "rendersdg.cli",
            "run",
            str(script),
            "-o",
            folder,
            "--frames-limit",
            str(frames_limit),
        ]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=time_limit, check=False
            )
        except subprocess.TimeoutExpired:
            return {"script": script.name, "ran": False, "error": f"no end within {time_limit:.0f} s"}
        root = Path(folder)
        files = [p for p in root.rglob("*") if p.is_file() and FOLDER not in p.parts]
        faults = label_faults(root)
        frames = 0
        if (root / FOLDER).is_dir():
            dataset = Dataset(Store(folder))
            faults += [p for p in dataset.verify() if not p.startswith("not listed")]  # what a script saved by itself
            frames = len(dataset.frames())
        errors = [line for line in done.stderr.splitlines() if line.startswith("error")]
        return {
            "script": script.name,
            "ran": done.returncode == 0,
            "frames": frames,
            "files": len(files),
            "faults": faults,
            "error": (errors or done.stderr.splitlines()[-1:] or [""])[0] if done.returncode else "",
        }


def main() -> None:
    """Print the table and the share that ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--time-limit", type=float, default=120.0)
    parser.add_argument("--frames-limit", type=int, default=5)
    options = parser.parse_args()
    scripts = sorted(p for p in options.folder.rglob("*") if p.suffix in (".py", ".ipynb") and FOLDER not in p.parts)
    good = 0
    for script in scripts:
        row = run(script, options.time_limit, options.frames_limit)
        fine = bool(row["ran"]) and not row.get("faults")
        good += fine
        print(
            f"{'ok  ' if fine else 'FAIL'} {row['script']:40s} {row.get('frames', 0):>4} frames "
            f"{row.get('files', 0):>5} files  "
            f"{row['error']}{'; '.join(map(str, row.get('faults') or []))}",  # type: ignore[call-overload]
            flush=True,
        )
    print(f"{good} of {len(scripts)} scripts ran to completion with labels that hold")
    sys.exit(int(good < len(scripts)))


if __name__ == "__main__":
    main()
