"""The JSON Schema of the YAML scenes, for editors: made from the same facts as ``rendersdg help``.

Editors complete from ``properties``, ``enum`` and ``default``, and show ``markdownDescription`` (yaml-language-server)
or ``description`` (others) for what the pointer is on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rendersdg.annotators import ANNOTATORS
from rendersdg.reference import default_text
from rendersdg.reference.facts import Argument, Entry, function_entry, writer_entry
from rendersdg.scene import FUNCTIONS
from writers import WRITERS

_Schema = dict[str, Any]
_NUMBER: _Schema = {"type": "number"}
_SHAPES: dict[str, _Schema] = {
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
_GROUP: _Schema = {"type": "string", "description": "the name of a group"}
_SHARED = "argument."  # what definitions of arguments begin with that several functions take


def schema_text() -> str:
    """Return the schema as JSON, a line for each definition."""
    whole = schema()
    definitions = whole.pop("$defs")
    assert isinstance(definitions, dict)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in definitions.items())
    return f'{json.dumps(whole)[:-1]}, "$defs": {{\n{lines}\n}}}}\n'


def schema() -> dict[str, object]:
    """Return a JSON Schema (draft 2020-12) in which every function, argument, writer and parameter of the YAML form is
    listed, with its default, its words and what it means.
    """
    entries = {name: function_entry(name) for name in FUNCTIONS}
    definitions: dict[str, object] = {name: _function(entry) for name, entry in entries.items()}
    calls = {name: {**_said(entry), "anyOf": [_ref(name), {"type": "null"}]} for name, entry in entries.items()}
    definitions |= {f"writer.{name}": _writer(writer_entry(name)) for name in WRITERS}
    definitions["writers.get"] = {**_function(entries["writers.get"]), "allOf": [_parameters_of(n) for n in WRITERS]}
    of_attach = function_entry("writers.attach")
    attach = {**_said(of_attach), **_function(of_attach)}
    attach["properties"].pop("writer")  # it is the group's
    definitions["writers.attach"] = {**attach, "required": ["render_products"]}
    definitions["distribution"] = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {n: {**_said(entries[n]), **_ref(n)} for n in FUNCTIONS if n.startswith("distribution.")},
        "additionalProperties": False,
    }
    definitions["block"] = {
        "type": ["object", "null"],
        "properties": {
            **calls,
            "inherit": {"type": "string", "description": "an earlier group, whose call and arguments are taken over"},
        },
        "patternProperties": {
            r"^with\..+$": {"description": "calls that act on the prims of a group", **_ref("block")},
            r"^randomizer\..+$": {},
            r"^[^.]+\.attach$": _ref("writers.attach"),
        },
    }
    definitions["group"] = _GROUP
    definitions |= _taken_out(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rendersdg scene (Replicator YAML)",
        "type": "object",
        "properties": {
            "profiles": {
                "type": "array",
                "items": {"type": "string"},
                "description": "files whose groups are read before this one's",
            }
        },
        "additionalProperties": {"anyOf": [_ref("block"), {"type": ["array", "string", "number", "boolean"]}]},
        "$defs": definitions,
    }


def _taken_out(definitions: Mapping[str, Any]) -> _Schema:
    """Put a reference where several functions or writers take an argument that is said in the same words, and return
    the definitions of these arguments. The schema is half as large so.
    """
    places: dict[str, list[tuple[_Schema, str]]] = {}
    for definition in definitions.values():
        taken = definition.get("properties", {}) if definition.get("additionalProperties") is False else {}
        for name, argument in taken.items():
            if "markdownDescription" in argument:
                places.setdefault(json.dumps(argument, sort_keys=True), []).append((taken, name))
    shared: _Schema = {}
    for found in places.values():
        if len(found) > 1:
            first, name = found[0]
            label, number = f"{_SHARED}{name}", 1
            while label in shared:
                number += 1
                label = f"{_SHARED}{name}.{number}"
            shared[label] = first[name]
            for taken, own in found:
                taken[own] = _ref(label)
    return shared


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _said(entry: Entry) -> _Schema:
    """Return what an editor shows of a function or a writer."""
    plain = entry.summary.replace("``", "")
    marked = [entry.summary.replace("``", "`")]
    if entry.example:
        marked.append(f"```yaml\n{entry.example}```")
    return {"description": plain, "markdownDescription": "\n\n".join(marked)}


def _function(entry: Entry) -> _Schema:
    """Return the schema of the mapping of arguments that a recording function takes; what it does is said where it is
    called.
    """
    return {
        "type": "object",
        "properties": {a.name: _argument(a) for a in entry.arguments},
        "additionalProperties": False,
        **_required(entry.arguments),
    }


def _writer(entry: Entry) -> _Schema:
    """Return the schema of a writer's parameters."""
    return {
        "type": "object",
        **_said(entry),
        "properties": {a.name: _argument(a) for a in entry.arguments},
        "additionalProperties": False,
        **_required(entry.arguments),
    }


def _required(arguments: Sequence[Argument]) -> Mapping[str, object]:
    needed = [a.name for a in arguments if a.is_needed]
    return {"required": needed} if needed else {}


def _parameters_of(writer: str) -> _Schema:
    """Return the rule that the parameters of ``writers.get`` are those of the writer that it names."""
    return {
        "if": {"properties": {"name": {"const": writer}}, "required": ["name"]},
        "then": {"properties": {"init_params": {"anyOf": [_ref(f"writer.{writer}"), {"type": ["string", "null"]}]}}},
    }


def _argument(a: Argument) -> _Schema:
    """Return the schema of one argument: what it takes, its default, and what it means."""
    entry: _Schema = {"description": a.text, "markdownDescription": _marked(a)}
    if isinstance(a.default, (int, float, str, bool)):
        entry["default"] = a.default
    if a.name == "name" and a.words:  # of a writer: another is a mistake whatever the groups are called
        return {**entry, "enum": list(a.words)}
    shape = _shape(a)
    if not shape:
        return entry
    options = [shape, {"type": "null"}]
    if shape.get("type") != "string" and not a.words:  # where words are counted, any text is taken already
        options.append(_ref("group"))
    if a.may_vary:
        options.append(_ref("distribution"))
    return {**entry, "anyOf": options}


def _shape(a: Argument) -> _Schema:
    if a.name == "annotators":
        names = {"enum": list(ANNOTATORS)}
        return {"anyOf": [{"type": "array", "items": names}, {"type": "object", "propertyNames": names}]}
    if a.words:
        return {"anyOf": [{"enum": list(a.words)}, {"type": "string"}]}
    return _SHAPES[a.kind]


def _marked(a: Argument) -> str:
    """Return what an editor shows of an argument: the sentence, then unit, type and default."""
    facts = [a.takes, *([f"unit: {a.unit}"] if a.unit else [])]
    default = default_text(a)
    facts.append("must be given" if a.is_needed else f"default: `{default}`")
    return f"{a.text}\n\n{'; '.join(facts)}"
