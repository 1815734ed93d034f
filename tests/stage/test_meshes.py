"""Meshes: polygons are covered once, instances drawn, the mirrored right side out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.snapshot import Snapshot
from rendersdg.stage import meshes
from rendersdg.stage.meshes import triangulate
from tests.assets.loading import load
from tests.conftest import Opener, needs_shared


def test_concave_polygons_are_covered_once() -> None:
    outline = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [2, 1, 0], [0, 4, 0]], float)  # an M: fans would spill over
    triangles, _ = triangulate(outline, np.array([5]), np.arange(5))
    corners = outline[triangles]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2

    assert len(triangles) == 3 and (area > 0).all()
    assert area.sum() == pytest.approx(16 - 6)


def test_native_and_point_instances_are_all_drawn(open_scene: Opener) -> None:
    snapshot = load(open_scene, needs_shared("assets", "usd", "intent_vfx", "scenes", "simpleAssetScene.usd"))

    assert len(snapshot.instances) >= 494
    assert len(snapshot.meshes) < 20  # shared, not copied


def test_the_mirrored_and_left_handed_stay_right_side_out(open_scene: Opener) -> None:
    snapshot = load(open_scene, needs_shared("assets", "usd", "chess_rook", "Rook.usd"))
    volume = 0.0
    for i in snapshot.instances:
        p = (snapshot.meshes[i.mesh].vertices.astype(float) @ i.world_from_mesh[:3, :3].T)[
            snapshot.meshes[i.mesh].triangles
        ]
        volume += float(np.einsum("ij,ij->", p[:, 0], np.cross(p[:, 1], p[:, 2])))

    assert volume > 0


def test_points_whose_corners_agree_stay_and_one_whose_corners_differ_is_split(
    open_scene: Opener, tmp_path: Path
) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "sheet.usda"))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, "Z")
    mesh = UsdGeom.Mesh.Define(stage, "/Sheet")
    stage.SetDefaultPrim(mesh.GetPrim())
    mesh.CreatePointsAttr([(9, 9, 9), (0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)])  # none has a corner at the first
    mesh.CreateFaceVertexCountsAttr([3, 3])
    mesh.CreateFaceVertexIndicesAttr([3, 1, 2, 1, 3, 4])
    mesh.CreateSubdivisionSchemeAttr("none")
    uvs = [(1, 1), (0, 0), (1, 0), (0, 0), (1, 1), (0, 1)]
    primvar = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, "faceVarying")
    found = []
    for first in ((1, 1), (0.5, 1)):
        primvar.Set([first, *uvs[1:]])
        stage.GetRootLayer().Export(str(tmp_path / f"sheet{first[0]}.usda"))
        found.append(load(open_scene, tmp_path / f"sheet{first[0]}.usda").meshes[0])
    agreeing, split = found

    assert agreeing.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
    assert agreeing.uvs.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert agreeing.triangles.tolist() == [[2, 0, 1], [0, 2, 3]]
    assert split.uvs.tolist() == [[0, 0], [1, 0], [0.5, 1], [1, 1], [0, 1]]
    assert split.triangles.tolist() == [[2, 0, 1], [0, 3, 4]]


def volume(snapshot: Snapshot) -> float:
    """Return the volume of all instances, cubic metres; below 0 where faces look inwards."""
    total = 0.0
    for i in snapshot.instances:
        world = snapshot.meshes[i.mesh].vertices.astype(float) @ i.world_from_mesh[:3, :3].T
        p = world[snapshot.meshes[i.mesh].triangles]
        total += float(np.einsum("ij,ij->", p[:, 0], np.cross(p[:, 1], p[:, 2]))) / 6
    return total


@pytest.mark.parametrize("orientation", ["rightHanded", "leftHanded"])
@pytest.mark.parametrize("mirror", [1, -1])
def test_a_box_stays_right_side_out(open_scene: Opener, tmp_path: Path, orientation: str, mirror: int) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "box.usda"))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, "Z")
    mesh = UsdGeom.Mesh.Define(stage, "/Box")
    stage.SetDefaultPrim(mesh.GetPrim())
    mesh.CreatePointsAttr([(x, y, z) for z in (0, 1) for y in (0, 2) for x in (0, 3)])
    faces = [0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5]
    mesh.CreateFaceVertexCountsAttr([4] * 6)
    mesh.CreateFaceVertexIndicesAttr(faces if orientation == "rightHanded" else faces[::-1])
    mesh.CreateOrientationAttr(orientation)
    mesh.CreateSubdivisionSchemeAttr("none")
    mesh.AddScaleOp().Set(Gf.Vec3f(mirror, 1, 1))
    stage.Save()

    snapshot = load(open_scene, "box.usda", folder=tmp_path)

    # a mirroring transform turns faces inwards; whoever draws them heeds its determinant
    assert volume(snapshot) * np.sign(np.linalg.det(snapshot.instances[0].world_from_mesh[:3, :3])) == pytest.approx(6)


def test_instances_share_their_mesh(open_scene: Opener, tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "row.usda"))
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/Row").GetPrim())
    UsdGeom.Sphere.Define(stage, "/Prototype/ball")
    stage.GetPrimAtPath("/Prototype").SetSpecifier(Sdf.SpecifierClass)
    for k in range(5):
        prim = stage.DefinePrim(f"/Row/ball_{k}", "Xform")
        prim.GetReferences().AddInternalReference("/Prototype")
        prim.SetInstanceable(True)
        UsdGeom.Xformable(prim).AddTranslateOp().Set((3 * k, 0, 0))
    stage.Save()
    snapshot = load(open_scene, "row.usda", folder=tmp_path)

    assert len(snapshot.instances) == 5 and len(snapshot.meshes) == 1


def test_faces_of_any_size_come_in_their_order_and_cover_what_they_covered() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(2, 9, 300)
    angles = [np.sort(rng.uniform(0, 2 * np.pi, count)) for count in counts]
    radii = [rng.uniform(0.2, 1, count) for count in counts]  # stars about the origin: few are convex
    flat = np.concatenate([r * [np.cos(a), np.sin(a)] for a, r in zip(angles, radii)], axis=1).T
    points = np.column_stack([flat, np.zeros(len(flat))])
    order = rng.permutation(len(points))

    triangles, face_of = triangulate(points[order], counts, np.argsort(order))

    assert face_of.tolist() == np.repeat(np.arange(300), np.maximum(counts - 2, 0)).tolist()
    a, b, c = (points[triangles[:, k]] for k in range(3))
    areas = np.bincount(face_of, np.cross(b - a, c - a)[:, 2], 300)
    starts = np.cumsum(counts) - counts
    for first, count, area in zip(starts, counts, areas):
        x, y = points[first : first + count, :2].T
        assert area == pytest.approx(x @ np.roll(y, -1) - y @ np.roll(x, -1) if count > 2 else 0, abs=1e-12)


@pytest.mark.parametrize("smooth", [False, True])
def test_computed_normals_are_those_of_adding_one_triangle_after_the_other(smooth: bool) -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(3, 25, 60)
    points, indices = rng.normal(size=(80, 3)), rng.integers(0, 80, counts.sum())
    triangles, face_of = triangulate(points, counts, indices)

    found = meshes._computed_normals(points, indices, triangles, face_of, smooth=smooth)

    total: dict[int, np.ndarray] = {}
    for corner in range(3):
        for triangle, face in zip(triangles, face_of):
            a, b, c = points[indices[triangle]]
            key = int(indices[triangle[corner]] if smooth else face)
            total[key] = total.get(key, np.zeros(3)) + meshes._cross(b - a, c - a)
    for triangle, face in zip(triangles, face_of):
        for corner in triangle:
            normal = total[int(indices[corner] if smooth else face)]
            length = np.linalg.norm(normal)
            wanted = normal / length if length > 1e-30 else [0, 0, 1]
            assert np.allclose(found[corner], wanted, rtol=0, atol=1e-15)
