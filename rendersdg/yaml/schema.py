"""The JSON Schema of the YAML scenes, for editors: made from the recording functions themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from rendersdg.docstrings import summary
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.types import kinds_of

_NUMBER: dict[str, object] = {"type": "number"}
_SHAPES: dict[str, dict[str, object]] = {
    "number": _NUMBER,
    "integer": {"type": "integer"},
    "boolean": {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, {"type": "array"}]},
    "string": {"type": "string"},
    "vector": {"anyOf": [_NUMBER, {"type": "array"}]},
    "range": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    "items": {"anyOf": [{"type": "string"}, {"type": "array"}]},
    "target": {"anyOf": [{"type": "string"}, {"type": "array"}]},
    "semantics": {
        "anyOf": [{"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}}, {"type": "object"}]
    },
    "list": {"anyOf": [{"type": "array"}, {"type": "string"}]},
    "mapping": {"type": "object"},
    "labels": {},
    "words": {},
    "constant": {},
    "any": {},
    "callable": {},
}


def schema() -> dict[str, object]:
    """Return a JSON Schema (draft 2020-12) in which every function, argument and type of the YAML form is listed."""
    definitions: dict[str, object] = {}
    calls: dict[str, object] = {}
    for name in FUNCTIONS:
        function = FUNCTIONS[name]
        definitions[name] = _arguments(function)
        calls[name] = {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]}
    distribution_names = [n for n in FUNCTIONS if n.startswith("distribution.")]
    definitions["distribution"] = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {n: {"$ref": f"#/$defs/{n}"} for n in distribution_names},
        "additionalProperties": False,
    }
    definitions["block"] = {
        "type": ["object", "null"],
        "properties": calls,
        "patternProperties": {
            r"^with\..+$": {"$ref": "#/$defs/block"},
            r"^randomizer\..+$": {},
            r"^[^.]+\.attach$": {"type": "object"},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rendersdg scene (Replicator YAML)",
        "type": "object",
        "properties": {"profiles": {"type": "array", "items": {"type": "string"}}},
        "additionalProperties": {
            "anyOf": [{"$ref": "#/$defs/block"}, {"type": ["array", "string", "number", "boolean"]}]
        },
        "$defs": definitions,
    }


def _arguments(function: Callable[..., object]) -> dict[str, object]:
    """Return the schema of the mapping of arguments that a recording function takes."""
    kinds = kinds_of(function)
    signature = inspect.signature(function)
    properties: dict[str, object] = {}
    required = []
    for name, parameter in signature.parameters.items():
        kind = kinds.get(name, "any")
        shape = _SHAPES[kind.removeprefix("fixed ")]
        options = [shape, {"type": "null"}]
        if shape.get("type") != "string":
            options.append({"type": "string", "description": "the name of a group"})
        if not kind.startswith("fixed ") and kind not in ("mapping", "semantics"):
            options.append({"$ref": "#/$defs/distribution"})
        entry: dict[str, object] = {"anyOf": options} if shape else {}
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
        elif isinstance(parameter.default, (int, float, str, bool)):
            entry["default"] = parameter.default
        properties[name] = entry
    out: dict[str, object] = {"type": "object", "properties": properties, "additionalProperties": False}
    if description := summary(function):
        out["description"] = description
    if required:
        out["required"] = required
    return out
