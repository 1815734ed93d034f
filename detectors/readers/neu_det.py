"""NEU-DET: hot-rolled steel strip, six classes, VOC boxes (Song and Yan 2013; He et al. 2020).

Three layouts of it are about: ``images`` + ``annotations`` with ``splits/*.txt`` and ``groups.csv``; ``IMAGES`` +
``ANNOTATIONS`` as first published; ``train`` and ``validation``, each with ``images/<class>`` and ``annotations``.
"""

from __future__ import annotations

from pathlib import Path

from detectors.readers import IMAGE_SUFFIXES, refuse_split
from detectors.readers.voc import voc_sample
from detectors.samples import Sample, Samples
from detectors.tolerance import PictureFault, tolerated
from rendersdg.documents import csv_rows, read_text
from rendersdg.errors import DatasetError

CLASSES = ("crazing", "inclusion", "patches", "pitted_surface", "rolled-in_scale", "scratches")


class NeuDet:
    """NEU-DET steel surface defects."""

    def fits(self, path: Path) -> bool:
        folders = _folders(path)
        if not folders:
            return False
        first = next(iter(sorted(folders[0][1].glob("*.xml"))), None)
        return first is not None and first.stem.rsplit("_", 1)[0] in CLASSES

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the annotation or image without the other."""
        folders = _folders(path)
        if not folders:
            raise DatasetError(f"{path} has no images and annotations folders of NEU-DET")
        lists = {p.stem: p for p in sorted((path / "splits").glob("*.txt"))}
        named = {name for name, *_ in folders if name}
        refuse_split(split, lists or named, path)
        groups = _groups(path / "groups.csv")
        wanted = None if split is None or not lists else _names(lists[split])
        images: list[Sample] = []
        for name, notes, pictures in folders:
            if split is not None and not lists and name != split:
                continue
            files = {p.stem: p for p in sorted(pictures.rglob("*")) if p.suffix.lower() in IMAGE_SUFFIXES}
            for note in sorted(notes.glob("*.xml")):
                if wanted is not None and note.stem not in wanted:
                    continue
                with tolerated(files.get(note.stem, note)):
                    if note.stem not in files:
                        raise PictureFault(f"{note} has no image {note.stem}.jpg in {pictures}")
                    images.append(voc_sample(files[note.stem], note, CLASSES, groups.get(note.stem, "")))
        if wanted is not None and len(images) != len(wanted):
            for missing in sorted(wanted - {note.stem for _, notes, _ in folders for note in notes.glob("*.xml")}):
                with tolerated(path / missing):
                    raise DatasetError(f"{lists[split or '']}: {missing!r} has no annotation in {path}")
        return Samples(CLASSES, tuple(images))


def _folders(path: Path) -> list[tuple[str, Path, Path]]:
    """Return (split, annotations, images) for each pair of folders of a layout."""
    for notes, pictures in (("annotations", "images"), ("ANNOTATIONS", "IMAGES")):
        if (path / notes).is_dir() and (path / pictures).is_dir():
            return [("", path / notes, path / pictures)]
    folders = []
    for name in ("train", "validation", "valid", "val", "test"):
        if (path / name / "annotations").is_dir() and (path / name / "images").is_dir():
            folders.append((name, path / name / "annotations", path / name / "images"))
    return folders


def _names(file: Path) -> set[str]:
    return {Path(line.strip()).stem for line in read_text(file).splitlines() if line.strip()}


def _groups(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    return {row["image"]: row["photo_group"] for _, row in csv_rows(file, ("image", "photo_group"))}


LAYOUT = NeuDet()
