"""What of a frame is labelled: the choice of the scene's writers, for all else that shows labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rendersdg.errors import did_you_mean
from rendersdg.frame import Frame
from rendersdg.orchestrator.attached import AttachedWriter
from writers import DEFAULT_FILTER, Writer
from writers.records import ObjectRecord, is_written, label_of


@dataclass(frozen=True)
class Labelling:
    """Which objects carry a label, and from how many pixels on.

    ``choice`` are the parameters of the annotator ``objects``; ``classes`` the labels that are kept, in their order,
    None for all; ``minimum_area`` the least number of visible pixels, ``class_of`` what labels make the class.
    """

    choice: dict[str, Any] = field(default_factory=lambda: {"default_filter": DEFAULT_FILTER})
    classes: tuple[str, ...] | None = None
    minimum_area: int = 1
    class_of: Callable[[Mapping[str, str]], str] = label_of

    def keeps(self, o: ObjectRecord) -> bool:
        """Return whether an object of the annotator's list is labelled."""
        return is_written(o, self.minimum_area) and (self.classes is None or self.class_of(o["labels"]) in self.classes)


def labelling_of(writers: Iterable[AttachedWriter]) -> Labelling:
    """Return what a scene's writers label: the choice of the first that lists objects, else of the first of all.

    A scene without writers labels what writers do that are given no choice.
    """
    attached = list(writers)
    for one in [*(a for a in attached if "objects" in a.writer.annotators), *attached]:
        writer = one.writer
        return Labelling(dict(writer.label_choice), writer.known_labels, writer.minimum_area, writer.class_of)
    return Labelling()


def unknown_classes(writer: Writer, frame: Frame) -> dict[str, str]:
    """Return what to say of each class of visible objects that a writer's own list does not have, by class: such
    objects are left out.
    """
    known = writer.known_labels
    unknown: dict[str, str] = {}
    for data in frame.data.values() if known is not None else ():
        for label in writer.labels_seen(data):
            if label not in (known or ()):
                nearest = did_you_mean(label, known or ())
                unknown[label] = f"it is not among the writer's classes, so its objects are left out{nearest}"
    return unknown
