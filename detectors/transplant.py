"""Weights that go over from a file to a network: by name and shape, and a head's by the names of its classes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

from detectors.checkpoint import WRONG, class_names, load
from detectors.contract import DETECTORS, Detector
from detectors.foreign import Foreign, Weights, read_foreign
from detectors.seals import Damaged
from rendersdg.errors import DatasetError
from rendersdg.files import write_file

# parts of names that say where a network lies in another one, and nothing else
_WRAPPERS = frozenset(
    ("module", "model", "net", "network", "backbone", "body", "encoder", "features", "vit", "student", "teacher")
    + ("ema", "state_dict", "_orig_mod")
)
_DEEPEST, _MOST_BEGINNINGS = 6, 40  # how many parts of a name may wrap it, and how many ways to begin are tried
_NOT_THERE = "not in the file"


@dataclass(frozen=True, slots=True)
class Transfer:
    """What became of each tensor of a network and of a file.

    ``taken`` names for each tensor of the network that got weights the file's; ``left`` says of each other why not;
    ``unused`` are the file's that had no place; ``notes`` are sentences about classes.
    """

    file: Path
    taken: dict[str, str]
    left: dict[str, str]
    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return what a user should know, a sentence a line."""
        total = len(self.taken) + len(self.left)
        said = f"{self.file} gave {len(self.taken)} of {total} tensors"
        if self.left:
            said += f"; the others start anew: {_grouped(self.left, self.taken)}"
        out = [said, *self.notes]
        if self.unused:
            out.append(f"{len(self.unused)} of the file's have no place here, e.g. {self.unused[0]}")
        return out

    def write(self, file: Path) -> None:
        """Write a row for each tensor, of the network's and what is left of the file's, as CSV."""
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(("tensor", "from", "note"))
        table.writerows((name, source, "") for name, source in self.taken.items())
        table.writerows((name, "", why) for name, why in self.left.items())
        table.writerows(("", name, "no place here") for name in self.unused)
        write_file(file, text.getvalue().encode())


def _grouped(left: Mapping[str, str], taken: Iterable[str]) -> str:
    """Return in words which parts of a network got nothing, the largest first, and why."""
    given = {".".join(parts[:k]) for parts in (name.split(".") for name in taken) for k in range(len(parts))}
    counts: Counter[tuple[str, str]] = Counter()
    for name, why in left.items():
        parts = name.split(".")
        whole = (".".join(parts[:k]) for k in range(1, len(parts)) if ".".join(parts[:k]) not in given)
        counts[next(whole, name), why] += 1
    said = [f"{part} ({count}: {why})" for (part, why), count in counts.most_common(3)]
    return ", ".join(said) + (", ..." if len(counts) > 3 else "")


def start_from(detector: Detector, weights: Weights, name: str, classes: Sequence[str], size: int) -> Transfer:
    """Load what fits of a file into a detector and return what became of each tensor.

    Names may differ by what they begin with (``module.``, ``model.``, ``backbone.``, ...). Rows of a head go by the
    names of classes where the file has them, else in their order.

    Args:
        detector: the network, of ``name`` and ``size``.
        weights: a run of ours, its model.pt, or a file of somebody else's.
        name: of the table of detectors.
        classes: what the network shall find.
        size: of its squares, pixels.

    Raises:
        DatasetError: the file cannot be read, nothing fits, or a number in it is not finite.
        NotTrusted: the file would run code.
    """
    file = weights.file / "model.pt" if weights.file.is_dir() else weights.file
    if not file.is_file():
        raise DatasetError(f"weights {file} are not there")
    found = _read(file, weights.trust)
    theirs = detector.translated(found.state)
    names = dict(zip(theirs, found.state)) if len(theirs) == len(found.state) else {}  # as the file has them
    own = detector.state_dict()
    pairs = matched(own, theirs)
    with torch.random.fork_rng(devices=[]):
        heads = _Heads(detector, name, classes, size, found.classes)
    new: dict[str, Tensor] = {}
    left: dict[str, str] = {}
    for mine in own:
        tensor = theirs.get(pairs.get(mine, ""))
        moved = _NOT_THERE if tensor is None else heads.moved(mine, own[mine], tensor)
        if isinstance(moved, str):
            left[mine] = moved
        else:
            new[mine] = moved
    _check(new, own, theirs, f"{file}", name)
    detector.load_state_dict(new, strict=False)
    taken = {mine: names.get(pairs[mine], pairs[mine]) for mine in new}
    unused = sorted(names.get(k, k) for k in set(theirs).difference(pairs.values()))
    return Transfer(file, taken, left, tuple(unused), tuple(heads.notes(new)))


def _check(
    new: Mapping[str, Tensor], own: Mapping[str, Tensor], theirs: Mapping[str, Tensor], file: str, name: str
) -> None:
    """Raise DatasetError where no filter of a file fits, or a number in one that does is not finite."""
    if not any(tensor.ndim > 1 for tensor in new.values()):
        raise DatasetError(
            f"{file} has no filter that fits {name}: it has tensors such as {_some(theirs)}, "
            f"the network such as {_some(own)}"
        )
    bad = next((k for k, v in new.items() if v.is_floating_point() and not torch.isfinite(v).all()), None)
    if bad is not None:
        raise DatasetError(f"{file}: what it has for {bad} holds numbers that are not finite; take another file")


def _read(file: Path, trust: bool) -> Foreign:
    """Return the tensors of a model of ours, else of somebody else's file."""
    try:
        content = load(file)
        return Foreign(dict(content["weights"]), class_names(content["classes"]))
    except Damaged:
        raise
    except (DatasetError, *WRONG):
        return read_foreign(file, trust=trust)


def matched(own: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> dict[str, str]:
    """Return for tensors of a network their like in a file, by name, whatever their shapes.

    What the names begin with is left away on both sides, the way by which most tensors agree in name and shape.
    """
    best: tuple[int, int, int] = (0, 0, 0)
    pairs: dict[str, str] = {}
    for mine, other in product(_beginnings(own), _beginnings(theirs)):
        like = {k: other + k[len(mine) :] for k in own if k.startswith(mine)}
        like = {k: name for k, name in like.items() if name in theirs}
        worth = (sum(own[k].shape == theirs[name].shape for k, name in like.items()), len(like), -len(mine + other))
        if like and (not pairs or worth > best):
            best, pairs = worth, like
    return pairs


def _beginnings(names: Iterable[str]) -> list[str]:
    """Return what of names may be left away, nothing for one: the ways by which most of them begin."""
    found = Counter({"": 0})
    for name in names:
        parts = name.split(".", _DEEPEST)
        for k, part in enumerate(parts[:-1]):
            if part not in _WRAPPERS:
                break
            found[".".join(parts[: k + 1]) + "."] += 1
    return sorted({"", *(beginning for beginning, _ in found.most_common(_MOST_BEGINNINGS))})


class _Heads:
    """The tensors whose rows belong to classes, and where each class's rows are.

    Which these are is found by building the network for one class more: their first side grows. By how much says how
    many rows a class has, and what is there without one belongs to the background.
    """

    def __init__(
        self, detector: Detector, name: str, classes: Sequence[str], size: int, theirs: Sequence[str] | None
    ) -> None:
        self._classes, self._theirs, self._detector = tuple(classes), theirs, detector
        self._rows: dict[str, int] = {}  # of a class, by tensor
        if theirs is not None and tuple(theirs) == self._classes:
            return  # by shape alone
        more = DETECTORS[name](len(classes) + 1, size).state_dict()
        for key, tensor in detector.state_dict().items():
            if tensor.shape != more[key].shape and tensor.shape[1:] == more[key].shape[1:]:
                self._rows[key] = more[key].shape[0] - tensor.shape[0]

    def moved(self, name: str, own: Tensor, other: Tensor) -> Tensor | str:
        """Return the tensor that goes into the network, or why it does not fit."""
        rows, unfit = self._rows.get(name), f"{_shape(other)} in the file, {_shape(own)} here"
        if rows is None or self._theirs is None:
            return other if own.shape == other.shape else unfit
        if not self._shared():
            return "rows of classes, of which the file has none"
        background = own.shape[0] // rows - len(self._classes)
        counts = len(self._classes) + background, len(self._theirs) + background
        if own.shape[0] != rows * counts[0] or other.shape != (rows * counts[1], *own.shape[1:]):
            return unfit
        is_outer = any(part in name.split(".") for part in self._detector.class_major)
        forms = [(count, rows) if is_outer else (rows, count) for count in counts]
        mine, others = (t.reshape(*form, *own.shape[1:]).clone() for t, form in zip((own, other), forms))
        pairs = [(k, k) for k in range(background)]
        pairs += [(background + self._classes.index(c), background + self._theirs.index(c)) for c in self._shared()]
        for here, there in pairs:
            if is_outer:
                mine[here] = others[there]
            else:
                mine[:, here] = others[:, there]
        return mine.reshape(own.shape)

    def _shared(self) -> list[str]:
        return [c for c in self._classes if c in (self._theirs or ())]

    def notes(self, new: Mapping[str, Tensor]) -> list[str]:
        """Return what happened to classes, in sentences."""
        if not self._rows or (self._theirs is None and not any(name in new for name in self._rows)):
            return []
        if self._theirs is None:
            return [
                f"the file does not name its classes: they are taken to be {', '.join(self._classes)}, in this order"
            ]
        fresh = [c for c in self._classes if c not in self._theirs]
        gone = [c for c in self._theirs if c not in self._classes]
        said = f"classes go by name: {', '.join(self._shared()) or 'none'} taken"
        said += f"; {', '.join(fresh)} new" if fresh else ""
        return [said + (f"; {', '.join(gone)} of the file not wanted here" if gone else "")]


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a number"


def _some(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:2])
