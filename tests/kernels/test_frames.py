"""What makes a frame, in C: bad numbers, bad arrays, several threads, and structures that are the header's."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Iterator
from ctypes import sizeof
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.labelpass import kernel_view, label, label_pass, see
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.errors import BadArgument
from rendersdg.frame import Wanted
from rendersdg.kernels import drawing, frame, structs, unfold
from rendersdg.kernels.arrays import Array, Structure
from rendersdg.kernels.scene import NO_DECALS, Layout, decals_of, scene_of, textures_of, with_decals
from rendersdg.kernels.threads import bands, set_threads
from rendersdg.kernels.toolchain.compiler import find_compiler
from rendersdg.snapshot import Snapshot
from tests.conftest import ROOT
from tests.kernels.nasty import snapshot

HEADERS = [ROOT / "rendersdg" / "kernels" / name for name in ("kernels.h", "small.h")]
STRUCTURES = {
    s.__name__: s
    for module in (structs, drawing, unfold)
    for s in vars(module).values()
    if isinstance(s, type) and issubclass(s, Structure) and s is not Structure
}
MODELS = ["pinhole", "fisheyePolynomial"]


@pytest.fixture
def many_threads() -> Iterator[None]:
    """Set the number of threads back afterwards."""
    yield
    set_threads(1)


def everything(shown: Snapshot) -> dict[str, np.ndarray]:
    """Return all arrays that the raster backend makes of a snapshot."""
    backend, product = RasterBackend(), shown.products[0]
    buffers, labels = backend.render(shown, product, Wanted(hdr=True, labels=True))
    assert labels is not None and buffers.hdr is not None
    found = {"rgb": buffers.rgb, "hdr": buffers.hdr}
    for name, part in (
        ("label", labels),
        ("centres", label_pass(shown, product, SceneTables())),
        ("surface", backend.surface(shown, product)),
    ):
        values = {f"{name}.{f.name}": getattr(part, f.name) for f in dataclasses.fields(part)}
        found |= {key: value for key, value in values.items() if isinstance(value, np.ndarray)}
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of what is bad on purpose
@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([0.0, 0.05, 0.4]),
    st.sampled_from(MODELS),
    st.sampled_from([(33, 18), (1, 1), (300, 9), (16, 40)]),
)
def test_whatever_numbers_a_mesh_has_a_frame_is_drawn(seed: int, bad: float, model: str, wh: tuple[int, int]) -> None:
    shown = snapshot(seed, bad=bad, wh=wh, model=model)

    found = everything(shown)

    assert found["rgb"].shape == (wh[1], wh[0], 4)
    count = len(shown.instances)
    for name in ("label.instance", "centres.instance"):
        assert found[name].min() >= -1 and found[name].max() < max(count, 1)
    assert (found["label.visible"] <= found["label.unoccluded"]).all()
    assert found["label.visible"].sum() == (found["label.instance"] >= 0).sum()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(MODELS), st.integers(2, 5), st.sampled_from([(33, 70), (300, 41)]))
@pytest.mark.usefixtures("many_threads")
def test_any_number_of_threads_draws_the_same_bytes(seed: int, model: str, count: int, wh: tuple[int, int]) -> None:
    shown = snapshot(seed, bad=0.0, wh=wh, model=model, triangles=300)
    set_threads(1)
    alone = everything(shown)

    set_threads(count)
    together = everything(shown)

    assert {k for k in alone if alone[k].tobytes() != together[k].tobytes()} == set()


@given(st.integers(0, 5000), st.integers(1, 64))
def test_bands_are_all_rows_once_in_order(rows: int, at_most: int) -> None:
    found = list(bands(rows, at_most))

    assert [a for a, _ in found] == [0, *(b for _, b in found[:-1])]
    assert found[-1][1] == rows
    assert len(found) <= at_most


def test_no_threads_are_an_error() -> None:
    with pytest.raises(BadArgument, match="threads=0"):
        set_threads(0)


# ---- arrays that must not get in ----


def parts() -> dict[str, Any]:
    """Return what a call of the kernels is made of, for a small snapshot."""
    shown = snapshot(5, bad=0.0)
    assert shown.instances
    view = see(shown, shown.products[0].camera, SceneTables(), 1)
    return {
        "shown": shown,
        "view": view,
        "scene": view.scene,
        "seen": view.seen,
        "points": view.points,
        "samples": view.samples,
    }


@pytest.mark.parametrize(
    ("structure", "name"),
    [
        (s, n)
        for s, structure in STRUCTURES.items()
        for n, f in structure.fields.items()
        if isinstance(f, Array) and not f.optional
    ],
)
def test_an_array_of_another_kind_is_named_in_an_error(structure: str, name: str) -> None:
    fields = STRUCTURES[structure].fields
    lengths = {
        axis: 2 + k
        for k, axis in enumerate(
            sorted({a for f in fields.values() if isinstance(f, Array) for a in f.shape if isinstance(a, str)})
        )
    }
    arrays = {
        n: np.ones([a if isinstance(a, int) else lengths[a] for a in f.shape], f.dtype)
        for n, f in fields.items()
        if isinstance(f, Array)
    }
    others = {n: 0 for n, f in fields.items() if not isinstance(f, Array)}

    def refused(value: Any, said: str) -> None:
        with pytest.raises(BadArgument, match=f"{structure}.{name} {said}"):
            STRUCTURES[structure](**{k: v for k, v in others.items() if k not in lengths}, **arrays | {name: value})

    refused(
        arrays[name].astype(np.complex64 if arrays[name].dtype.names is None else "f4", casting="unsafe")
        if arrays[name].dtype.names is None
        else arrays[name]["x"].copy(),
        "has dtype",
    )
    refused(arrays[name][None], "has shape")
    refused(np.repeat(arrays[name], 2, axis=-1)[..., ::2], "is not C contiguous")
    refused(None, "is missing")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"first_vertex": -1}, "negative"),
        ({"first_vertex": 10**6}, "beyond the meshes"),
        ({"triangle_count": 10**6}, "beyond the meshes"),
        ({"first_number": 1}, "must count the instances' triangles"),
        ({"vertex_count": 1}, "beyond the 1 vertices"),
        ({"number_instance": 10**6}, "number_instance has values"),
    ],
)
def test_tables_that_lead_out_of_the_meshes_are_an_error(change: dict[str, int], said: str) -> None:
    layout = parts()["view"].tables[2].layout
    arrays = {name: array.copy() for name, array in layout.arrays.items()}
    for name, value in change.items():
        arrays[name][0] = value

    with pytest.raises(BadArgument, match=said):
        Layout(layout.meshes, **arrays)


def test_materials_textures_and_entities_that_are_not_there_are_an_error() -> None:
    given = parts()
    scene, layout, textures = given["scene"], given["view"].tables[2].layout, given["scene"].kept["textures"]
    materials, instances = scene.kept["materials"], scene.kept["instances"]
    entity, none = instances.kept["entity"], np.full(instances.count, 99, np.int64)

    with pytest.raises(BadArgument, match="have materials 99 to 99 of"):
        scene_of(layout, textures, materials, entity=entity, material=none)
    ints = materials.kept["ints"].copy()
    ints[0, 5] = 77
    with pytest.raises(BadArgument, match="has texture 77 of"):
        scene_of(
            layout,
            textures,
            structs.Materials(floats=materials.kept["floats"], ints=ints),
            entity=entity,
            material=entity * 0,
        )
    with pytest.raises(BadArgument, match="labelled 99 to 99"):
        stray = scene_of(layout, textures, materials, entity=none, material=entity * 0)
        frame.raster(stray, given["seen"], drawn_of(given), given["points"], given["samples"])


def drawn_of(given: dict[str, Any], **change: Any) -> structs.Drawn:
    """Return all instances as they are drawn."""
    n = given["scene"].kept["instances"].count
    arrays = {
        "order": np.arange(n),
        "is_active": np.ones(n, np.uint8),
        "is_culled": np.zeros(n, np.uint8),
        "cut_texture": np.full(n, -1),
        "cut_channel": np.zeros(n, np.int64),
        "cut_threshold": np.zeros(n, np.float32),
    }
    return structs.Drawn(**arrays | change)


def test_what_is_drawn_must_be_there() -> None:
    given = parts()
    n = given["scene"].kept["instances"].count

    with pytest.raises(BadArgument, match=r"Drawn.order has values"):
        drawn_of(given, order=np.array([n]))
    with pytest.raises(BadArgument, match="a cut-out has texture 50"):
        frame.raster(
            given["scene"],
            given["seen"],
            drawn_of(given, cut_texture=np.full(n, 50)),
            given["points"],
            given["samples"],
        )
    with pytest.raises(BadArgument, match="Drawn has 1 instances"):
        one = {name: np.zeros(1, array.dtype) for name, array in drawn_of(given).kept.items()}
        frame.transform(given["scene"], given["seen"], structs.Drawn(**one), given["points"])


@pytest.mark.parametrize("step", [1, 2])
def test_a_view_and_its_images_must_be_of_one_size(step: int) -> None:
    given = parts()
    camera = given["shown"].products[0].camera
    larger = kernel_view(dataclasses.replace(camera, resolution_wh=(64, 64)), step)

    with pytest.raises(BadArgument, match="the view 64x64"):
        frame.raster(given["scene"], larger, drawn_of(given), given["points"], given["samples"])
    with pytest.raises(BadArgument, match="samples for 33x18 at step 2"):
        frame.raster(given["scene"], kernel_view(camera, 2), drawn_of(given), given["points"], given["samples"])


def test_rays_and_depths_must_be_there_for_those_who_read_them() -> None:
    given = parts()
    bare = structs.Samples(**given["samples"].kept | {"inverse_depth": None})

    with pytest.raises(BadArgument, match="see_rays needs"):
        frame.see_rays(given["scene"], given["seen"], drawn_of(given), given["points"], given["samples"])
    with pytest.raises(BadArgument, match="raster needs"):
        frame.raster(given["scene"], given["seen"], drawn_of(given), given["points"], bare)


def test_triangle_numbers_that_no_instance_has_are_nothing() -> None:
    given = parts()
    view, shown = given["view"], given["shown"]
    triangle = view.samples.kept["triangle"]
    triangle[::3] = 2**31 - 1
    triangle[1::5] = -7

    labels = label(shown, shown.products[0].camera, view)

    assert (labels.instance.ravel()[::3] == -1).all() or shown.products[0].camera.resolution_wh[0] % 3
    assert labels.instance.max() < len(shown.instances)


def texture_arrays() -> dict[str, np.ndarray]:
    level = np.zeros((1, 14), np.int64)
    level[0, :4] = [0, 32, 40, 42]
    return {"texels": np.zeros((43, 4), np.uint16), "level": level, "size": np.array([[8, 4, 4]], np.int64)}


@pytest.mark.parametrize(
    ("name", "at", "value", "said"),
    [
        ("size", (0, 0), 7, "powers of two"),
        ("size", (0, 2), 15, "powers of two"),
        ("size", (0, 0), 0, "size has values"),
        ("level", (0, 0), 20, "reaches beyond"),
        ("level", (0, 3), 43, "level has values"),
        ("level", (0, 1), -1, "level has values"),
    ],
)
def test_a_texture_lies_within_its_texels(name: str, at: tuple[int, int], value: int, said: str) -> None:
    arrays = texture_arrays()
    textures_of(**arrays)
    arrays[name][at] = value

    with pytest.raises(BadArgument, match=said):
        textures_of(**arrays)


def decal_arrays() -> dict[str, np.ndarray]:
    f4, i4 = np.float32, np.int32
    return {
        "first": np.array([0, -1], i4),
        "chain": np.array([1, -1], i4),
        "patch": np.zeros(2, i4),
        "entries": np.zeros((2, 11), f4),
        "floats": np.ones((1, 6), f4),
        "ints": np.array([[0, 3, 2, 2]], np.int64),
        "texels": np.zeros((8, 10), f4),
        "parts": np.ones(8, np.int16),
        "entities": np.zeros((1, 1), i4),
    }


@pytest.mark.parametrize(
    ("name", "at", "value", "said"),
    [
        ("chain", 0, 0, "must stand behind"),
        ("chain", 1, 0, "must stand behind"),
        ("chain", 0, 5, "chain has values"),
        ("first", 0, 2, "first has values"),
        ("patch", 0, 1, "patch has values"),
        ("ints", (0, 1), 4, "beyond its texels"),
        ("ints", (0, 0), 1, "beyond its texels"),
        ("ints", (0, 3), 99, "beyond its texels"),
    ],
)
def test_a_chain_of_defects_ends_and_a_patch_lies_within_its_texels(name: str, at: Any, value: int, said: str) -> None:
    arrays = decal_arrays()
    decals_of(**arrays)
    arrays[name][at] = value

    with pytest.raises(BadArgument, match=said):
        decals_of(**arrays)


def test_defects_of_other_instances_are_an_error() -> None:
    scene = parts()["scene"]

    assert with_decals(scene, NO_DECALS).kept["point_count"] == scene.kept["point_count"]
    with pytest.raises(BadArgument, match="those of other instances"):
        with_decals(scene, decals_of(**decal_arrays()))


def test_structures_lie_in_memory_as_the_compiler_lays_out_the_headers(tmp_path: Path) -> None:
    asked, expected = [], []
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, flags=re.DOTALL):
            if name == "Point":
                continue
            fields = re.findall(r"(\w+)(?:\[\w+\])?;", body)
            assert [f for f, _ in STRUCTURES[name]._fields_] == fields, name
            asked.append(f'printf("{name} %zu\\n", sizeof({name}));')
            expected.append(f"{name} {sizeof(STRUCTURES[name])}")
            for field in fields:
                asked.append(
                    f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));'
                )
                place = getattr(STRUCTURES[name], field)
                expected.append(f"{name}.{field} {place.offset} {place.size}")
    for field in ("x", "y", "w", "inverse_w", "screen_x", "screen_y"):
        asked.append(f'printf("Point.{field} %zu\\n", offsetof(Point, {field}));')
        expected.append(f"Point.{field} {structs.POINT.fields[field][1]}")  # type: ignore[index]
    program = "#include <stddef.h>\n#include <stdio.h>\n"
    program += "".join(f'#include "{header}"\n' for header in HEADERS)
    (tmp_path / "layout.c").write_text(program + "int main(void) {\n" + "\n".join(asked) + "\nreturn 0;\n}\n")

    compiler = find_compiler()
    subprocess.run([*compiler, "-std=c11", "layout.c", "-o", "layout"], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "layout"], capture_output=True, text=True, check=True).stdout.splitlines()

    assert said == expected
    assert len(STRUCTURES) == len([line for line in asked if "sizeof(" in line and "offsetof" not in line])


def test_pointers_have_the_types_that_the_headers_declare() -> None:
    kinds = {
        "float": "f4",
        "double": "f8",
        "int16_t": "i2",
        "int32_t": "i4",
        "int64_t": "i8",
        "uint8_t": "u1",
        "uint16_t": "u2",
    }
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, flags=re.DOTALL):
            for constant, kind, field in re.findall(r"(const )?(\w+) \*(\w+);", body):
                declared = STRUCTURES[name].fields[field]
                if not isinstance(declared, Array):
                    continue
                assert np.dtype(declared.dtype) == (structs.POINT if kind == "Point" else np.dtype(kinds[kind])), (
                    f"{name}.{field}"
                )
                assert declared.written == (not constant) or name in ("Samples", "Points"), f"{name}.{field}"
