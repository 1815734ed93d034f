"""YAML files that are no scenes, told by their keys before a page is opened for them."""

from __future__ import annotations

import re
from pathlib import Path

from rendersdg.errors import BadArgument, BadScene
from rendersdg.yaml_values import Block, parse_yaml

_CALL = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")  # module.function or with.group
_KINDS = (  # keys that tell a file, what it is, and what to do with it
    (
        {"scene", "steer_on"},
        "a steering study",
        "rendersdg steer {file} -o steered runs it, and its scene can be shown",
    ),
    ({"arms", "recipe"}, "a study", "rendersdg study {file} -o study runs it"),
    ({"names", "train"}, "the list of a YOLO set", "rendersdg view {folder} shows the set"),
    ({"names", "val"}, "the list of a YOLO set", "rendersdg view {folder} shows the set"),
)
_MOST_KEYS = 6  # that a message names


def refuse_no_scene(text: str, path: Path) -> None:
    """Raise BadArgument where a text is YAML and none of its groups holds a call, and say what it seems to be.

    What is not YAML, and an empty text, may be a scene that is being written: its page marks the mistakes.
    """
    try:
        value = parse_yaml(text, path.name)
    except BadScene:
        return
    if value is None or (isinstance(value, Block) and any(map(_holds_call, value.values()))):
        return
    wanted = "a scene is a mapping of groups with calls, e.g. 'ball: {create.sphere: {}}'"
    if not isinstance(value, Block):
        raise BadArgument(f"{path} is not a scene but a {type(value).__name__}; {wanted}")
    for keys, what, remedy in _KINDS:
        if keys <= set(value):
            raise BadArgument(f"{path} is {what}, not a scene; {remedy.format(file=path, folder=path.parent)}")
    named = ", ".join(map(str, list(value)[:_MOST_KEYS])) + (", ..." if len(value) > _MOST_KEYS else "")
    raise BadArgument(f"{path} is not a scene: none of its groups ({named}) holds a call; {wanted}")


def _holds_call(body: object) -> bool:
    return isinstance(body, Block) and any(
        (_CALL.fullmatch(str(key)) and (given is None or isinstance(given, (Block, list)))) or key == "inherit"
        for key, given in body.items()
    )
