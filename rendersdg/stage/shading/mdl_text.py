"""Materials of MDL that are one of Omniverse's templates with arguments: which, and with which.

Most materials of libraries are written so: ``export material Oak(*) = OmniPBR(diffuse_texture: texture_2d("oak.png"),
...);``. MDL itself is not compiled: what is more than a value is left out. Source: the MDL language specification 1.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rendersdg.inputs import read_input
from rendersdg.stage.shading.network import Port, TexturePath

_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?[fFdD]?$")
_CALL = re.compile(r"(?:::)?[\w:]*?(\w+)\s*\(", re.S)
_VECTORS = ("color", "float2", "float3", "float4", "int2", "double2", "double3")
_MONO = ("mono_alpha", "mono_average", "mono_luminance", "mono_maximum")  # by the number of opacity_mode
_GAMMAS = {"gamma_srgb": "sRGB", "gamma_linear": "raw", "gamma_default": ""}


class Instance(NamedTuple):
    """A material that is the template ``base`` with ``ports``; ``left_out`` are arguments that are no values."""

    base: str
    ports: Mapping[str, Port]
    left_out: tuple[str, ...]


def read_instance(path: str, name: str, given: Mapping[str, Port]) -> Instance | None:
    """Return the material ``name`` of an MDL file as a template with arguments; None where it is not written so.

    ``given`` are values of the material's own parameters.
    """
    try:
        text = _COMMENT.sub(lambda m: m.group(1) or " ", read_input(path).decode("utf-8", "replace"))
    except OSError:
        return None
    start = re.search(rf"\bexport\s+material\s+{re.escape(name)}\s*\(", text)
    if start is None:
        return None
    parameters, end = _inside(text, start.end())
    body = text[end:]
    equals = re.match(r"(?:\s*\[\[.*?\]\])?\s*=\s*", body, re.S)
    call = _CALL.match(body, equals.end()) if equals is not None else None
    if call is None:
        return None
    held: dict[str, Port] = {}
    for parameter in _split(parameters):
        declared = re.match(r"(?:uniform\s+|varying\s+)?[\w:]+\s+(\w+)\s*=\s*(.*)$", _plain(parameter), re.S)
        if declared is not None and (value := _value(declared.group(2), path, held)) is not None:
            held[declared.group(1)] = value
    held |= given
    arguments, _ = _inside(body, call.end())
    ports, left_out = dict(given), []
    for argument in _split(arguments):
        named = re.match(r"\s*(\w+)\s*:\s*(.*)$", argument, re.S)
        if named is None:
            continue
        value = _value(named.group(2), path, held)
        if value is None:
            left_out.append(named.group(1))
        else:
            ports[named.group(1)] = value
    return Instance(call.group(1), ports, tuple(left_out))


def _plain(text: str) -> str:
    """Return a declaration without its annotations."""
    return re.sub(r"\[\[.*?\]\]", "", text, flags=re.S).strip()


def _inside(text: str, start: int) -> tuple[str, int]:
    """Return what stands up to the parenthesis that closes the one before ``start``, and where that ends."""
    depth, at, is_text = 1, start, False
    while at < len(text) and depth:
        letter = text[at]
        if letter == '"' and text[at - 1] != "\\":
            is_text = not is_text
        elif not is_text:
            depth += (letter in "([") - (letter in ")]")
        at += 1
    return text[start : at - 1], at


def _split(text: str) -> Iterator[str]:
    """Give the parts of a list that commas separate, but for commas inside of parentheses and text."""
    depth, is_text, start = 0, False, 0
    for at, letter in enumerate(text):
        if letter == '"' and text[at - 1] != "\\":
            is_text = not is_text
        elif not is_text:
            depth += (letter in "([{") - (letter in ")]}")
            if letter == "," and depth == 0:
                yield text[start:at]
                start = at + 1
    if text[start:].strip():
        yield text[start:]


def _value(text: str, path: str, held: Mapping[str, Port]) -> Port | None:
    """Return a value as a port, None for what is more than that."""
    text = text.strip()
    if text in ("true", "false"):
        return Port(text == "true")
    if _NUMBER.match(text):
        return Port(float(text.rstrip("fFdD")))
    if text in held:
        return held[text]
    call = _CALL.match(text)
    if call is None:
        last = text.rsplit("::", 1)[-1]
        return Port(_MONO.index(last)) if last in _MONO else None
    inner = [part.strip() for part in _split(_inside(text, call.end())[0])]
    if call.group(1) == "texture_2d":
        if not inner or not inner[0].startswith('"'):
            return Port("")
        file = inner[0].strip('"')
        gamma = inner[1].rsplit("::", 1)[-1] if len(inner) > 1 else ""
        beside = file if file.startswith("/") or "://" in file else str(Path(path).parent / file)
        return Port(TexturePath(beside), space=_GAMMAS.get(gamma, ""))
    if call.group(1) in _VECTORS and all(_NUMBER.match(n) for n in inner) and inner:
        numbers = tuple(float(n.rstrip("fFdD")) for n in inner)
        width = 3 if call.group(1) == "color" else int(call.group(1)[-1])
        return Port(numbers * width if len(numbers) == 1 else numbers)
    return None
