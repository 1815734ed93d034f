"""A scene for the kernels: tables whose numbers are checked against each other, so that none leads out of an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import I4, I8
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.structs import Decals, Instances, Materials, Meshes, Scene, Textures

_TEXTURE_COLUMNS = [0, 1, 3, 5, 6, 7, 14, 15, 16, 17]  # of Materials.ints


class Layout:
    """Where the instances' vertices and triangles lie in ``meshes`` and in the frame's own tables.

    The arrays are those of :class:`Instances`, N instances of G triangles.
    ``point_count`` is how many vertices they have.

    Raises:
        BadArgument: an instance reaches beyond the meshes, or a triangle number does not belong to its instance.
    """

    def __init__(
        self,
        meshes: Meshes,
        *,
        first_vertex: I8,
        vertex_count: I8,
        first_triangle: I8,
        triangle_count: I8,
        first_point: I8,
        first_number: I8,
        number_instance: I4,
        number_key: I4,
    ) -> None:
        self.meshes = meshes
        self.arrays: dict[str, Any] = {
            "first_vertex": first_vertex,
            "vertex_count": vertex_count,
            "first_triangle": first_triangle,
            "triangle_count": triangle_count,
            "first_point": first_point,
            "first_number": first_number,
            "number_instance": number_instance,
            "number_key": number_key,
        }
        nothing = np.zeros(len(first_vertex), np.int64)
        self._instances = Instances(**self.arrays, entity=nothing, material=nothing)  # dtypes and shapes
        self.point_count = int((first_point + vertex_count).max(initial=0))
        for name in ("first_vertex", "vertex_count", "first_triangle", "triangle_count", "first_point", "first_number"):
            if len(first_vertex) and int(self.arrays[name].min()) < 0:
                raise BadArgument(f"Instances.{name} has negative values")
        within = (
            int((first_vertex + vertex_count).max(initial=0)) <= meshes.vertex_count
            and int((first_triangle + triangle_count).max(initial=0)) <= meshes.triangle_count
        )
        if not within:
            raise BadArgument("an instance reaches beyond the meshes' vertices or triangles")
        owner = np.repeat(np.arange(len(first_vertex), dtype=np.int32), triangle_count)
        if not (
            np.array_equal(number_instance, owner)
            and np.array_equal(first_number, np.cumsum(triangle_count) - triangle_count)
        ):
            raise BadArgument("triangle numbers must count the instances' triangles, one instance after the other")
        _check_corners(meshes, first_triangle, triangle_count, vertex_count)

    def instances(self, entity: I8, material: I8) -> Instances:
        """Return the instances with their ``entity`` (N,) and ``material`` (N,): a copy,
        whose other arrays are checked already.
        """
        count = {"count": self._instances.count}
        copy = Instances.from_buffer_copy(self._instances)
        copy.entity = address("Instances.entity", entity, "i8", ("count",), count)
        copy.material = address("Instances.material", material, "i8", ("count",), count)
        copy.kept = self.arrays | {"entity": entity, "material": material}
        return copy


def _check_corners(meshes: Meshes, first: I8, count: I8, vertices: I8) -> None:
    triangles = meshes.kept["triangles"]
    for a, n, most in {(int(a), int(n), int(v)) for a, n, v in zip(first, count, vertices) if n}:
        if int(triangles[a : a + n].max()) >= most:
            raise BadArgument(f"a triangle's corner lies beyond the {most} vertices of its mesh")


def textures_of(texels: NDArray[np.uint16], level: I8, size: I8) -> Textures:
    """Return textures whose levels all lie within ``texels``; see :class:`Textures` for the arrays.
    Raises BadArgument.
    """
    textures = Textures(texels=texels, level=level, size=size)
    width, height, levels = size.T
    if np.any(width & (width - 1)) or np.any(height & (height - 1)) or np.any(levels > level.shape[1]):
        raise BadArgument("sides of textures must be powers of two, of no more levels than have a place")
    k = np.arange(level.shape[1])
    texels_of_level = np.maximum(width[:, None] >> k, 1) * np.maximum(height[:, None] >> k, 1)
    if np.any((level + texels_of_level > len(texels)) & (k < levels[:, None])):
        raise BadArgument("a texture's level reaches beyond the texels")
    return textures


def decals_of(**arrays: Any) -> Decals:
    """Return defects whose chains end and whose patches lie within their texels; see :class:`Decals`.
    Raises BadArgument.
    """
    decals = Decals(**arrays)
    chain, ints = arrays["chain"], arrays["ints"]
    if np.any((chain >= 0) & (chain <= np.arange(len(chain)))):
        raise BadArgument("the entry after a defect's must stand behind it")
    for start, width, height, levels in ints.tolist():
        texels = 0
        w, h = width, height
        for _ in range(min(max(levels, 0), 64)):
            texels += w * h
            w, h = (w + 1) // 2, (h + 1) // 2
        if min(start, width, height, levels) < 0 or levels > 64 or start + texels > decals.texel_count:
            raise BadArgument("a defect's patch reaches beyond its texels")
    return decals


def _no_decals() -> Decals:
    nothing = np.zeros(0, np.int32)
    return decals_of(
        first=nothing,
        chain=nothing,
        patch=nothing,
        entries=np.zeros((0, 11), np.float32),
        floats=np.zeros((0, 6), np.float32),
        ints=np.zeros((0, 4), np.int64),
        texels=np.zeros((0, 10), np.float32),
        parts=np.zeros(0, np.int16),
        entities=np.zeros((0, 0), np.int32),
    )


NO_DECALS = _no_decals()


def with_decals(scene: Scene, decals: Decals) -> Scene:
    """Return the scene with other defects on it. Raises BadArgument when they are those of other instances."""
    if decals.number_count not in (0, scene.kept["instances"].number_count):
        raise BadArgument("the defects are those of other instances")
    changed = Scene(**{name: scene.kept[name] for name in scene.fields} | {"decals": decals})
    changed.kept["point_count"] = scene.kept["point_count"]
    return changed


def scene_of(layout: Layout, textures: Textures, materials: Materials, *, entity: I8, material: I8) -> Scene:
    """Return a scene of instances with their ``entity`` (N,) and ``material`` (N,), without defects.

    Raises:
        BadArgument: a material or texture that is not there.
    """
    instances = layout.instances(entity, material)
    if len(material) and not 0 <= int(material.min()) <= int(material.max()) < materials.count:
        raise BadArgument(f"instances have materials {material.min()} to {material.max()} of {materials.count}")
    images = materials.kept["ints"][:, _TEXTURE_COLUMNS]
    if images.size and int(images.max()) >= textures.count:
        raise BadArgument(f"a material has texture {images.max()} of {textures.count}")
    scene = Scene(meshes=layout.meshes, instances=instances, textures=textures, materials=materials, decals=NO_DECALS)
    scene.kept["point_count"] = layout.point_count
    return scene
