"""Which procedural texture stands in for an image that is not at hand: by the words of its path."""

from __future__ import annotations

import zlib

from rendersdg.assets.patterns import COLOURS
from rendersdg.assets.stand_ins import words_of

_SKY, _CLOUDY, _INDOORS = ("sky", "skies"), ("cloud",), ("indoor", "studio", "warehouse", "hall")
_WORKS = ("shop", "garage", "warehouse", "hall", "factory", "industrial", "hangar", "lab")  # of the indoor ones
_ROUGH = ("rough", "_r.", "orm", "multi", "metal", "_ao")
_SURFACES = {  # pattern -> words that mean it; the words of a file's name in order, the first that is known
    "wood": "wood, wooden, bamboo, oak, walnut, birch, ash, pine, cherry, mahogany, timber, veneer, plywood, desktop",
    "planks": "planks, plank, parquet, shingles, shingle, siding, laminate, decking",
    "brick": "brick, bricks, fireplace, masonry",
    "gravel": "gravel, ground, pebbles, pebble, dirt, soil, sand, rock, rocks, leaves, mulch",
    "concrete": "concrete, cement, stone, slate, screed, pavement",
    "asphalt": "asphalt, road, tarmac, bitumen",
    "marble": "marble, granite, travertine, terrazzo",
    "tiles": "tile, tiles, tiled, hexagonal, mosaic, ceramic, porcelain",
    "fabric": "fabric, carpet, rubber, woven, cloth, textile, wool, felt, denim, linen, animalfur, fur, rug, leather",
    "grass": "grass, artificialgrass, lawn, moss, turf",
    "cardboard": "cardboard, paper, carton",
    "rust": "rust, rusty, rusted, corroded",
    "steel": "steel, iron, aluminum, aluminium",
    "checker": "checker, checkerboard, chessboard",
    "plaster": "plaster, stucco, plastic, paint, painted, wall, wallpaper, drywall",
}
_MEANING = {word.strip(): name for name, words in _SURFACES.items() for word in words.split(",")}
_SHADES = {"gray": "grey", "greys": "grey", "charcoal": "grey", "black": "grey", "beige": "brown", "orange": "yellow"}
_COLOURED = ("plaster", "tiles")  # patterns that come in colours


_ROLES = frozenset(
    {
        *("normal", "nor", "gl", "roughness", "rough", "metalness", "metallic", "metal", "displacement", "disp"),
        *("diffuse", "diff", "albedo", "color", "colour"),
    }
)


def _names_surface(path: str) -> bool:
    """Return whether an image's name is that of a surface, or of what a surface has: textures come in OpenEXR too."""
    words = words_of(path.rpartition(".")[0].rpartition("/")[2])
    roles = (
        "normal",
        "roughness",
        "metalness",
        "metallic",
        "displacement",
        "diffuse",
        "diff",
        "albedo",
        "color",
        "nor",
    )
    return any(word in _MEANING or word in roles or word in ("rough", "metal", "disp", "gl") for word in words)


def texture_for(path: str) -> str:
    """Return the name of the procedural texture nearest to an image's path.

    One that names no surface is plaster, of the colour that it names, else of one that its name chooses.

    >>> texture_for("/Isaac/Materials/Textures/Patterns/nv_tile_square_green.jpg")
    'texture/tiles_green'
    """
    lower = path.lower()
    is_sky = lower.endswith(".hdr") or (lower.endswith(".exr") and not _names_surface(path))
    if is_sky or any(word in lower for word in _SKY):
        if any(word in lower for word in _INDOORS):
            if "studio" in lower.rpartition("/")[2] or "/studio" in lower:
                return "texture/photo_studio"
            return "texture/workshop" if any(word in lower for word in _WORKS) else "texture/lounge"
        return "texture/sky_cloudy" if any(word in lower for word in _CLOUDY) else "texture/sky"
    if "normal" in lower or lower.rsplit(".", 1)[0].endswith(("_n", "_norm")):
        return "texture/flat_normal"
    if any(word in lower for word in _ROUGH):
        return "texture/grain"
    parts = path.rpartition(".")[0].split("/")[::-1] or [path]
    name = next((_MEANING[w] for part in parts for w in words_of(part) if w in _MEANING), "plaster")
    if name not in _COLOURED:
        return f"texture/{name}"
    words = [_SHADES.get(word, word) for word in words_of(parts[0])]
    chosen = sorted(COLOURS)[zlib.crc32(parts[0].encode()) % len(COLOURS)]
    return f"texture/{name}_{next((word for word in words if word in COLOURS), chosen)}"
