"""What every writer keeps to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from rendersdg.annotators import ANNOTATORS
from rendersdg.dataset.dataset import FrameResult
from rendersdg.errors import BadArgument
from rendersdg.graph.nodes import WriterUse
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.testing.scenes import EMPTY, ROOM, fingerprint, open_text, view_for
from writers import WRITERS, Files, Writer

_FRAMES = (0, 1, 2)


def check_writer(writer: str | type[Writer], **params: Any) -> Files:
    """Return the files that a writer makes of three frames of a ball and a box, by path.

    ``writer`` is a name of the table or of an entry point, or a class; ``params`` are its parameters. Raises
    AssertionError, with what is wrong, where it breaks the rules: it encodes without side effect, the same bytes in
    whatever order frames are made and by whichever copy; each frame has files of its own, at relative paths; fragments
    are JSON; an empty frame is a frame; it asks for annotators that exist, and refuses parameters that it has not.
    """
    kind = WRITERS[writer] if isinstance(writer, str) else writer
    who = f"writer {writer if isinstance(writer, str) else writer.__name__}"
    assert issubclass(kind, Writer), f"{who} is not a writers.Writer"
    _refuses(kind, who, params)
    view = view_for(kind(**params).wants())
    files = _dataset(kind, who, params, ROOM + view, _FRAMES)
    backwards = _dataset(kind, who, params, ROOM + view, _FRAMES[::-1])
    differing = sorted(path for path in files.keys() | backwards.keys() if files.get(path) != backwards.get(path))
    assert not differing, f"{who}: {differing[0]} depends on the order in which frames are made"
    _dataset(kind, who, params, EMPTY + view, (0,))
    return files


def _refuses(kind: type[Writer], who: str, params: dict[str, Any]) -> None:
    wrong = "semantic_typs"
    try:
        kind(**params, **{wrong: ["class"]})
    except BadArgument as error:
        text = str(error)
        assert wrong in text, f"{who} refuses a parameter that it has not without naming it: {text}"
        assert "did you mean" in text or "known" in text, f"{who} does not say which parameters it has: {text}"
    else:
        raise AssertionError(f"{who} takes a parameter that it has not ({wrong}), which is then ignored")


def _dataset(kind: type[Writer], who: str, params: dict[str, Any], text: str, frames: Sequence[int]) -> Files:
    """Return all files of some frames, made in their order by a writer of its own."""
    files: Files = {}
    loose: Files = {}
    results: dict[int, FrameResult] = {}
    fragments: dict[str, dict[int, Any]] = {}
    with open_text(text, backend="raster") as session:
        instance = kind(**params)
        asked = set(instance.annotators) | set(instance.wants())
        missing = sorted(name for name in asked if name not in ANNOTATORS)
        assert not missing, f"{who} asks for {missing[0]!r}, which is not an annotator"
        graph = session.recorder.graph
        graph.writers.append(WriterUse(kind.__name__, params, "suite", list(graph.products), made=instance))
        session.attach()
        for number in frames:
            capture = session.capture(session.planner.plan(number))
            result, again = session.encode(capture), session.encode(capture)
            _leaves_data(session, capture, who)
            assert result.loose() == again.loose(), f"{who} encodes one frame differently the second time"
            for path, data in result.loose().items():
                _is_file(path, data, who)
                assert loose.get(path, data) == data, f"{who}: frame {number} overwrites {path} of another frame"
            loose |= result.loose()
            files |= result.files
            results[number] = result
            for folder, fragment in result.fragments.items():
                fragments.setdefault(folder, {})[number] = _as_json(fragment, who)
        if session.units.per_shard:
            fragments = {}
            for group in session.units.groups(sorted(results)):
                shard = session.pack([results[number] for number in group])
                files |= shard.files
                for folder, some in shard.fragments.items():
                    fragments.setdefault(folder, {}).update({int(k): _as_json(v, who) for k, v in some.items()})
        whole = session.finisher()({k: dict(sorted(v.items())) for k, v in fragments.items()}, files.__getitem__)
    for path, data in whole.items():
        _is_file(path, data, who)
        assert path not in files, f"{who}: {path} over all frames overwrites that of a frame"
    return {**files, **whole}


def _leaves_data(session: Session, capture: Capture, who: str) -> None:
    """Check that encoding changes nothing of what annotators gave, which other writers get, too."""
    fresh = session.capture(capture.plan)
    for product, name, params in capture.cache:
        fresh.annotate(product, name, json.loads(params), list(fresh.views))
    before = fingerprint(fresh.cache)
    session.encode(fresh)
    assert fingerprint({key: fresh.cache[key] for key in capture.cache}) == before, (
        f"{who} changes the data that it is given"
    )


def _is_file(path: str, data: bytes, who: str) -> None:
    parts = PurePosixPath(path).parts
    is_inside = bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path and ":" not in path
    assert is_inside, f"{who}: {path!r} is not a relative path with / between its parts"
    assert isinstance(data, bytes), f"{who}: {path} is a {type(data).__name__}, not bytes"


def _as_json(fragment: Any, who: str) -> Any:
    try:
        return json.loads(json.dumps(fragment, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{who}: a fragment is not JSON: {error}") from None
