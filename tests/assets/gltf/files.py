"""Small glTF files, written by the tests: their JSON by hand, arrays by the numbers that they get."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.assets.gltf.stage import gltf_stage
from rendersdg.errors import Report

_COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
TRIANGLE = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)]


class File:
    """A glTF file in the making; ``tree`` is its JSON."""

    def __init__(self, **tree: Any) -> None:
        self.tree: dict[str, Any] = {"asset": {"version": "2.0"}, "accessors": [], "bufferViews": [], **tree}
        self._data = b""

    def view(self, data: bytes, **more: Any) -> int:
        """Add a buffer view and return its number."""
        self._data += b"\0" * (-len(self._data) % 4)
        entry = {"buffer": 0, "byteOffset": len(self._data), "byteLength": len(data), **more}
        self.tree["bufferViews"].append(entry)
        self._data += data
        return len(self.tree["bufferViews"]) - 1

    def add(self, values: Any, dtype: Any = np.float32, *, kind: str = "", **more: Any) -> int:
        """Add an accessor of an array and return its number."""
        array = np.asarray(values, dtype)
        kind = kind or ("SCALAR" if array.ndim == 1 else f"VEC{array.shape[1]}" if array.ndim == 2 else "MAT4")
        entry = {"componentType": _COMPONENTS[str(array.dtype)], "count": len(array), "type": kind, **more}
        self.tree["accessors"].append({"bufferView": self.view(array.tobytes()), **entry})
        return len(self.tree["accessors"]) - 1

    def mesh(self, points: Any = TRIANGLE, *, indices: Any = None, **more: Any) -> int:
        """Add a mesh of one primitive and return its number; ``more`` are keys of the primitive."""
        attributes = {"POSITION": self.add(points), **more.pop("attributes", {})}
        primitive = {"attributes": attributes, **more}
        if indices is not None:
            primitive["indices"] = self.add(indices, np.uint16)
        self.tree.setdefault("meshes", []).append({"name": "part", "primitives": [primitive]})
        return len(self.tree["meshes"]) - 1

    def animate(self, node: int, path: str, times: Any, values: Any, kind: str = "LINEAR", name: str = "a") -> None:
        """Add a channel to the animation called ``name``."""
        animations = self.tree.setdefault("animations", [])
        found = [a for a in animations if a["name"] == name]
        if not found:
            animations.append({"name": name, "channels": [], "samplers": []})
        animation = found[0] if found else animations[-1]
        animation["channels"].append({"sampler": len(animation["samplers"]), "target": {"node": node, "path": path}})
        sampler = {"input": self.add(times), "output": self.add(values), "interpolation": kind}
        animation["samplers"].append(sampler)

    def write(self, folder: Path, name: str = "file.gltf") -> Path:
        """Write the file with its nodes in one scene, unless it has scenes."""
        tree = dict(self.tree)
        if self._data:
            body = base64.b64encode(self._data).decode()
            uri = f"data:application/octet-stream;base64,{body}"
            tree["buffers"] = [{"byteLength": len(self._data), "uri": uri}, *tree.get("buffers", [])]
        below = {child for node in tree.get("nodes", []) for child in node.get("children", [])}
        tops = [k for k in range(len(tree.get("nodes", []))) if k not in below]
        file = folder / name
        file.write_text(json.dumps({"scene": 0, "scenes": [{"nodes": tops}], **tree}))
        return file


def converted(file: Path) -> tuple[Usd.Stage, dict[str, str]]:
    """Return the stage of a file, and what is reported by its place in the file."""
    report = Report()
    stage = gltf_stage(str(file), lambda label, pixels: label, report)
    return stage, {s.split(f"{file}:")[-1]: t for (_, s), t in report.entries.items()}


def world(stage: Usd.Stage, path: str, seconds: float | None = None) -> np.ndarray:
    """Return world_from_local of a prim, (4, 4)."""
    time = Usd.TimeCode.Default() if seconds is None else Usd.TimeCode(seconds * stage.GetTimeCodesPerSecond())
    return np.array(UsdGeom.XformCache(time).GetLocalToWorldTransform(stage.GetPrimAtPath(path))).T


def paths(stage: Usd.Stage) -> list[str]:
    return [str(p.GetPath()) for p in stage.Traverse() if p.IsA(UsdGeom.Xformable)]
