"""Attached writers: which writers a scene's frames go to, with what parameters, and into which folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from rendersdg.dataset.dataset import Read
from rendersdg.errors import BadScene, RenderSDGError
from rendersdg.graph.nodes import WriterUse
from rendersdg.scene.recorder import Recorder
from rendersdg.stage.base import is_lidar
from writers import WRITERS, Writer

DEFAULT_WRITER = (
    "BasicWriter",
    {"rgb": True, "bounding_box_2d_tight": True, "instance_segmentation": True, "semantic_segmentation": True},
)


class AttachedWriter:
    """A writer, the folder it writes below, and the products and trigger it is attached to."""

    def __init__(self, use: WriterUse, folder: str, writer: Writer) -> None:
        self.use = use
        self.folder = folder
        self.writer = writer

    def finish(self, fragments: Mapping[int, Any], seed: int, read: Read, below: str | None = None) -> dict[str, bytes]:
        """Return the writer's files over all frames, by path below its folder.

        ``fragments`` are JSON values by frame, ``read`` reads files that the writer wrote before, and ``below`` is its
        folder in the store that ``read`` reads from.
        """
        folder = self.folder if below is None else below

        def own(path: str) -> bytes:
            return read(path_below(folder, path))

        return {**self.writer.finish(fragments, seed), **self.writer.assemble(fragments, own)}


def attach(recorder: Recorder, *, needs_writer: bool = True) -> list[AttachedWriter]:
    """Return the writers of a recorded scene, made with their parameters.

    A scene without writers gets :data:`DEFAULT_WRITER` over its cameras' products and a LidarWriter over its lidars',
    or none without ``needs_writer``; which, its report says. Raises BadScene where there is nothing to render, and
    what writers raise for their parameters.
    """
    graph = recorder.graph
    for use in graph.writers:
        if not use.products:
            recorder.report.note(
                f"{use.name} ({use.where or 'script'})", "is attached to no render product and writes nothing"
            )
    uses = [use for use in graph.writers if use.products]
    if not uses and not needs_writer:
        return []
    if not uses:
        if not graph.products:
            raise BadScene(
                "the scene has no render product, so there is nothing to render; add create.render_product "
                "with a camera"
            )
        uses = _default_uses(recorder)
    writers = [AttachedWriter(use, folder, _writer(use)) for use, folder in zip(uses, _folders(uses))]
    sizes = {attached.writer.frames_per_shard: attached.use.name for attached in writers}
    sizes.pop(0, None)
    if len(sizes) > 1:
        (one, first), (other, second) = list(sizes.items())[:2]
        raise BadScene(
            f"{first} has frames_per_shard={one} and {second} has {other}: a dataset has shards of one size; give both "
            "the same"
        )
    return writers


def _default_uses(recorder: Recorder) -> list[WriterUse]:
    """Return the writers of a scene that attaches none, noted: of lidars another than of cameras."""
    products = recorder.graph.products
    lidars = [p for p in products if is_lidar(recorder.stage, p.camera.resolve({}))]
    cameras = [p for p in products if p not in lidars]
    uses = []
    if cameras:
        uses.append(WriterUse(DEFAULT_WRITER[0], dict(DEFAULT_WRITER[1]), "default", cameras))
        recorder.report.note("writers", "the scene attaches no writer; BasicWriter writes rgb, boxes and segmentation")
    if lidars:
        uses.append(WriterUse("LidarWriter", {}, "default", lidars))
        recorder.report.note("writers of lidars", "the scene attaches no writer; LidarWriter writes points")
    return uses


def path_below(folder: str, path: str) -> str:
    """Return a path below a folder; "" is the top."""
    return f"{folder}/{path}" if folder else path


def _writer(use: WriterUse) -> Writer:
    try:
        writer: Writer = use.made if use.made is not None else WRITERS[use.name](**use.params)
        return writer
    except RenderSDGError as error:
        raise error.at(use.where) from None


def _folders(uses: list[WriterUse]) -> list[str]:
    """Return where each writer writes below the output: at its top when alone,
    else in the last part of its output_dir.
    """
    if all(use.folder is not None for use in uses):
        return [str(use.folder) for use in uses]
    if len(uses) == 1:
        return [""]
    folders: list[str] = []
    for use in uses:
        output_dir = str(use.params.get("output_dir") or use.name)
        name = PurePosixPath(output_dir.replace("\\", "/")).name or use.name
        unique, number = name, 1
        while unique in folders:
            unique, number = f"{name}_{number}", number + 1
        folders.append(unique)
    return folders
