"""The text of a script or notebook."""

from __future__ import annotations

import json
from pathlib import Path

from rendersdg.documents import refuse_unending
from rendersdg.errors import BadScene


def source_of(path: Path) -> str:
    """Return the Python text of a script or notebook. Raises BadScene when it cannot be read."""
    try:
        refuse_unending(path, BadScene)
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadScene(f"{path}: there is no such script") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadScene(f"{path} cannot be read ({error})") from None
    if path.suffix != ".ipynb":
        return text
    try:
        cells = json.loads(text)["cells"]
        lines = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadScene(f"{path} is not a notebook ({error})") from None
    magic = ("%", "!")
    return (
        "\n\n".join(
            "\n".join(f"# {x}" if x.lstrip().startswith(magic) else x for x in cell.split("\n")) for cell in lines
        )
        + "\n"
    )
