"""From a network's shaders to fields, one kind of node after another; what none here does is reported by its path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rendersdg.errors import Report
from rendersdg.stage.shading.fields import Constant, Field, Lay, constant
from rendersdg.stage.shading.network import Network, Node, Port
from rendersdg.stage.shading.spaces import is_encoded, linear_colour

_UNSET = Port()


class NotEvaluated(Exception):
    """A node that gives no field here: ``path`` and why."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(text)
        self.path, self.text = path, text


NodeFunction = Callable[["Evaluator", Node, str], Field]  # of a node and the name of its output
LayFunction = Callable[["Evaluator", Node], Lay]


@dataclass(frozen=True)
class Kinds:
    """What is known of nodes: ``field`` gives the function of a kind of node, ``lay`` that which gives coordinates."""

    field: Callable[[str], NodeFunction | None]
    lay: Callable[[str], LayFunction | None]


class Evaluator:
    """Evaluates one network."""

    def __init__(self, network: Network, kinds: Kinds, report: Report) -> None:
        self.network = network
        self.report = report
        self._kinds = kinds
        self._made: dict[tuple[str, str], Field] = {}
        self._open: list[tuple[str, str]] = []
        self.failed = False  # whether a node was not evaluated
        self._asked: set[tuple[str, str]] = set()

    def port(self, node: Node, name: str) -> Port:
        """Return an input of a node, one without value or link where it has none."""
        self._asked.add((node.path, name))
        port = node.ports.get(name, _UNSET)
        if _is_finite(port.value):
            return port
        self.report.ignored(f"{node.path}.inputs:{name}", "holds NaN or infinity: the default stands for it")
        return replace(port, value=None)

    def unread(self, node: Node) -> list[str]:
        """Return the inputs of a node that nothing has asked for until now."""
        return [name for name in node.ports if (node.path, name) not in self._asked]

    def is_set(self, node: Node, name: str) -> bool:
        """Return whether an input has a value or a link of its own."""
        port = self.port(node, name)
        return port.link is not None or port.value is not None

    def field(self, node: Node, name: str, default: Any, *, is_colour: bool = False) -> Field:
        """Return an input as a field; ``default`` where nothing is authored, or what feeds it is not evaluated."""
        port = self.port(node, name)
        if port.link is not None:
            try:
                return self.output(*port.link)
            except NotEvaluated as reason:
                self.failed = True
                self.report.ignored(reason.path, f"{reason.text}: the default stands for it")
                return default if isinstance(default, Field) else constant(default)
        if port.value is None or isinstance(port.value, str):
            return default if isinstance(default, Field) else constant(default)
        try:
            value = tuple(float(v) for v in np.ravel(np.asarray(port.value, np.float64)))
        except (TypeError, ValueError):
            value = ()
        if not value:
            return default if isinstance(default, Field) else constant(default)
        if is_colour and len(value) >= 3 and port.space:
            value = linear_colour(value, port.space)
        return constant(value)

    def output(self, path: str, name: str) -> Field:
        """Return what a shader gives. Raises NotEvaluated."""
        key = (path, name)
        if key in self._made:
            return self._made[key]
        node = self.network.nodes.get(path)
        if node is None:
            raise NotEvaluated(path, "no shader is there")
        function = self._kinds.field(node.kind)
        if function is None:
            raise NotEvaluated(path, f"node {node.kind or '(none)'} is not evaluated")
        if key in self._open:
            raise NotEvaluated(path, "the shader feeds itself")
        self._open.append(key)
        try:
            made = function(self, node, name)
        except (ValueError, IndexError):
            raise NotEvaluated(path, f"the inputs of node {node.kind} do not fit each other") from None
        finally:
            self._open.pop()
        if isinstance(made, Constant) and not np.isfinite(made.value).all():
            raise NotEvaluated(path, "it gives NaN or infinity")
        self._made[key] = made
        return made

    def value(self, node: Node, name: str, default: Any) -> Any:
        """Return an input that has to be the same everywhere: a number, text or a tuple; reported where it is not."""
        port = self.port(node, name)
        if port.link is None:
            return default if port.value is None else port.value
        whole = self.field(node, name, default if not isinstance(default, str) else 0.0)
        if isinstance(whole, Constant):
            return float(whole.value[0]) if whole.width == 1 else tuple(float(v) for v in whole.value)
        self.report.ignored(
            f"{node.path}.inputs:{name}", "differs over the surface, which is not done: the default stands"
        )
        return default

    def number(self, node: Node, name: str, default: float) -> float:
        """Return an input as one number."""
        value = self.value(node, name, default)
        if isinstance(value, (int, float)):
            return float(value)
        try:
            return float(np.ravel(value)[0])
        except (TypeError, ValueError, IndexError):
            return default

    def pair(self, node: Node, name: str, default: tuple[float, float]) -> tuple[float, float]:
        """Return an input as two numbers; one number stands for both."""
        given = self.value(node, name, default)
        if given is default:
            return default
        value = np.ravel(np.asarray(given, float))
        return (float(value[0]), float(value[min(1, len(value) - 1)])) if len(value) else default

    def text(self, node: Node, name: str, default: str = "") -> str:
        """Return an input as text."""
        value = self.value(node, name, default)
        return default if value is None else str(value)

    def lay(self, node: Node, name: str) -> Lay:
        """Return the texture coordinates that feed an input; the mesh's usual ones where nothing does, or what does is
        no straight map of them, which is reported.
        """
        port = self.port(node, name)
        if port.link is None:
            return Lay()
        feeding = self.network.nodes.get(port.link[0])
        function = self._kinds.lay(feeding.kind) if feeding is not None else None
        if function is None or feeding is None or (port.link[0], "lay") in self._open:
            self.failed = True
            kind = feeding.kind if feeding is not None else "(none)"
            self.report.ignored(
                port.link[0], f"texture coordinates by {kind} are not evaluated: the mesh's own are taken"
            )
            return Lay()
        self._open.append((port.link[0], "lay"))
        try:
            return function(self, feeding)
        finally:
            self._open.pop()

    def is_lay(self, node: Node, name: str) -> bool:
        """Return whether texture coordinates feed an input."""
        link = self.port(node, name).link
        feeding = self.network.nodes.get(link[0]) if link is not None else None
        return feeding is not None and self._kinds.lay(feeding.kind) is not None

    def encoding(self, port: Port, said: str = "auto") -> bool | None:
        """Return whether an image is display encoded, by what its shader and its file's attribute say; None: the file
        says.
        """
        known = is_encoded(said)
        return is_encoded(port.space) if known is None else known


def _is_finite(value: object) -> bool:
    """Return whether no number of an input's value is NaN or infinite."""
    if value is None or isinstance(value, (str, int)):
        return True
    try:
        return bool(np.isfinite(np.asarray(value, np.float64)).all())
    except (TypeError, ValueError):
        return True  # holds no numbers


def is_neutral(field: Field, neutral: Any) -> bool:
    """Return whether a field is ``neutral`` everywhere."""
    return isinstance(field, Constant) and bool(np.allclose(field.value, neutral, atol=1e-6))
