"""A stand-in for ``omni.replicator.core`` that knows the documented names and arguments alone,
and refuses all others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from pxr import Usd

ROOT = "omni.replicator.core"


class Refused(Exception):
    """A name or an argument that is not documented for the release."""


def _release(text: str) -> tuple[int, ...]:
    digits = text.split(" ")[0]
    return tuple(int(p) for p in digits.split(".")) if digits[:1].isdigit() else (0,)


class Item:
    """What a call returns: a context manager that can be indexed, as render products of several cameras are."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __enter__(self) -> Item:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def __getitem__(self, index: int) -> Item:
        return Item(f"{self.label}[{index}]")


class Api:
    """The documented API of one release. ``calls`` lists (name, arguments) as they come."""

    def __init__(self, file: Path, release: tuple[int, ...]) -> None:
        self._entries = dict(_flat(yaml.safe_load(file.read_text())["api"]))
        self._release = release
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.writers: set[str] = set()

    def bind(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Item:
        """Check a call against its signature. Raises Refused."""
        entry = self._entries.get(name)
        if entry is None:
            raise Refused(f"rep.{name} is not documented")
        if _release(str(entry.get("since", "0"))) > self._release:
            raise Refused(f"rep.{name} came with {entry['since']}")
        params = {p["name"]: p for p in entry.get("params", [])}
        if params:  # where none could be read, nothing can be checked
            given = {**dict(zip(params, args)), **kwargs}
            if len(args) > len(params):
                raise Refused(f"rep.{name}: {len(args)} positional arguments")
            for key in given:
                if key not in params and "**kwargs" not in params:
                    raise Refused(f"rep.{name} has no argument {key!r}")
                if _release(str(params.get(key, {}).get("since", "0"))) > self._release:
                    raise Refused(f"rep.{name}: {key} came with {params[key]['since']}")
            missing = [k for k, p in params.items() if p.get("default") == "required" and k not in given]
            if missing:
                raise Refused(f"rep.{name} needs {missing[0]}")
        self.calls.append((name, kwargs))
        if name == "WriterRegistry.get":
            return _Writer(self, str(kwargs.get("name") or args[0]))
        return Item(name)

    def namespace(self, path: str = "") -> _Namespace:
        return _Namespace(self, path)

    def has(self, path: str) -> bool:
        return any(k == path or k.startswith(path + ".") for k in self._entries)

    def is_call(self, path: str) -> bool:
        return self._entries.get(path, {}).get("kind") in ("function", "method")


class _Writer(Item):
    def __init__(self, api: Api, name: str) -> None:
        super().__init__(name)
        if not api.has(f"default_writers.{name}") and name not in api.writers:
            raise Refused(f"no writer {name}")
        self._api, self._name = api, name

    def initialize(self, **kwargs: Any) -> None:
        if self._name not in self._api.writers:
            self._api.bind(f"default_writers.{self._name}", (), kwargs)

    def attach(self, *args: Any, **kwargs: Any) -> None:
        self._api.bind("Writer.attach", args, kwargs)

    def detach(self) -> None:
        self._api.bind("Writer.detach", (), {})


class _Namespace(ModuleType):
    def __init__(self, api: Api, path: str) -> None:
        super().__init__(f"{ROOT}.{path}".rstrip("."))
        self._api, self._path = api, path

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}".lstrip(".")
        if path == "Writer":
            return type("Writer", (), {})
        if self._api.is_call(path):
            return lambda *args, **kwargs: self._api.bind(path, args, kwargs)
        if self._api.has(path):
            return self._api.namespace(path)
        raise AttributeError(f"rep.{path} is not documented")


def _flat(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, value in node.items():
        if not isinstance(value, dict):
            continue
        if "kind" in value:
            yield prefix + key, value
            yield from _flat(value.get("members", {}), f"{prefix}{key}.")
        else:
            yield from _flat(value, f"{prefix}{key}.")


class _SimulationApp:
    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    def close(self) -> None:
        pass


class _Context:
    def __init__(self) -> None:
        self._stage = Usd.Stage.CreateInMemory()

    def get_stage(self) -> Usd.Stage:
        return self._stage


@contextmanager
def installed(api: Api) -> Iterator[None]:
    """Put the stand-in where a script imports ``omni.replicator.core`` and ``isaacsim`` from."""
    core = api.namespace()
    omni, replicator, isaac = ModuleType("omni"), ModuleType("omni.replicator"), ModuleType("isaacsim")
    omni.replicator, replicator.core = replicator, core  # type: ignore[attr-defined]
    isaac.SimulationApp = _SimulationApp  # type: ignore[attr-defined]
    usd = ModuleType("omni.usd")
    usd.get_context = _Context  # type: ignore[attr-defined]
    omni.usd = usd  # type: ignore[attr-defined]
    wanted = {"omni": omni, "omni.replicator": replicator, ROOT: core, "isaacsim": isaac, "omni.usd": usd}
    before = {name: sys.modules.get(name) for name in wanted}
    sys.modules.update(wanted)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
