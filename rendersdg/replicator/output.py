"""Where a script's files go: datasets by place, to which frames are committed."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from rendersdg.assets.resolver import Resolver
from rendersdg.dataset.dataset import FORMAT, Content, Dataset, FrameResult, Header, Read
from rendersdg.dataset.store import Store, digest
from rendersdg.dataset.units import frame_count
from rendersdg.errors import DatasetError
from rendersdg.graph.nodes import WriterUse
from rendersdg.orchestrator.session import AttachedWriter
from rendersdg.orchestrator.versions import versions
from rendersdg.paths import relative_path
from rendersdg.replicator.script_modules import ScriptModules
from rendersdg.replicator.unwinding import Made

Files = dict[str, bytes]  # by path


@dataclass(eq=False)
class Output:
    """Takes the files of frames and commits them to the datasets of their places.

    ``out`` None lets every writer write where the script says; else each writes below ``out``, in a folder named by the
    last part of its own. ``header`` is what the datasets say of their making, ``sources`` the scripts by name.
    ``only`` is the one frame to make again: its files go to ``kept``, by place, and nothing is written.
    ``finals`` are called when no more frames come.
    """

    header: dict[str, Any]
    sources: Mapping[str, bytes]
    out: str | None = None
    overwrite: bool = False
    only: int | None = None
    kept: dict[str, Files] = field(default_factory=dict)
    finals: list[Callable[[], None]] = field(default_factory=list)
    resolver: Resolver | None = None  # finds what the script reads, and has the content of it
    modules: ScriptModules | None = None
    compare: Callable[[Header, Content], None] | None = None  # with what made a dataset, before the first frame
    _first_inputs: dict[str, str] | None = None  # by name, of what was read before the first frame
    _is_gathering: bool = False
    _gathered: dict[str, Files] = field(default_factory=dict)  # of the frame in hand, by folder
    _loose: dict[str, Files] = field(default_factory=dict)  # of no frame, by folder
    _writers: dict[WriterUse, AttachedWriter] = field(default_factory=dict)  # of all captures
    _datasets: dict[str, Dataset] = field(default_factory=dict)  # by place
    _flushed: dict[str, int] = field(default_factory=dict)  # how many frames the files over all of them know, by place

    def begin(self) -> None:
        """Take note of what was read until now, once: the header tells of it. The first frame or file is due.

        Raises what ``compare`` does.
        """
        if self._first_inputs is None:
            self._first_inputs = dict(sorted(self._inputs().items()))
            self.header = {**self.header, "inputs": self._first_inputs}
            if self.compare is not None and self.resolver is not None:
                self.compare(self.header, self.resolver.content)

    def _inputs(self) -> Mapping[str, str]:
        """Return the content (SHA-256 by name) of all that was read so far."""
        if self.resolver is None:
            return {}
        for file in () if self.modules is None else self.modules.files():
            self.resolver.inputs.note(file)
            self._keep(Path(file), self.resolver.inputs.name(Path(file)))
        return self.resolver.inputs.digests

    def _keep(self, module: Path, name: str) -> None:
        """Let the datasets keep a module of the script's folder: to make a frame again is to run it, too."""
        with suppress(DatasetError, OSError):  # one that lies elsewhere is found there, or not
            self.sources = {**self.sources, relative_path(name): module.read_bytes()}
            for dataset in self._datasets.values():
                dataset.keep(self.sources)

    def wants(self, frame: int) -> bool:
        """Return whether the files of a frame are asked for."""
        return self.only is None or frame == self.only

    def folder_of(self, output_dir: str | PurePath | None, name: str) -> str:
        """Return the key of the place where a writer called ``name`` writes."""
        folder = os.path.expanduser(str(output_dir)) if output_dir else name
        if self.out is None:
            return folder if "://" in folder else os.path.abspath(folder)
        return PurePosixPath(folder.replace("\\", "/").rstrip("/")).name or name

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Keep the files that are put inside for the frame's commit."""
        self._is_gathering = True
        try:
            yield
        finally:
            self._is_gathering = False

    def put(self, folder: str, path: str, data: bytes) -> None:
        """Take a file that a script made: within a capture it is committed with the frame,
        else it is written at once.
        """
        name = _plain(path)
        if self._is_gathering:
            self._gathered.setdefault(folder, {})[name] = data
            return
        self._loose.setdefault(folder, {})[name] = data
        if self.only is None:
            self.dataset(folder).store.write(self._spot(folder)[1] + name, data)

    def read_back(self, folder: str, path: str) -> bytes:
        """Return the bytes of a file that was put before."""
        name = _plain(path)
        for files in (self._gathered, self._loose):
            if name in files.get(folder, {}):
                return files[folder][name]
        return self.dataset(folder).store.read(self._spot(folder)[1] + name)

    def remember(self, writers: Iterable[AttachedWriter]) -> None:
        """Take note of writers whose files over all frames are due at the end."""
        self._writers |= {w.use: w for w in writers}

    def dataset(self, folder: str) -> Dataset:
        """Return the dataset that a writer's folder belongs to; it is begun when it is first asked for.

        Raises DatasetError when another dataset is there.
        """
        root, _ = self._spot(folder)
        self.begin()
        if root not in self._datasets:
            if self.overwrite and self.out is None:
                forget(root)
            dataset = Dataset(Store(root))
            try:
                content = None if self.resolver is None else self.resolver.content
                dataset.open(self.header, self.sources, resume=True, content=content)
            except DatasetError as error:
                if dataset.header() is None:
                    raise
                raise DatasetError(f"{error}; or add --overwrite to replace it") from None
            self._datasets[root] = dataset
        return self._datasets[root]

    def places(self) -> list[str]:
        """Return where the datasets are that were begun."""
        return list(self._datasets)

    def commit(self, result: FrameResult, folders: Sequence[str]) -> None:
        """Commit a frame: the files of the writers, which write to ``folders``, and those that were put meanwhile.

        Raises Made when it is the one frame that was asked for.
        """
        files: dict[str, Files] = {}
        for folder in dict.fromkeys(folders):
            for path, data in result.files.items():
                if path.startswith(folder + "/"):
                    files.setdefault(folder, {})[path[len(folder) + 1 :]] = data
        for folder, gathered in self._gathered.items():
            files.setdefault(folder, {}).update(gathered)
        self._gathered = {}
        by_root: dict[str, FrameResult] = {}
        inputs = self._inputs()

        def at(root: str) -> FrameResult:
            return by_root.setdefault(root, FrameResult(result.frame, {}, {}, result.plan, result.seconds, inputs))

        for folder, some in files.items():
            root, prefix = self._spot(folder)
            at(root).files.update({prefix + path: data for path, data in some.items()})
        for folder, fragment in result.fragments.items():
            at(self._spot(folder)[0]).fragments[folder] = fragment
        if self.only is not None:
            if result.frame == self.only:
                self.kept = {root: one.files for root, one in by_root.items()}
                raise Made
            return
        for root, one in by_root.items():
            self.dataset(root).commit(one)

    def finish(self, seed: int | None, report: list[dict[str, str]]) -> list[tuple[str, int, int]]:
        """Write the files over all frames. Returns (place, frames, files) of each dataset.

        ``seed`` is None where nothing was captured.
        """
        places = []
        for root, dataset in self._datasets.items():
            manifest = dataset.finish(partial(self._over_all_frames, root, seed), report)
            places.append((root, frame_count(manifest["frames"]), len(manifest["files"])))
        return places

    def flush(self, seed: int) -> None:
        """Write the files over all frames that there are by now, where any came since they were last written."""
        for root, dataset in self._datasets.items():
            count = len(dataset.frames())
            if self.only is None and count != self._flushed.get(root):
                dataset.finish_writers(partial(self._over_all_frames, root, seed))
                self._flushed[root] = count

    def _over_all_frames(
        self, root: str, seed: int | None, fragments: Mapping[str, Mapping[int, Any]], read: Read
    ) -> Files:
        files: Files = {}
        for attached in self._writers.values():  # those that were detached, too
            place, prefix = self._spot(attached.folder)
            if place == root and seed is not None:
                own = attached.finish(fragments.get(attached.folder, {}), seed, read, prefix.rstrip("/"))
                files |= {prefix + path: data for path, data in own.items()}
        for folder, loose in self._loose.items():
            place, prefix = self._spot(folder)
            if place == root:
                files |= {prefix + path: data for path, data in loose.items()}
        return files

    def _spot(self, folder: str) -> tuple[str, str]:
        """Return the root of the dataset that a writer's folder belongs to,
        and the prefix of the folder's paths there.
        """
        return (folder, "") if self.out is None else (self.out, f"{folder}/")


def _plain(path: str) -> str:
    """Return a path as a script spells it (``./a//b.png``) in the one spelling that a store takes."""
    return posixpath.normpath(path.replace("\\", "/").lstrip("/"))


def forget(root: str) -> None:
    """Remove the dataset at ``root``: the files that its records list, and its own; others stay."""
    dataset = Dataset(Store(root))
    if dataset.header() is not None:
        dataset.remove()


def script_header(
    name: str, text: bytes, arguments: Sequence[str], seed: int | None, backend: str, *, is_below: bool
) -> dict[str, Any]:
    """Return what a dataset says of the script that made it."""
    import rendersdg

    return {
        "format": FORMAT,
        "rendersdg": rendersdg.__version__,
        "versions": versions(backend),
        "script": name,
        "graph": digest(text),
        "arguments": list(arguments),
        "seed": seed,
        "backend": backend,
        "layout": "a folder a writer" if is_below else "one writer",
    }
