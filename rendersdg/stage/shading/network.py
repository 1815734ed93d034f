"""A material's shaders as plain records: what each is, what its inputs are, and what feeds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pxr import Sdf, Usd, UsdShade


class TexturePath(str):
    """The path of an image, as far as USD could resolve it."""


@dataclass(frozen=True)
class Port:
    """An input of a shader: the ``link`` (path of a shader, output) that feeds it, else its ``value``.

    ``origin`` is the attribute that holds the value, which may be a material's or a node graph's; ``space`` the colour
    space that is said of it, empty for none.
    """

    value: Any = None
    link: tuple[str, str] | None = None
    origin: str = ""
    space: str = ""


@dataclass(frozen=True)
class Node:
    """A shader: ``kind`` is its identifier, such as ``UsdUVTexture``."""

    path: str
    kind: str
    ports: Mapping[str, Port]


@dataclass(frozen=True)
class Network:
    """Shaders by path, and the path of the one that is the surface."""

    surface: str
    nodes: Mapping[str, Node] = field(default_factory=dict)

    def changed(self, changes: Mapping[str, Any]) -> Network:
        """Return the network with other values: by an input's name for the surface's, by the path of an attribute for
        any. A value takes the place of a link.
        """
        if not changes:
            return self
        nodes = {}
        for path, node in self.nodes.items():
            ports = {
                n: Port(changes[p.origin], None, p.origin, p.space) if p.origin in changes else p
                for n, p in node.ports.items()
            }
            if path == self.surface:
                ports |= {n: Port(v, None, f"{path}.inputs:{n}") for n, v in changes.items() if not n.startswith("/")}
            nodes[path] = Node(path, node.kind, ports)
        return Network(self.surface, nodes)


def read_network(surface: UsdShade.Shader, time: Usd.TimeCode) -> Network:
    """Return what feeds a surface's shader, and the shader itself, as they are at ``time``."""
    nodes: dict[str, Node] = {}
    ahead = [surface]
    while ahead:
        shader = ahead.pop()
        path = str(shader.GetPath())
        if path in nodes:
            continue
        ports = {}
        for given in shader.GetInputs():
            ports[str(given.GetBaseName())] = port = read_port(given, time)
            if port.link is not None:
                ahead.append(UsdShade.Shader(surface.GetPrim().GetStage().GetPrimAtPath(port.link[0])))
        nodes[path] = Node(path, kind_of(shader), ports)
    return Network(str(surface.GetPath()), nodes)


def kind_of(shader: UsdShade.Shader) -> str:
    """Return the identifier of a shader, empty where it has none."""
    return str(shader.GetIdAttr().Get() or "") if shader else ""


def read_port(given: UsdShade.Input, time: Usd.TimeCode) -> Port:
    """Return an input through all the interfaces that it is connected to."""
    own = given.GetAttr()
    for attribute in given.GetValueProducingAttributes():
        if attribute.GetName().startswith("outputs:") and attribute.GetPrim().IsA(UsdShade.Shader):
            unfed = own.Get(time)  # what stands where nothing can be had from there
            link = (str(attribute.GetPrim().GetPath()), str(attribute.GetBaseName()))
            return Port(None if unfed is None else plain(unfed, own), link, str(own.GetPath()), _space(own))
        value = attribute.Get(time)
        if value is not None:
            return Port(plain(value, attribute), None, str(attribute.GetPath()), _space(attribute) or _space(own))
    for path in own.GetConnections():  # to an output that its shader does not declare
        source = own.GetPrim().GetStage().GetPrimAtPath(path.GetPrimPath())
        if path.name.startswith("outputs:") and source and source.IsA(UsdShade.Shader):
            return Port(None, (str(path.GetPrimPath()), path.name.removeprefix("outputs:")), str(own.GetPath()))
    value = own.Get(time)
    return Port(None if value is None else plain(value, own), None, str(own.GetPath()), _space(own))


def plain(value: Any, attribute: Usd.Attribute | None = None) -> Any:
    """Return a USD value as Python's own: numbers, text, tuples of numbers, paths of images."""
    if isinstance(value, Sdf.AssetPath):
        return TexturePath(_file(value, attribute))
    if hasattr(value, "__len__") and not isinstance(value, str):
        try:
            return tuple(float(v) for v in value)
        except (TypeError, ValueError):
            return tuple(str(v) for v in value)
    return value


def _file(value: Sdf.AssetPath, attribute: Usd.Attribute | None) -> str:
    """Return the path of a file, which of tiles USD does not resolve: by the layer that names it."""
    if value.resolvedPath or attribute is None or "<UDIM>" not in value.path:
        return str(value.resolvedPath or value.path)
    for spec in attribute.GetPropertyStack(Usd.TimeCode.Default()):
        if spec.HasInfo("default") or spec.HasInfo("timeSamples"):
            return str(Sdf.ComputeAssetPathRelativeToLayer(spec.layer, value.path))
    return str(value.path)


def _space(attribute: Usd.Attribute) -> str:
    """Return the colour space that an attribute, or a schema at or above its prim, says; empty for none."""
    if attribute.HasColorSpace():
        return str(attribute.GetColorSpace())
    if hasattr(Usd, "ColorSpaceAPI"):
        return str(Usd.ColorSpaceAPI.ComputeColorSpaceName(attribute, None))
    return ""
