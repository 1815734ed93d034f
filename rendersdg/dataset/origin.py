"""What made a dataset, compared with what would go on with it: each difference in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rendersdg.dataset.records import OLD_FORMAT, Header

_MOST = 5  # files that a message names
_TEXTS = {"graph": "the scene's text, its changes or its shape differ", "script": "another script"}


def differences(there: Header, header: Header) -> list[str]:
    """Return what differs between the header of a dataset and that of what would go on with it; none when all is equal.

    >>> differences({"seed": 1, "inputs": {"a.obj": "0f"}}, {"seed": 2, "inputs": {"a.obj": "f0"}})
    ['a.obj has changed', 'seed differ (1 there, 2 now)']
    """
    if there.get("format") == OLD_FORMAT != header.get("format"):
        return ["an older rendersdg made it, which did not note what its frames depend on"]
    said = _mappings(there, header, "inputs", _input_said)
    said += _mappings(there, header, "versions", lambda name, old, new: f"{name} is {new or 'not there'}, was {old}")
    others = [k for k in {**there, **header} if k not in ("inputs", "versions", "graph")]
    said += [
        f"{k} differ{_both(there.get(k), header.get(k))}" for k in others if not same_json(there.get(k), header.get(k))
    ]
    if not said and not same_json(there.get("graph"), header.get("graph")):
        said.append(_TEXTS["graph"])
    return said


def same_json(old: object, new: object) -> bool:
    """Return whether two values are the same JSON: to Python, 0 and False are equal."""
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def changed_inputs(noted: Mapping[str, str], content: Callable[[str], str]) -> list[str]:
    """Return which of the inputs that frames brought are not what they were; ``content`` has the SHA-256 of now."""
    now = {name: content(name) for name in noted}
    return _limited([_input_said(n, noted[n], now[n]) for n in sorted(noted) if noted[n] != now[n]])


def _mappings(there: Header, header: Header, key: str, say: Callable[[str, str, str], str]) -> list[str]:
    old, new = texts_of(there.get(key)), texts_of(header.get(key))
    names = sorted(n for n in {*old, *new} if old.get(n, "") != new.get(n, ""))
    return _limited([say(n, old.get(n, ""), new.get(n, "")) for n in names])


def texts_of(value: Any) -> dict[str, str]:
    """Return an entry of a header that maps texts to texts, empty where it does not."""
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _input_said(name: str, old: str, new: str) -> str:
    if not new:
        return f"{name} is not there, or is read no more"
    return f"{name} has changed" if old else f"{name} was not there, or was not read"


def _both(old: object, new: object) -> str:
    texts = [repr(old), repr(new)]
    return f" ({texts[0]} there, {texts[1]} now)" if max(map(len, texts)) <= 60 else ""


def _limited(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _MOST else [*lines[:_MOST], f"and {len(lines) - _MOST} more"]
