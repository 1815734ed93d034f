"""What a material looks like by its name alone: metal, wood, glass, ..."""

from __future__ import annotations

import re

_GREY = (0.5, 0.5, 0.5)
_NAMED = (  # word in an MDL or MaterialX name -> (colour, metallic, roughness)
    ("gold", (0.90, 0.66, 0.28), 1.0, 0.25),
    ("copper", (0.85, 0.48, 0.34), 1.0, 0.3),
    ("brass", (0.80, 0.65, 0.35), 1.0, 0.3),
    ("steel", (0.62, 0.62, 0.63), 1.0, 0.3),
    ("alumin", (0.75, 0.76, 0.77), 1.0, 0.3),
    ("iron", (0.45, 0.44, 0.43), 1.0, 0.45),
    ("chrome", (0.70, 0.70, 0.72), 1.0, 0.08),
    ("bronze", (0.62, 0.44, 0.27), 1.0, 0.35),
    ("silver", (0.93, 0.92, 0.89), 1.0, 0.2),
    ("titan", (0.54, 0.50, 0.46), 1.0, 0.35),
    ("nickel", (0.66, 0.61, 0.53), 1.0, 0.25),
    ("zinc", (0.60, 0.62, 0.64), 1.0, 0.4),
    ("galvan", (0.60, 0.62, 0.64), 1.0, 0.4),
    ("mirror", (0.90, 0.90, 0.90), 1.0, 0.02),
    ("metal", (0.60, 0.60, 0.61), 1.0, 0.35),
    ("glass", (0.80, 0.86, 0.88), 0.0, 0.05),
    ("wood", (0.42, 0.27, 0.15), 0.0, 0.6),
    ("oak", (0.50, 0.35, 0.20), 0.0, 0.55),
    ("concrete", (0.50, 0.49, 0.47), 0.0, 0.9),
    ("rubber", (0.05, 0.05, 0.05), 0.0, 0.8),
    ("plastic", (0.60, 0.62, 0.64), 0.0, 0.35),
    ("paint", (0.55, 0.12, 0.10), 0.0, 0.3),
    ("leather", (0.25, 0.14, 0.08), 0.0, 0.6),
    ("marble", (0.85, 0.84, 0.82), 0.0, 0.2),
    ("cardb", (0.52, 0.37, 0.23), 0.0, 0.9),
    ("carton", (0.52, 0.37, 0.23), 0.0, 0.9),
    ("paper", (0.80, 0.78, 0.70), 0.0, 0.9),
    ("fabric", (0.30, 0.33, 0.45), 0.0, 0.9),
    ("carpet", (0.32, 0.29, 0.26), 0.0, 1.0),
    ("textile", (0.30, 0.33, 0.45), 0.0, 0.9),
    ("cloth", (0.30, 0.33, 0.45), 0.0, 0.9),
    ("denim", (0.10, 0.15, 0.28), 0.0, 0.9),
    ("cotton", (0.70, 0.68, 0.64), 0.0, 0.95),
    ("velvet", (0.20, 0.05, 0.08), 0.0, 1.0),
    ("ceramic", (0.80, 0.79, 0.76), 0.0, 0.15),
    ("porcelain", (0.85, 0.84, 0.82), 0.0, 0.1),
    ("tile", (0.70, 0.69, 0.66), 0.0, 0.25),
    ("granite", (0.40, 0.38, 0.37), 0.0, 0.35),
    ("slate", (0.18, 0.19, 0.21), 0.0, 0.7),
    ("sandstone", (0.62, 0.50, 0.36), 0.0, 0.9),
    ("stone", (0.45, 0.43, 0.40), 0.0, 0.8),
    ("brick", (0.42, 0.18, 0.12), 0.0, 0.9),
    ("terracotta", (0.55, 0.27, 0.17), 0.0, 0.85),
    ("asphalt", (0.08, 0.08, 0.08), 0.0, 0.95),
    ("plaster", (0.80, 0.79, 0.76), 0.0, 0.9),
    ("stucco", (0.75, 0.72, 0.66), 0.0, 0.95),
    ("gypsum", (0.85, 0.84, 0.82), 0.0, 0.9),
    ("walnut", (0.22, 0.12, 0.07), 0.0, 0.5),
    ("mahogany", (0.30, 0.12, 0.07), 0.0, 0.45),
    ("bamboo", (0.62, 0.47, 0.25), 0.0, 0.5),
    ("birch", (0.66, 0.53, 0.36), 0.0, 0.5),
    ("cork", (0.52, 0.36, 0.21), 0.0, 0.9),
    ("vinyl", (0.35, 0.35, 0.36), 0.0, 0.4),
    ("silicone", (0.60, 0.60, 0.60), 0.0, 0.5),
    ("foam", (0.70, 0.70, 0.68), 0.0, 1.0),
    ("grass", (0.08, 0.20, 0.04), 0.0, 0.9),
    ("soil", (0.12, 0.08, 0.05), 0.0, 1.0),
    ("snow", (0.90, 0.92, 0.95), 0.0, 0.8),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def named_look(name: str) -> tuple[tuple[float, float, float], float, float]:
    """Return (colour, metallic, roughness) for a material name such as ``Aluminum_Brushed.mdl``; grey when unknown.

    ``name`` may be paths, with blanks between. How words begin counts, file names before folders from the innermost
    outwards; and a material anywhere in a file name, for names such as ``Brushedsteel``.

    >>> named_look("/Isaac/Environments/Props/Nut.mdl") == named_look("Nut.mdl")  # no iron is in it
    True
    """
    paths = [path.split("/")[::-1] for path in name.split()]
    files = [path[0] for path in paths]
    for part in (*files, *(folder for path in paths for folder in path[1:])):
        words = [word.lower() for word in _WORD.findall(part)]
        for start, colour, metallic, roughness in _NAMED:
            if any(word.startswith(start) for word in words):
                return colour, metallic, roughness
    for start, colour, metallic, roughness in _NAMED:
        if any(start in file.lower() for file in files):
            return colour, metallic, roughness
    return _GREY, 0.0, 0.5
