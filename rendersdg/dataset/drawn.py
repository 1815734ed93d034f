"""What was drawn for the frames of a dataset: the random values that its records keep, by frame and by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.records import FOLDER, HEADER, Header, frames_in
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError

Values = Mapping[str, Sequence[Any]]  # by site, a value a prim, see :meth:`rendersdg.graph.plan.Plan.as_json`


@dataclass(frozen=True, eq=False)
class DrawnFrames:
    """The random values of a dataset's frames.

    Attributes:
        root: the dataset's folder.
        header: what made it: scene, seed, backend.
        values: of each frame, by its number.
        frame_of: the frame that a file belongs to, by the file's path below ``root``; files over several frames, and
            those of shards, are left out.
    """

    root: Path
    header: Header
    values: Mapping[int, Values]
    frame_of: Mapping[str, int]

    def frame_of_file(self, file: Path) -> int | None:
        """Return the frame that a file belongs to, None for a file that is not of one frame of this dataset."""
        try:
            return self.frame_of.get(file.absolute().relative_to(self.root.absolute()).as_posix())
        except ValueError:
            return None


def dataset_of(path: Path) -> Path | None:
    """Return the folder of the dataset that a file or folder belongs to: itself, or the nearest one above it.

    None where there is none.
    """
    here = path.absolute()
    for folder in [here, *here.parents]:
        if (folder / HEADER).is_file():
            return folder
    return None


def drawn_frames(root: Path) -> DrawnFrames:
    """Return the random values of a dataset's frames, as many as are committed.

    Args:
        root: the dataset's folder: the one that holds ``.rendersdg``.

    Raises:
        DatasetError: there is no dataset, or a record of it is damaged.
    """
    data = Dataset(Store(str(root)))
    header = data.header()
    if header is None:
        raise DatasetError(f"{root} holds no dataset: there is no {FOLDER} in it; give what `rendersdg render` wrote")
    values: dict[int, Values] = {}
    frame_of: dict[str, int] = {}
    for number in data.recorded():
        record = data.record(number)
        if "frame" in record:
            values[record["frame"]] = record["plan"].get("values", {})
            frame_of.update(dict.fromkeys(record["files"], record["frame"]))
        else:
            for frame in frames_in(record):
                values[frame] = record["frames"][str(frame)]["plan"].get("values", {})
    return DrawnFrames(root, header, values, frame_of)
