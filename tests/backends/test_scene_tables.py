"""Tables of a scene: meshes end to end, and what frames share is converted once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rendersdg.backends.scene_tables import SceneTables
from tests.kernels.nasty import snapshot

SHOWN = snapshot(5, bad=0.0)


def test_meshes_lie_end_to_end() -> None:
    meshes, _, instances = SceneTables().update(SHOWN)

    assert len(SHOWN.meshes) > 1
    for k, mesh in enumerate(SHOWN.meshes):
        first, count = meshes.voff[k], meshes.vcount[k]
        assert np.array_equal(meshes.vertices[first : first + count], mesh.vertices)
        assert np.array_equal(meshes.triangles[meshes.toff[k] : meshes.toff[k] + meshes.tcount[k]], mesh.triangles)
    assert instances.tri_inst.tolist() == [
        k for k, i in enumerate(SHOWN.instances) for _ in SHOWN.meshes[i.mesh].triangles
    ]
    assert instances.vertex_count == sum(len(SHOWN.meshes[i.mesh].vertices) for i in SHOWN.instances)


def test_what_frames_share_is_converted_once() -> None:
    tables = SceneTables()
    meshes, textures, _ = tables.update(SHOWN)

    later = tables.update(replace(SHOWN, frame=1))
    fewer = tables.update(replace(SHOWN, meshes=SHOWN.meshes[:1], instances=()))

    assert later[0] is meshes and later[1] is textures
    assert fewer[0] is not meshes and fewer[1] is textures and len(fewer[2].mesh) == 0
