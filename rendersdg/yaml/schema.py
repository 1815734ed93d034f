"""The JSON Schema of the YAML scenes, for editors: made from the recording functions themselves."""

from __future__ import annotations

import inspect
from typing import Any

from rendersdg.docstrings import summary
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.types import kinds_of

_NUMBER = {"type": "number"}
_SHAPES: dict[str, Any] = {
    "number": _NUMBER,
    "integer": {"type": "integer"},
    "boolean": {"anyOf": [{"type": "boolean"}, {"type": "array"}]},
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
    "any": {},
    "callable": {},
}


def schema() -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) in which every function, argument and type of the YAML form is listed."""
    definitions: dict[str, Any] = {}
    calls: dict[str, Any] = {}
    for name in FUNCTIONS:
        function: Any = FUNCTIONS[name]
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


def _arguments(function: Any) -> dict[str, Any]:
    kinds = kinds_of(function)
    signature = inspect.signature(function)
    properties: dict[str, Any] = {}
    required = []
    for name, parameter in signature.parameters.items():
        kind = kinds.get(name, "any")
        shape = _SHAPES[kind.removeprefix("fixed ")]
        options = [shape, {"type": "null"}]
        if shape.get("type") != "string":
            options.append({"type": "string", "description": "the name of a group"})
        if not kind.startswith("fixed ") and kind not in ("mapping", "semantics"):
            options.append({"$ref": "#/$defs/distribution"})
        properties[name] = {"anyOf": options} if shape else {}
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
        elif isinstance(parameter.default, (int, float, str, bool)):
            properties[name] = {**properties[name], "default": parameter.default}
    out: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if description := summary(function):
        out["description"] = description
    if required:
        out["required"] = required
    return out
