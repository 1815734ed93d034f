"""What a user tells of a network that others made, where its file does not say it: names of classes, size, trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rendersdg.documents import json_value, read_text, shown
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.yaml_values import load_yaml

MOST_CLASSES = 10_000  # the last layers of a network grow with them
NO_CLASS = ("__background__", "N/A")  # names that torchvision gives numbers that no object has
_LARGEST_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a network of others; None where its file shall say it.

    ``classes`` is a text as :func:`classes_of` reads it; ``size`` the longer side of the input, pixels; ``trust`` says
    that code which the file brings may run, apart from this process.
    """

    classes: str | None = None
    size: int | None = None
    trust: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and not 32 <= self.size <= 8192:
            raise BadArgument(f"--imgsz {self.size} is not a number of pixels from 32 to 8192")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of classes by the numbers that a network gives them.

    ``numbered`` says that whoever wrote them gave the numbers, too: a list alone does not say where they begin.
    """

    by_number: dict[int, str]
    numbered: bool

    def __post_init__(self) -> None:
        names = self.classes
        if not names:
            raise BadArgument("no class has a name")
        if len(self.by_number) > MOST_CLASSES:
            raise BadArgument(f"{len(self.by_number)} names of classes are more than {MOST_CLASSES}")
        twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
        if twice is not None:
            raise BadArgument(f"two classes have the name {shown(twice)}")

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of what can be found, by number, without those of :data:`NO_CLASS`."""
        return tuple(name for _, name in sorted(self.by_number.items()) if name not in NO_CLASS)

    @property
    def numbers(self) -> list[int]:
        """Return the numbers of :attr:`classes`."""
        return [number for number, name in sorted(self.by_number.items()) if name not in NO_CLASS]

    @property
    def is_list(self) -> bool:
        """Return whether the numbers are 0, 1, 2, ... and each is a class."""
        return self.numbers == list(range(len(self.by_number)))


def classes_of(text: str) -> Names:
    """Return the names that ``--classes`` gives.

    Args:
        text: ``bolt,nut``, ``1=bolt,2=nut``, or a file: .txt with a name a line, .yaml or .json with a list, a mapping
            from numbers, or either below ``names`` (as ultralytics' data.yaml has them).

    Raises:
        BadArgument: it is none of these, a name is empty or there twice.
        DatasetError: the file cannot be read.

    >>> classes_of("1=bolt, 2=nut").by_number
    {1: 'bolt', 2: 'nut'}
    """
    if text.lower().endswith((".txt", ".yaml", ".yml", ".json", ".names")):
        return _of_file(Path(text))
    parts = [part.strip() for part in text.split(",")]
    if all("=" in part for part in parts):
        return names_of(dict(part.split("=", 1) for part in parts), "--classes")
    return names_of(parts, "--classes")


def _of_file(file: Path) -> Names:
    try:
        if file.suffix.lower() in (".txt", ".names"):
            content: object = [line.strip() for line in read_text(file).splitlines() if line.strip()]
        elif file.suffix.lower() == ".json":
            content = json_value(read_text(file), file)
        else:
            content = load_yaml(file, DatasetError)
    except DatasetError as error:
        raise BadArgument(f"--classes: {error}") from None
    if isinstance(content, Mapping) and "names" in content:
        content = content["names"]
    return names_of(content, f"--classes {file}")


def names_of(content: object, what: str) -> Names:
    """Return names of a list, or of a mapping from numbers. Raises BadArgument, which begins with ``what``."""
    numbered = isinstance(content, Mapping)
    items = list(content.items()) if isinstance(content, Mapping) else None
    if items is None and isinstance(content, (list, tuple)):
        items = list(enumerate(content))
        numbered = bool(content) and content[0] == NO_CLASS[0]
    if items is None:
        raise BadArgument(f"{what}: {shown(content)} is neither a list of names nor a mapping from numbers to names")
    out: dict[int, str] = {}
    for key, value in items:
        name, number = (
            str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else "",
            str(key).strip(),
        )
        if not number.isascii() or not number.isdigit() or int(number[:9]) > _LARGEST_NUMBER or int(number[:9]) in out:
            raise BadArgument(f"{what}: {shown(number)} is not the number of a class, or is there twice")
        if not name or not name.isprintable():
            raise BadArgument(f"{what}: the name of class {number} is empty or not a text of one line")
        out[int(number[:9])] = name
    try:
        return Names(out, numbered)
    except BadArgument as error:
        raise BadArgument(f"{what}: {error}") from None
