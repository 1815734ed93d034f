"""The commands that a first scene comes from: init, examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

import rendersdg
from rendersdg.errors import BadArgument, DatasetError, did_you_mean

_SUFFIXES = (".yaml", ".yml")
_STARTS = Path(rendersdg.__file__).parent / "yaml" / "starts"


def init(
    target: Annotated[
        str, typer.Argument(metavar="[FOLDER|FILE]", help="Where the scene goes: a .yaml file, or a folder for it.")
    ] = "scene.yaml",
    kind: Annotated[
        Literal["objects", "defects"], typer.Option("--kind", help="Objects on a table, or defects of a surface.")
    ] = "objects",
) -> None:
    """Write a commented scene to start from; it renders as it stands."""
    path = Path(target)
    if path.suffix.lower() not in _SUFFIXES:
        path = path / "scene.yaml"
    text = (_STARTS / f"{kind}.yaml").read_text(encoding="utf-8")
    _write_new(path, text.replace("preview FILE ", f"preview {path} ").replace("render FILE ", f"render {path} "))
    print(f"wrote {path}. Next:")
    _print_next(path)


def examples(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Scenes to copy.", autocompletion=lambda: list(_scenes())),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder that they are copied into.")] = Path("."),
) -> None:
    """List the scenes that come with rendersdg, a line each, or copy some of them."""
    scenes = _scenes()
    if not names:
        for name, path in scenes.items():
            print(f"{name:24s}{first_sentence(path)}")
        print("\nrendersdg examples NAME -o FOLDER copies one")
        return
    wanted = [name.removesuffix(".yaml") for name in names]
    for name in wanted:
        if name not in scenes:
            raise BadArgument(f"there is no example {name!r}{did_you_mean(name, scenes)}")
    for name in dict.fromkeys(wanted):
        path = out / f"{name}.yaml"
        _write_new(path, scenes[name].read_text(encoding="utf-8"))
        print(f"wrote {path}")
    print("Next:")
    _print_next(out / f"{wanted[0]}.yaml")


def _scenes() -> dict[str, Path]:
    return {path.stem: path for path in sorted(scenes_folder().glob("*.yaml"))}


def scenes_folder() -> Path:
    """Return where the scenes that come with rendersdg lie: in the package, or beside it in a checkout.

    Raises DatasetError where they are missing.
    """
    package = Path(rendersdg.__file__).parent
    for folder in (package / "scenes", package.parent / "scenes"):
        if (folder / "fruit_crate.yaml").exists():
            return folder
    raise DatasetError(f"the scenes that come with rendersdg are not in {package / 'scenes'}; install it again")


def first_sentence(path: Path) -> str:
    """Return the first sentence of the comment that a scene begins with, on one line."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").strip())
    return f"{' '.join(lines).partition('. ')[0].rstrip('.')}."


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises DatasetError for one that is, or that cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise DatasetError(f"{path} is there already, and is not overwritten; give another name") from None
    except OSError as error:
        raise DatasetError(f"cannot write {path}: {error.strerror}") from None


def _print_next(path: Path) -> None:
    steps = {
        f"preview {path} -o sheet.png": "look at it, with its labels",
        f"render {path} -o out --frames 20": "write a dataset",
        "help create.light": "what a function takes",
    }
    wide = max(map(len, steps))
    for command, why in steps.items():
        print(f"  rendersdg {command:{wide}s}  # {why}")
