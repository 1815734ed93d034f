"""The picture files that a command looks at one after another, and what it draws of each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rendersdg.english import counted
from rendersdg.errors import DatasetError

if TYPE_CHECKING:
    from detectors.preprocess import Image


@dataclass(eq=False)
class Pictures:
    """The ``files`` of a folder, or of one picture; those that cannot be read are told, and the others go on.

    ``unreadable`` counts them as they are met.
    """

    images: Path
    files: Sequence[Path]
    unreadable: int = 0
    _stems: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self._stems = Counter(str(Path(self._name(file)).with_suffix("")) for file in self.files)

    def __iter__(self) -> Iterator[tuple[str, Image]]:
        """Yield the name below the folder, and the picture (H, W, 3) uint8 RGB, of each file that can be read."""
        from detectors.preprocess import read_rgb

        for file in self.files:
            try:
                image = read_rgb(file)
            except DatasetError as error:
                self.unreadable += 1
                print(f"skipped: {error}", file=sys.stderr)
            else:
                yield self._name(file), image

    def drawing(self, folder: Path, name: str) -> Path:
        """Return the PNG that a picture is drawn into; it keeps its ending where another differs in that alone."""
        is_alone = self._stems[str(Path(name).with_suffix(""))] == 1
        return folder / (Path(name).with_suffix(".png") if is_alone else f"{name}.png")

    def check(self) -> None:
        """Raise DatasetError where a file could not be read."""
        if self.unreadable:
            of = counted(len(self.files), "file")
            raise DatasetError(f"{self.unreadable} of {of} could not be read; the others are done")

    def _name(self, file: Path) -> str:
        return str(file.relative_to(self.images)) if self.images.is_dir() else file.name
