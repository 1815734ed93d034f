"""The choice of a texture for an image that is not at hand: by the words of its path."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.assets.patterns import PATTERNS, pattern
from rendersdg.assets.texture_stand_ins import _MEANING, texture_for

_PATTERNS = "omniverse://host/NVIDIA/Assets/Isaac/5.0/Isaac/Materials/Textures/Patterns"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{_PATTERNS}/nv_asphalt_yellow_weathered.jpg", "asphalt"),
        (f"{_PATTERNS}/nv_tile_hexagonal_green_white.jpg", "tiles_green"),
        (f"{_PATTERNS}/nv_rubber_woven_charcoal.jpg", "fabric"),
        (f"{_PATTERNS}/nv_granite_tile.jpg", "marble"),
        (f"{_PATTERNS}/nv_brick_reclaimed.jpg", "brick"),
        (f"{_PATTERNS}/nv_concrete_aged_with_lines.jpg", "concrete"),
        (f"{_PATTERNS}/nv_wooden_wall.jpg", "wood"),
        (f"{_PATTERNS}/nv_artificialgrass_green.jpg", "grass"),
        (f"{_PATTERNS}/nv_plastic_blue.jpg", "plaster_blue"),
        (f"{_PATTERNS}/nv_stucco_red_painted.jpg", "plaster_red"),
        (f"{_PATTERNS}/nv_animalfur_pattern_greys.jpg", "fabric"),
        (f"{_PATTERNS}/nv_carpet_abstract_pattern.jpg", "fabric"),
        ("/lib/Wood/Oak_BaseColor.png", "wood"),
        ("/lib/Wood/Oak_Normal.png", "flat_normal"),
        ("/lib/Wood/Oak_Roughness.png", "grain"),
        ("maps/ground.ACEScg.exr", "gravel"),
        ("maps/wood_table_diff_4k.exr", "wood"),
        ("hdri/evening_4k.exr", "sky"),
        ("/NVIDIA/Assets/Skies/Cloudy/champagne_castle_1_4k.hdr", "sky_cloudy"),
        ("/NVIDIA/Assets/Skies/Clear/noon_grass_4k.hdr", "sky"),
        ("/NVIDIA/Assets/Skies/Indoor/autoshop_01_4k.hdr", "workshop"),
        ("/NVIDIA/Assets/Skies/Indoor/hotel_room_4k.hdr", "lounge"),
        ("/NVIDIA/Assets/Skies/Studio/photo_studio_01_4k.hdr", "photo_studio"),
    ],
)
def test_a_texture_follows_the_words_of_the_name(path: str, name: str) -> None:
    assert texture_for(path) == f"texture/{name}"


def test_a_name_that_says_nothing_gets_plaster_of_a_colour_of_its_own() -> None:
    names = {texture_for(f"/my/images/{letter}{k}.png") for letter in "abcdef" for k in range(9)}

    assert len(names) > 4
    assert all(name.startswith("texture/plaster_") for name in names)


def test_every_texture_of_the_table_exists_in_each_of_its_colours() -> None:
    for name in set(_MEANING.values()):
        assert f"texture/{name}" in PATTERNS or f"texture/{name}_red" in PATTERNS


@pytest.mark.parametrize("name", ["asphalt", "grass", "tiles_green", "plaster_white"])
def test_a_surface_is_no_sky_its_shades_stay_close_and_it_tiles(name: str) -> None:
    pixels = np.asarray(pattern(f"texture/{name}"))[..., :3].astype(float)
    seam = np.abs(pixels[:, 0] - pixels[:, -1]).mean()
    inside = np.abs(np.diff(pixels, axis=1)).mean()

    assert pixels.mean(axis=(0, 1)).std() < 60
    assert pixels[::64, ::64].std(axis=(0, 1)).max() < 40
    assert seam < 4 * inside + 10
