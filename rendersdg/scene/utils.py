"""``rep.utils``: file listings and events."""

from __future__ import annotations

import re

from rendersdg.graph.nodes import Node
from rendersdg.scene.recorder import current
from rendersdg.scene.types import FixedBoolean, FixedText


def get_usd_files(path: FixedText, recursive: FixedBoolean = False, path_filter: FixedText | None = None) -> list[str]:
    """Return the asset files of a folder, sorted; for a library folder that is not at hand, stand-ins (reported)."""
    recorder = current()
    recorder.require_there(path, is_folder=True)
    files = recorder.layers.listing(path, recursive=bool(recursive))
    return [p for p in files if path_filter is None or re.search(path_filter, p)]


def send_og_event(event_name: FixedText) -> Node:
    """Send the event that ``trigger.on_custom_event`` waits for, whenever this runs."""
    return current().node("utils.send_og_event", {"event_name": event_name}, None, single=frozenset({"event_name"}))
