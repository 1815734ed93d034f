"""One prim written as text, and the meshes that are made of it."""

from __future__ import annotations

import numpy as np
from pxr import Usd

from rendersdg.errors import Report
from rendersdg.snapshot import Mesh
from rendersdg.stage.parts import read_parts

_ALIVE: list[Usd.Stage] = []


def prim_of(text: str, path: str = "/a") -> Usd.Prim:
    """Return the prim at ``path`` of a layer's text."""
    stage = Usd.Stage.CreateInMemory()
    stage.GetRootLayer().ImportFromString("#usda 1.0\n" + text)
    _ALIVE.append(stage)  # a prim does not keep its stage
    return stage.GetPrimAtPath(path)


def meshes_of(prim: Usd.Prim, report: Report | None = None, time: float = 0.0) -> list[Mesh]:
    return [part.mesh for part in read_parts(prim, Usd.TimeCode(time), report or Report())]


def mesh_of(kind: str, body: str, report: Report | None = None) -> Mesh:
    """Return the one mesh of a prim of a type with attributes, a line each."""
    [mesh] = meshes_of(prim_of(f'def {kind} "a"\n{{\n{body}\n}}\n'), report)
    return mesh


def volume(mesh: Mesh) -> float:
    """Return the volume that a closed mesh encloses, below 0 where it is inside out."""
    a, b, c = (mesh.vertices.astype(float)[mesh.triangles[:, k]] for k in range(3))
    return float((np.cross(a, b) * c).sum() / 6)


def agreement(mesh: Mesh) -> float:
    """Return the least cosine between a triangle and the normals of its corners."""
    a, b, c = (mesh.vertices.astype(float)[mesh.triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    face /= np.linalg.norm(face, axis=1, keepdims=True)
    return float((face[:, None] * mesh.normals[mesh.triangles]).sum(2).min())
