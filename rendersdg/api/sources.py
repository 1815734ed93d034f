"""Where a scene comes from: what opens it here, and again in any other process, with a check that it is the same."""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rendersdg.errors import BadScene, RenderFailed
from rendersdg.farm.job import Job, opened
from rendersdg.farm.rendering import How, Rendered, render_session
from rendersdg.progress import FrameProgress
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import copy_name

if TYPE_CHECKING:
    from rendersdg.omni.runner import Options
    from rendersdg.orchestrator.session import Session


@dataclass(frozen=True, eq=False)
class Opened:
    """An open scene: its session, the text of each file that it was read from, by name, and a digest of it all.

    ``job`` opens the same scene in another process of this machine; None for a script.
    """

    session: Session
    sources: Mapping[str, str]
    digest: str
    job: Job | None = None


class Source(Protocol):
    """Something that opens a scene; small, and the same in every process that it is sent to."""

    @property
    def name(self) -> str:
        """What the scene is called."""
        ...

    @property
    def threads(self) -> int:
        """How many threads draw one frame."""
        ...

    def open(self) -> Opened:
        """Open the scene. Raises what is wrong with it."""
        ...

    def elsewhere(self, sources: Mapping[str, str]) -> Source:
        """Return the source as another process finds it; ``sources`` are the texts that it was read from."""
        ...

    def render(self, here: Opened, out: str, frames: range, how: How, progress: FrameProgress) -> Rendered:
        """Render the scene into a dataset."""
        ...


@dataclass(frozen=True)
class FromYaml:
    """A YAML scene. ``texts`` are its files where the process that reads them may not have them."""

    job: Job
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.job.scene).name

    @property
    def threads(self) -> int:
        """How many threads draw one frame."""
        return self.job.threads

    def open(self) -> Opened:
        """Open the scene. Raises BadScene, and what else the command line gives for a scene."""
        if self.texts:
            return replace(self, job=self._unpacked(), texts=()).open()
        with opened(self.job) as (session, sources):
            return Opened(session, sources, session.digest(sources, self.job.changes), self.job)

    def elsewhere(self, sources: Mapping[str, str]) -> FromYaml:
        """Return the source with its texts, which are written down again where it is opened."""
        job = self.job.absolute()
        folder = job.folder if job.folder is not None else str(Path(job.scene).parent)
        return FromYaml(replace(job, folder=folder), tuple(sources.items()))

    def with_text(self, text: str, sources: Mapping[str, str]) -> FromYaml:
        """Return the source with another text of the scene, ``sources`` being those it was read from. Profiles that
        only the new text names are read beside the scene's file.
        """
        *profiles, main = sources
        known = {name: sources[name] for name in profiles}
        if self.job.copies is None:
            known = self._profiles_of(text, known) | known
        return self.elsewhere(known | {main: text})  # the scene's own stands last

    def _profiles_of(self, text: str, known: Mapping[str, str]) -> dict[str, str]:
        """Return the texts of files that a text names as profiles, they of theirs, and that are not known."""
        found: dict[str, str] = {}
        waiting = [("", text)]
        while waiting:
            folder, text = waiting.pop()
            with suppress(BadScene, OSError, UnicodeDecodeError):  # what is wrong is told where the scene is opened
                listed = parse(text, self.name).get("profiles", [])
                for profile in listed if isinstance(listed, list) else [listed]:
                    inner = posixpath.normpath(posixpath.join(folder, str(profile)))
                    file, name = Path(self.job.scene).parent / inner, copy_name(inner)
                    if name not in known and name not in found and file.is_file():
                        found[name] = file.read_text(encoding="utf-8")
                        waiting.append((posixpath.dirname(inner), found[name]))
        return found

    def render(self, here: Opened, out: str, frames: range, how: How, progress: FrameProgress) -> Rendered:
        """Render the scene into a dataset."""
        assert here.job is not None
        return render_session(here.session, here.sources, here.job, out, frames, how, progress)

    def _unpacked(self) -> Job:
        """Write the scene's files into a folder that goes with this process, and return the job that reads them."""
        folder = temporary_folder()
        for name, text in self.texts:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        main = self.texts[-1][0]  # the scene stands after the profiles that it reads
        named = self.job.named if self.job.copies is not None else os.path.join(Path(self.job.scene).parent, "")
        return replace(self.job, scene=str(folder / main), copies=str(folder), named=named)


@dataclass(frozen=True)
class FromScript:
    """A script for ``omni.replicator.core`` that records a graph: it is run up to where its frames are to be made."""

    path: str
    options: Options
    is_silent: bool = False  # what the script prints is said once, where it is loaded

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name

    @property
    def threads(self) -> int:
        """How many threads draw one frame."""
        return self.options.threads

    def open(self) -> Opened:
        """Run the script and return what it recorded. Raises BadScene where it makes its frames itself."""
        from rendersdg.omni.runner import recorded

        path = Path(self.path)
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere) if self.is_silent else nullcontext():
            session, shape = recorded(path, self.options)
        return Opened(session, {path.name: path.read_text(encoding="utf-8")}, shape)

    def elsewhere(self, sources: Mapping[str, str]) -> FromScript:
        """Return the source with its whole path: a script reads what lies beside it."""
        return replace(self, path=str(Path(self.path).absolute()), is_silent=True)

    def render(self, here: Opened, out: str, frames: range, how: How, progress: FrameProgress) -> Rendered:
        """Run the script into datasets below ``out``, as ``rendersdg run`` does; its ``progress`` counts frames.

        Raises BadScene for frames that do not begin at 0, and RenderFailed where the script ends early.
        """
        from rendersdg.omni.runner import run_script

        if frames.start or how.resume:
            raise BadScene(f"{self.name} is a script: it makes its frames from 0 on, and a run of it is not resumed")
        progress.expect(len(frames))
        options = replace(self.options, out=out, limit=frames.stop, workers=how.workers)
        outcome = run_script(Path(self.path), options, lambda count: progress(count - 1, {}))
        if outcome.error is not None:
            raise RenderFailed(outcome.error)
        files = sum(count for _, _, count in outcome.datasets)
        return Rendered(out, frames, list(frames), report=outcome.report, files=files)


def same(first: str, again: str, name: str) -> None:
    """Raise BadScene where a scene that was opened again is another one than at first."""
    if first != again:
        raise BadScene(
            f"{name} is not what it was when it was loaded: it, or a file or library that it needs, has changed; "
            "load it again"
        )


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []  # they last as long as the process


def temporary_folder() -> Path:
    """Return a new folder that goes with this process."""
    folder = tempfile.TemporaryDirectory(prefix="rendersdg-")
    _FOLDERS.append(folder)
    return Path(folder.name)
