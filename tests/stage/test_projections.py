"""Projected materials lie where their proxies stand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.errors import RenderSDGError
from tests.conftest import Opener, needs_shared
from tests.defects.damage import snapshot_of, with_and_without

PROJECTED = """
steel: {create.material_omnipbr: {diffuse: [0.15, 0.15, 0.15], roughness: 0.5}}
part: {create.%s: {scale: [0.2, 0.2, 0.2], material: steel}}
proxy: {create.cube: {visible: false, position: [0, 0, 0.1], scale: [0.1, 0.1, 0.1]}}
room: {create.light: {light_type: dome, intensity: 800}}
eye: {create.camera: {position: [0, 0, 1], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 80,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [256, 256]}}
frames: {trigger.on_frame: {max_execs: 5}}
decal:
  create.projection_material: {proxy_prim: proxy, input_prims: part, semantics: [["class", "scratch"]]}
look:
  with.frames:
    with.decal:
      modify.projection_material: {%s}
"""


def test_a_projected_material_lies_where_its_proxy_stands(open_scene: Opener, tmp_path: Path) -> None:
    image = np.zeros((100, 100, 4), np.uint8)
    image[10:30, 20:90] = 255  # white, in the upper part, from 20 % to 90 % of the width
    cv2.imwrite(str(tmp_path / "mark_D.png"), image)
    for shape in ("plane", "cylinder"):
        session = open_scene(PROJECTED % (shape, f'texture_group: ["{tmp_path}/mark_D.png"]'))
        view = session.capture(session.planner.plan(0)).views["Replicator"]
        camera = view.product.camera
        height = 1.0 if shape == "plane" else 0.9  # the cylinder's top is 0.1 m nearer
        pixel = camera.focal_px[0] / height
        box = view.labels.tight[-1]

        expected = [128 + pixel * v for v in (-0.03, 0.04)], [128 - pixel * v for v in (0.04, 0.02)]
        assert [box[0], box[2] + 1] == pytest.approx(expected[0], abs=2.5)
        assert [box[1], box[3] + 1] == pytest.approx(expected[1], abs=2.5)
        assert view.buffers.rgb[(box[1] + box[3]) // 2, (box[0] + box[2]) // 2, 0] > view.buffers.rgb[200, 128, 0] + 40


def drawn(folder: Path) -> Path:
    """Draw five scratches: a light line across the image, with a groove's normals and a smooth floor."""
    for k in range(5):
        cover = np.zeros((64, 64), np.uint8)
        way = np.array([np.cos(0.6 * k), np.sin(0.6 * k)]) * 24
        cv2.line(cover, tuple(np.int32(32 - way)), tuple(np.int32(32 + way)), 255, 3 + k)
        opaque = np.full_like(cover, 255)
        normal = np.stack([opaque, np.full_like(cover, 128), np.where(cover, 190, 128).astype(np.uint8), cover], -1)
        cv2.imwrite(str(folder / f"scratch_{k}_D.png"), np.stack([cover] * 4, -1))
        cv2.imwrite(str(folder / f"scratch_{k}_N.png"), normal)  # blue first: z, y, x
        cv2.imwrite(str(folder / f"scratch_{k}_R.png"), np.full((64, 64), 60, np.uint8))
    return folder


@pytest.mark.parametrize("whose", ["published", "drawn"])
def test_scratches_project_with_normals_and_roughness(open_scene: Opener, tmp_path: Path, whose: str) -> None:
    folder = needs_shared("assets", "defects") if whose == "published" else drawn(tmp_path)
    groups = [[f"{folder}/scratch_{k}_{role}.png" for role in "DNR"] for k in range(5)]
    group = f"texture_group: {{distribution.choice: {{choices: {groups}}}}}"
    session = open_scene(PROJECTED % ("torus", group))
    areas = []
    for frame in range(3):
        view = session.capture(session.planner.plan(frame)).views["Replicator"]
        mask, changed = with_and_without(view.snapshot)
        areas.append(int((mask >= 0).sum()))
        if areas[-1]:
            assert ((mask >= 0) & changed).sum() / ((mask >= 0) | changed).sum() > 0.99

    assert max(areas) > 20
    assert len(set(areas)) > 1  # another scratch in another frame


@pytest.mark.parametrize(("arguments", "said"), [("texture_group: [scratch.png]", "_D"), ("diffuse: 5", "diffuse")])
def test_bad_projections_are_named(open_scene: Opener, arguments: str, said: str) -> None:
    with pytest.raises(RenderSDGError, match=said):
        snapshot_of(open_scene(PROJECTED % ("plane", arguments)), 0)
