"""glTF materials: each thing that a file says is in the picture, or reported; the values are the specification's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Wanted
from rendersdg.snapshot import Material, Mesh, Snapshot
from tests.assets.loading import load
from tests.assets.quads import CORNERS, QUARTERS, quad
from tests.conftest import SHARED, Opener

BASE = {"baseColorTexture": {"index": 0}, "metallicFactor": 0.0}


def surface(open_scene: Opener, file: Path) -> tuple[Mesh, Material, Snapshot]:
    snapshot = load(open_scene, file)
    (instance,) = snapshot.instances
    return snapshot.meshes[instance.mesh], snapshot.materials[instance.material], snapshot


def notes(open_scene: Opener, file: Path) -> dict[str, str]:
    """Return what is reported of a file, by its place in it."""
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{file}"}}}}\n', backend="null")
    session.snapshot(0)
    return {s.split(f"{file}:")[-1]: t for (_, s), t in session.recorder.report.entries.items() if str(file) in s}


def facing(open_scene: Opener, file: Path, side: int = 96) -> np.ndarray:
    """Return the light (side, side, 3) of the square of a file, which fills the picture."""
    body = (
        f'thing: {{create.from_usd: {{usd: "{file}"}}}}\n'
        "eye: {create.camera: {position: [0.5, -1, 0.5], look_at: [0.5, 0, 0.5], focal_length: 20.955, "
        "horizontal_aperture: 20.955, clipping_range: [0.01, 10]}}\n"
        f"view: {{create.render_product: {{camera: eye, resolution: [{side}, {side}]}}}}\n"
    )
    snapshot = open_scene(body).snapshot(0)
    hdr = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True)).buffers.hdr
    assert hdr is not None
    return hdr[..., :3]


def at_corners(mesh: Mesh) -> dict[tuple[float, float], tuple[float, float]]:
    """Return the texture coordinates, v down, of each corner by its place."""
    places = np.round(mesh.vertices[:, :2], 3).tolist()
    return {(x, y): (u, 1 - v) for (x, y), (u, v) in zip(places, mesh.uvs.tolist())}


def test_a_transform_lays_the_texture_as_the_extensions_example_says(open_scene: Opener, tmp_path: Path) -> None:
    placing = {"offset": [0, 1], "rotation": np.pi / 2, "scale": [0.5, 0.5]}
    texture = {"index": 0, "extensions": {"KHR_texture_transform": placing}}
    file = quad(tmp_path, {"pbrMetallicRoughness": {"baseColorTexture": texture}}, images=[QUARTERS])

    mesh, _, _ = surface(open_scene, file)

    # "only the lower left quadrant of the source image, rotated clockwise 90 degrees"
    laid = at_corners(mesh)
    assert laid[0, 1] == pytest.approx((0.0, 1.0), abs=1e-6)  # the quadrant's lower left is at the upper left
    assert laid[1, 1] == pytest.approx((0.0, 0.5), abs=1e-6)
    assert laid[1, 0] == pytest.approx((0.5, 0.5), abs=1e-6)
    assert laid[0, 0] == pytest.approx((0.5, 1.0), abs=1e-6)


def test_the_second_set_of_coordinates_is_taken_where_a_texture_asks_for_it(open_scene: Opener, tmp_path: Path) -> None:
    second = np.array([(0, 0), (16384, 0), (16384, 16384), (0, 16384)], np.uint16)
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, "texCoord": 1}}}

    mesh, _, _ = surface(open_scene, quad(tmp_path, material, attributes={"TEXCOORD_1": second}, images=[QUARTERS]))

    assert at_corners(mesh)[1, 1] == pytest.approx((0.25, 0.25), abs=1e-4)


def test_an_image_that_lies_otherwise_than_the_base_colour_is_drawn_anew_for_it(
    open_scene: Opener, tmp_path: Path
) -> None:
    half = {"index": 0, "extensions": {"KHR_texture_transform": {"offset": [0.5, 0.0], "scale": [0.5, 0.5]}}}
    material = {"pbrMetallicRoughness": BASE, "emissiveTexture": half, "emissiveFactor": [1, 1, 1]}

    _, look, snapshot = surface(open_scene, quad(tmp_path, material, images=[QUARTERS]))

    glow = snapshot.textures[look.emission_texture].pixels
    assert (glow[..., :3] == (0, 255, 0)).all()  # the upper right quarter alone
    assert snapshot.textures[look.base_colour_texture].pixels[0, 0].tolist() == [255, 0, 0, 255]


BENT = np.array([(0, 0), (1, 0), (0.2, 0.3), (0, 1)], np.float32)  # no straight map joins it to the first set


def test_an_image_that_no_straight_map_joins_lies_by_the_second_set(open_scene: Opener, tmp_path: Path) -> None:
    large = np.repeat(np.repeat(np.array(QUARTERS), 8, axis=0), 8, axis=1)
    glow = {"emissiveTexture": {"index": 0, "texCoord": 1}, "emissiveFactor": [1, 1, 1]}
    black = {"pbrMetallicRoughness": {**BASE, "baseColorFactor": [0, 0, 0, 1]}}
    extensions = {"KHR_materials_specular": {"specularFactor": 0}}
    file = quad(tmp_path, {**black, **glow, "extensions": extensions}, attributes={"TEXCOORD_1": BENT}, images=[large])

    mesh, look, _ = surface(open_scene, file)
    light = facing(open_scene, file)

    assert look.finish.others == {"emission_texture"} and mesh.other_uvs is not None and notes(open_scene, file) == {}
    size = len(light)
    seen = 0
    for row in range(8, size, 16):
        for column in range(8, size, 16):
            x, y = (column + 0.5) / size, 1 - (row + 0.5) / size  # the quad is cut from (0, 0) to (1, 1)
            a, b, c = (BENT[0], BENT[1], BENT[2]) if x > y else (BENT[0], BENT[2], BENT[3])
            u, v = a + (x - y) * (b - a) + y * (c - a) if x > y else a + x * (b - a) + (y - x) * (c - a)
            if min(abs(u - t) for t in (0, 0.5, 1)) < 0.08 or min(abs(v - t) for t in (0, 0.5, 1)) < 0.08:
                continue  # between two texels
            seen += 1
            texel = np.array(QUARTERS[int(v > 0.5)][int(u > 0.5)]) / 255
            assert light[row, column] == pytest.approx(1000 * texel, abs=30), (x, y)
    assert seen > 10


def test_an_image_by_a_third_set_is_reported_and_does_not_glow(open_scene: Opener, tmp_path: Path) -> None:
    material = {
        "pbrMetallicRoughness": BASE,
        "normalTexture": {"index": 0, "texCoord": 1},
        "emissiveTexture": {"index": 0, "texCoord": 2},
        "emissiveFactor": [1, 1, 1],
    }
    third = np.array([(0, 0), (0.1, 0.3), (1, 1), (0.9, 0.2)], np.float32)
    file = quad(tmp_path, material, attributes={"TEXCOORD_1": BENT, "TEXCOORD_2": third}, images=[QUARTERS])

    _, look, _ = surface(open_scene, file)

    assert look.emission == (0, 0, 0) and look.emission_texture == -1 and look.finish.others == {"normal_texture"}
    assert "quad.emissiveTexture" in notes(open_scene, file)


def test_an_image_drawn_by_its_nearest_texel_shows_squares(open_scene: Opener, tmp_path: Path) -> None:
    file = quad(
        tmp_path,
        {"pbrMetallicRoughness": BASE},
        images=[QUARTERS],
        textures=[{"source": 0, "sampler": 0}],
        samplers=[{"magFilter": 9728}],
    )

    _, look, snapshot = surface(open_scene, file)

    pixels = snapshot.textures[look.base_colour_texture].pixels
    assert pixels.shape == (1024, 1024, 4) and notes(open_scene, file) == {}
    assert pixels[511, 511, :3].tolist() == [255, 0, 0] and pixels[512, 512, :3].tolist() == [255, 255, 0]


def test_images_of_coats_and_reflectance_are_kept(open_scene: Opener, tmp_path: Path) -> None:
    coat = {"clearcoatFactor": 0.5, "clearcoatTexture": TEXTURE, "clearcoatRoughnessTexture": TEXTURE}
    specular = {"specularFactor": 0.5, "specularTexture": TEXTURE, "specularColorFactor": [2, 2, 2]}
    extensions = {"KHR_materials_clearcoat": coat, "KHR_materials_specular": specular}
    file = quad(tmp_path, {"extensions": extensions}, images=[QUARTERS], extensionsUsed=list(extensions))

    _, look, _ = surface(open_scene, file)

    finish = look.finish
    assert min(finish.coat_texture, finish.coat_roughness_texture, finish.specular_texture) >= 0
    assert look.specular == pytest.approx(0.5)  # 0.04 of the index, twice, by half
    assert notes(open_scene, file) == {}


@pytest.mark.parametrize(("mode", "beyond"), [(33071, (255, 0, 0)), (33648, (0, 255, 0)), (10497, (255, 0, 0))])
def test_an_image_is_clamped_mirrored_or_repeated(
    open_scene: Opener, tmp_path: Path, mode: int, beyond: tuple[int, int, int]
) -> None:
    wide = np.array(CORNERS, np.float32) * [2, 1] - [1, 0]
    textures = [{"source": 0, "sampler": 0}]
    file = quad(
        tmp_path,
        {"pbrMetallicRoughness": BASE},
        attributes={"TEXCOORD_0": wide.astype(np.float32)},
        images=[QUARTERS],
        textures=textures,
        samplers=[{"wrapS": mode}],
    )

    mesh, look, snapshot = surface(open_scene, file)

    pixels = snapshot.textures[look.base_colour_texture].pixels
    left = mesh.uvs[:, 0].min() + 1e-3  # the left edge, one whole image left of the first
    assert pixels[0, int(left % 1 * pixels.shape[1]), :3].tolist() == list(beyond)
    right = mesh.uvs[:, 0].max() - 1e-3
    assert pixels[0, int(right % 1 * pixels.shape[1]), :3].tolist() == [0, 255, 0]


def test_mask_cuts_at_its_cutoff_and_opaque_does_not(open_scene: Opener, tmp_path: Path) -> None:
    ramp = [[(9, 9, 9, 0), (9, 9, 9, 200)]]
    mask = {"pbrMetallicRoughness": {**BASE, "baseColorFactor": [1, 1, 1, 0.5]}, "alphaMode": "MASK"}

    _, cut, snapshot = surface(open_scene, quad(tmp_path, {**mask, "alphaCutoff": 0.25}, images=[ramp]))
    _, by_default, _ = surface(open_scene, quad(tmp_path, mask, images=[ramp]))
    _, never, _ = surface(open_scene, quad(tmp_path, {**mask, "alphaCutoff": 0}, images=[ramp]))
    _, opaque, _ = surface(open_scene, quad(tmp_path, {**mask, "alphaMode": "OPAQUE"}, images=[ramp]))

    assert (cut.opacity, cut.opacity_threshold) == (0.5, 0.25) and by_default.opacity_threshold == 0.5
    assert snapshot.textures[cut.opacity_texture].pixels[0, :, cut.opacity_channel].tolist() == [0, 200]
    assert never.opacity_texture == opaque.opacity_texture == -1 and never.opacity == opaque.opacity == 1


def test_blend_fades_by_its_alpha_and_is_labelled_from_half_of_its_strongest(
    open_scene: Opener, tmp_path: Path
) -> None:
    faint = [[(9, 9, 9, 0), (9, 9, 9, 102)]]
    file = quad(tmp_path, {"pbrMetallicRoughness": BASE, "alphaMode": "BLEND"}, images=[faint])

    _, look, _ = surface(open_scene, file)

    assert look.through.blend == "fade" and look.opacity_texture >= 0 and look.opacity_threshold == pytest.approx(0.2)
    assert notes(open_scene, file) == {}


def test_the_alpha_of_vertex_colours_blends(open_scene: Opener, tmp_path: Path) -> None:
    colours = np.array([(1, 1, 1, 0), (1, 1, 1, 0.25), (1, 1, 1, 0.5), (1, 1, 1, 1)], np.float32)
    material = {"alphaMode": "BLEND"}

    mesh, look, _ = surface(open_scene, quad(tmp_path, material, attributes={"COLOR_0": colours}))
    _, solid, _ = surface(open_scene, quad(tmp_path, {}, attributes={"COLOR_0": colours}))

    assert look.through.blend == "fade" and look.through.by_vertices and solid.through.blend == "none"
    assert mesh.opacities is not None and sorted(set(mesh.opacities.tolist())) == [0, 0.25, 0.5, 1]


def test_transmission_lets_light_through_stained_by_the_volume(open_scene: Opener, tmp_path: Path) -> None:
    volume = {"thicknessFactor": 0.2, "attenuationDistance": 0.1, "attenuationColor": [0.25, 0.5, 1.0]}
    glass = {"KHR_materials_transmission": {"transmissionFactor": 0.9, "transmissionTexture": TEXTURE}}
    file = quad(
        tmp_path,
        {"name": "m", "extensions": {**glass, "KHR_materials_volume": volume}},
        images=[QUARTERS],
        extensionsUsed=[*glass, "KHR_materials_volume"],
    )

    _, look, _ = surface(open_scene, file)

    # two surfaces together take what the whole thickness takes: the colour to the power of 0.2 / 0.1
    assert look.through.transmission == pytest.approx(0.9) and look.through.transmission_texture >= 0
    assert np.square(look.through.tint) == pytest.approx(np.square([0.25, 0.5, 1.0]))
    assert look.through.ior == 1.5
    assert set(notes(open_scene, file)) == {"quad.KHR_materials_volume"}


def test_transmission_without_a_volume_is_a_thin_pane(open_scene: Opener, tmp_path: Path) -> None:
    extensions = {"KHR_materials_transmission": {"transmissionFactor": 0.9}, "KHR_materials_ior": {"ior": 1.7}}
    file = quad(tmp_path, {"name": "m", "extensions": extensions}, extensionsUsed=list(extensions))

    _, look, _ = surface(open_scene, file)

    assert look.through.ior == 1.0
    assert set(notes(open_scene, file)) == {"quad.KHR_materials_transmission"}


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.uint16])
def test_vertex_colours_are_linear_and_multiply_the_material(
    open_scene: Opener, tmp_path: Path, dtype: type[Any]
) -> None:
    most = 1 if dtype is np.float32 else np.iinfo(dtype).max
    half = np.tile(np.array([most, most / 5, 0]), (4, 1)).astype(dtype)
    if dtype is np.uint8:  # rows of attributes are whole words
        half = np.concatenate([half, np.full((4, 1), most, dtype)], 1)
    material = {"pbrMetallicRoughness": {**BASE, "baseColorFactor": [0.5, 1, 1, 1]}}

    mesh, look, _ = surface(open_scene, quad(tmp_path, material, attributes={"COLOR_0": half}, images=[QUARTERS]))
    bare, _, _ = surface(open_scene, quad(tmp_path, None, attributes={"COLOR_0": half}))

    assert look.use_vertex_colour and look.base_colour == (0.5, 1, 1) and look.base_colour_texture >= 0
    assert np.allclose(mesh.colours, [1, 0.2, 0], atol=1e-4) and np.allclose(bare.colours, [1, 0.2, 0], atol=1e-4)


def test_factors_multiply_their_textures(open_scene: Opener, tmp_path: Path) -> None:
    packed = [[(7, 100, 200)]]
    pbr = {"metallicRoughnessTexture": {"index": 0}, "metallicFactor": 0.25, "roughnessFactor": 0.5}

    _, look, snapshot = surface(open_scene, quad(tmp_path, {"pbrMetallicRoughness": pbr}, images=[packed]))

    assert (look.roughness_channel, look.metallic_channel) == (1, 2)
    pixel = snapshot.textures[look.roughness_texture].pixels[0, 0]
    assert look.roughness * pixel[1] == 50 and look.metallic * pixel[2] == 50


def test_numbers_arrive_as_they_are_written(open_scene: Opener, tmp_path: Path) -> None:
    material = {
        "pbrMetallicRoughness": {"baseColorFactor": [0.214, 0.5, 0.05, 1], "metallicFactor": 0.1},
        "normalTexture": {"index": 0, "scale": 0.3},
        "emissiveFactor": [1, 0.5, 0],
        "doubleSided": True,
        "extensions": {
            "KHR_materials_emissive_strength": {"emissiveStrength": 5},
            "KHR_materials_clearcoat": {"clearcoatFactor": 0.8, "clearcoatRoughnessFactor": 0.2},
            "KHR_materials_ior": {"ior": 1.5},
            "KHR_materials_specular": {"specularFactor": 0.5},
        },
    }

    _, look, _ = surface(open_scene, quad(tmp_path, material, images=[QUARTERS]))

    assert look.base_colour == pytest.approx((0.214, 0.5, 0.05)) and look.metallic == pytest.approx(0.1)
    assert look.emission == pytest.approx((5000, 2500, 0)) and look.emission_texture == -1  # 1000 nits a unit
    assert look.normal_strength == pytest.approx(0.3) and look.normal_texture >= 0
    assert (look.finish.coat, look.finish.coat_roughness) == pytest.approx((0.8, 0.2))
    assert look.specular == pytest.approx(0.25)  # an index of 1.5 is 0.5


def test_an_unlit_surface_shows_its_colour_as_light(open_scene: Opener, tmp_path: Path) -> None:
    material = {
        "pbrMetallicRoughness": {**BASE, "baseColorFactor": [1, 0.5, 0, 1]},
        "extensions": {"KHR_materials_unlit": {}},
    }

    _, look, _ = surface(open_scene, quad(tmp_path, material, images=[QUARTERS]))

    assert look.emission == pytest.approx((1000, 500, 0)) and look.emission_texture >= 0
    assert look.base_colour == (0, 0, 0) and look.base_colour_texture == -1 and look.specular == 0


TEXTURE = {"index": 0}
KEYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # every key of a material, and what it adds to which one
    "emissiveFactor": ({}, {"emissiveFactor": [1, 0, 0]}),
    "emissiveTexture": ({"emissiveFactor": [1, 1, 1]}, {"emissiveTexture": TEXTURE}),
    "normalTexture": ({}, {"normalTexture": TEXTURE}),
    "normalTexture.scale": ({"normalTexture": TEXTURE}, {"normalTexture": {**TEXTURE, "scale": 0.5}}),
    "occlusionTexture": ({}, {"occlusionTexture": {**TEXTURE, "strength": 0.5}}),
    "alphaMode": ({}, {"alphaMode": "MASK"}),
    "alphaMode BLEND": ({}, {"alphaMode": "BLEND"}),
    "alphaCutoff": ({"alphaMode": "MASK"}, {"alphaCutoff": 0.3}),
    "baseColorFactor": ({}, {"pbrMetallicRoughness": {"baseColorFactor": [0.1, 1, 1, 1]}}),
    "baseColorTexture": ({}, {"pbrMetallicRoughness": {"baseColorTexture": TEXTURE}}),
    "metallicFactor": ({}, {"pbrMetallicRoughness": {"metallicFactor": 0.3}}),
    "roughnessFactor": ({}, {"pbrMetallicRoughness": {"roughnessFactor": 0.3}}),
    "metallicRoughnessTexture": ({}, {"pbrMetallicRoughness": {"metallicRoughnessTexture": TEXTURE}}),
    "somethingNew": ({}, {"somethingNew": 1}),
    "pbrMetallicRoughness.somethingNew": ({}, {"pbrMetallicRoughness": {"somethingNew": 1}}),
    "normalTexture.somethingNew": ({"normalTexture": TEXTURE}, {"normalTexture": {**TEXTURE, "somethingNew": 1}}),
    "KHR_new": ({}, {"emissiveTexture": {**TEXTURE, "extensions": {"KHR_new": {}}}}),
}
EXTENSIONS: dict[str, dict[str, Any]] = {  # Khronos' extensions of materials, each key of each
    "KHR_materials_anisotropy": {"anisotropyStrength": 1.0},
    "KHR_materials_clearcoat": {"clearcoatFactor": 1.0, "clearcoatNormalTexture": TEXTURE},
    "KHR_materials_diffuse_transmission": {"diffuseTransmissionFactor": 1.0},
    "KHR_materials_dispersion": {"dispersion": 1.0},
    "KHR_materials_emissive_strength": {"emissiveStrength": 3.0},
    "KHR_materials_ior": {"ior": 1.2},
    "KHR_materials_iridescence": {"iridescenceFactor": 1.0},
    "KHR_materials_sheen": {"sheenColorFactor": [1, 1, 1]},
    "KHR_materials_specular": {"specularFactor": 0.3, "specularColorFactor": [1, 0, 0]},
    "KHR_materials_transmission": {"transmissionFactor": 1.0},
    "KHR_materials_unlit": {},
    "KHR_materials_volume": {"thicknessFactor": 1.0},
    "KHR_materials_pbrSpecularGlossiness": {"diffuseFactor": [0.1, 1, 1, 1]},
    "VENDOR_unheard_of": {"weight": 1},
}


@pytest.mark.parametrize("key", KEYS)
def test_no_key_of_a_material_is_dropped_in_silence(open_scene: Opener, tmp_path: Path, key: str) -> None:
    before, added = KEYS[key]
    half = [[(255, 0, 0, 0), (0, 255, 0, 255)]]
    base = {"pbrMetallicRoughness": {"baseColorTexture": TEXTURE}} if key.startswith("alpha") else {}

    _, without, _ = surface(open_scene, quad(tmp_path, {**base, **before}, images=[half]))
    _, having, _ = surface(open_scene, file := quad(tmp_path, {**base, **before, **added}, images=[half]))

    assert having != without or any(key in place for place in notes(open_scene, file))


@pytest.mark.parametrize("name", EXTENSIONS)
def test_no_extension_of_a_material_is_dropped_in_silence(open_scene: Opener, tmp_path: Path, name: str) -> None:
    base = {"emissiveFactor": [1, 1, 1]}
    _, without, _ = surface(open_scene, quad(tmp_path, base))
    for key, value in EXTENSIONS[name].items() or [("", None)]:
        material = {**base, "extensions": {name: {key: value} if key else {}}}
        file = quad(tmp_path, material, images=[QUARTERS], extensionsUsed=[name])

        _, having, _ = surface(open_scene, file)

        assert having != without or any(name in place for place in notes(open_scene, file)), key


@pytest.mark.parametrize("name", ["MSFT_lod", "KHR_node_hidden", "VENDOR_unheard_of"])
def test_an_extension_of_the_file_is_reported_by_its_name(open_scene: Opener, tmp_path: Path, name: str) -> None:
    assert name in notes(open_scene, quad(tmp_path, None, extensionsUsed=[name]))


def test_what_is_honoured_is_not_reported(open_scene: Opener, tmp_path: Path) -> None:
    placing = {"KHR_texture_transform": {"offset": [0.1, 0], "scale": [2, 2]}}
    material = {
        "name": "plain",
        "pbrMetallicRoughness": {**BASE, "baseColorTexture": {"index": 0, "extensions": placing}},
        "alphaMode": "BLEND",  # as exporters write where nothing is see-through
        "doubleSided": True,
        "extras": {"of": "the author"},
    }

    assert notes(open_scene, quad(tmp_path, material, images=[QUARTERS], extensionsUsed=list(placing))) == {}


@pytest.mark.skipif(not SHARED.exists(), reason="shared/ is not here")
def test_the_file_of_features_reports_only_what_cannot_be_drawn(open_scene: Opener) -> None:
    file = (SHARED / "cases" / "light" / "features.gltf").resolve()

    assert set(notes(open_scene, file)) == {"m_transmission.KHR_materials_transmission"}
