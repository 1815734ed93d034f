"""MaterialX documents as USD layers, laid out as OpenUSD's own plug-in does: ``/MaterialX/Materials/NAME``.

The wheels of OpenUSD lack that plug-in, so layers that refer to ``.mtlx`` files are given what is made here.
Source: the MaterialX specification 1.38 and 1.39.
"""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from pxr import Ar, Gf, Sdf, Tf, Usd, UsdShade

from rendersdg.assets.usd_files.door import check_usd
from rendersdg.documents import xml_root
from rendersdg.errors import AssetError, Report
from rendersdg.inputs import note_input
from rendersdg.paths import split_member
from rendersdg.stage.usd_errors import reason

ENDING = ".mtlx"
_TYPES = {
    "float": Sdf.ValueTypeNames.Float,
    "integer": Sdf.ValueTypeNames.Int,
    "boolean": Sdf.ValueTypeNames.Bool,
    "color3": Sdf.ValueTypeNames.Color3f,
    "color4": Sdf.ValueTypeNames.Color4f,
    "vector2": Sdf.ValueTypeNames.Float2,
    "vector3": Sdf.ValueTypeNames.Float3,
    "vector4": Sdf.ValueTypeNames.Float4,
    "string": Sdf.ValueTypeNames.String,
    "filename": Sdf.ValueTypeNames.Asset,
}
_VECTORS = {2: Gf.Vec2f, 3: Gf.Vec3f, 4: Gf.Vec4f}
_WIDTHS = {"color3": 3, "color4": 4, "vector2": 2, "vector3": 3, "vector4": 4}  # numbers of a value; others have one
_DEEPEST = 8  # documents that include each other


@dataclass
class Documents:
    """The documents of a run as layers, each read once, and the layers in which they were put in place of files."""

    report: Report
    _made: dict[str, Sdf.Layer | None] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _alive: list[Sdf.Layer] = field(default_factory=list)  # layers that are others than their files

    def put_into(self, stage: Usd.Stage) -> None:
        """Let the layers of a stage that refer to MaterialX documents refer to layers made of them. Files stay."""
        changed = True
        while changed:  # a document that is in place may bring nothing more; a payload that it opens may
            changed = False
            for layer in stage.GetUsedLayers(False):
                if layer.identifier not in self._seen:
                    self._seen.add(layer.identifier)
                    changed |= self._put_into_layer(layer)

    def put_below(self, path: str) -> None:
        """Do the same for the layer at ``path`` and all that it names, before a stage composes it: OpenUSD warns of
        files that it cannot read. What it must not read is left out, and reported.
        """
        ahead = [path]
        while ahead:
            whole = ahead.pop()
            if whole in self._seen or whole.split(":SDF_FORMAT")[0].lower().endswith(ENDING):
                continue
            try:
                layer = Sdf.Layer.FindOrOpen(whole)
            except Tf.ErrorException:
                layer = None  # said when it is composed
            if layer is None:
                continue
            self._seen |= {whole, layer.identifier}
            self._alive.append(layer)  # until a stage holds it
            self._put_into_layer(layer)
            named = layer.GetCompositionAssetDependencies()
            ahead += [
                inner
                for p in named
                if p and not p.startswith("anon:") and (inner := self._let_in(layer, p)) is not None
            ]

    def _let_in(self, layer: Sdf.Layer, name: str) -> str | None:
        """Return the whole path of a layer that ``layer`` names; None, reported, for one that must not be read, which
        is empty from now on.
        """
        whole = str(Sdf.ComputeAssetPathRelativeToLayer(layer, name))
        try:
            package = split_member(layer.identifier)[0]
            if package.lower().endswith(".usdz") and not whole.startswith(f"{package}["):
                raise AssetError("it lies outside of its package, which nothing of a package may lead to")
            check_usd(whole)
        except AssetError as error:
            self.report.ignored(f"{layer.identifier}:{name}", f"it is left out: {error}")
            Sdf.Layer.AddToMutedLayers(whole)  # OpenUSD takes it for empty, and does not read it
            return None
        if whole in Sdf.Layer.GetMutedLayers():  # mended since
            Sdf.Layer.RemoveFromMutedLayers(whole)
        return whole

    def _put_into_layer(self, layer: Sdf.Layer) -> bool:
        named = [
            p for p in layer.GetCompositionAssetDependencies() if p.split(":SDF_FORMAT")[0].lower().endswith(ENDING)
        ]
        for path in named:
            whole = Sdf.ComputeAssetPathRelativeToLayer(layer, path)
            made = self.layer(whole)
            if made is not None:
                layer.SetPermissionToEdit(True)
                layer.UpdateCompositionAssetDependency(path, made.identifier)
                self._alive.append(layer)
        return bool(named)

    def layer(self, path: str) -> Sdf.Layer | None:
        """Return the layer of a document; None, reported, for one that cannot be read."""
        if path not in self._made:
            try:
                self._made[path] = read_document(path, self.report)
            except (AssetError, ArithmeticError, ValueError, LookupError, RecursionError, Tf.ErrorException) as error:
                self.report.ignored(path, f"the document is left out: {reason(error)}")
                self._made[path] = None
        return self._made[path]


def read_document(path: str, report: Report | None = None) -> Sdf.Layer:
    """Return the layer of a MaterialX document, anonymous, whose images have whole paths. Values that do not fit their
    types are reported, and left to the node's own.

    Raises AssetError for a file that is missing or is no such document.
    """
    root = _parsed(path, 0)
    layer = Sdf.Layer.CreateAnonymous(f"{Path(path).stem}.usda")
    stage = Usd.Stage.Open(layer)
    stage.SetDefaultPrim(stage.DefinePrim("/MaterialX"))
    stage.DefinePrim("/MaterialX/Materials", "Scope")
    said = _Said(path, report or Report())
    for material in _all(root, "surfacematerial"):
        _Material(stage, root, material, said).write()
    for material in _all(root, "material"):  # of documents before 1.37
        for shader in material.findall("shaderref"):
            _Material(stage, root, material, said).write_old(shader)
    return layer


def _all(root: Xml.Element, tag: str) -> Iterator[Xml.Element]:
    return (e for e in root if e.tag == tag and e.get("name"))


def _parsed(path: str, depth: int) -> Xml.Element:
    """Return the root of a document, with what it includes and whose elements know their folder and colour space."""
    asset = Ar.GetResolver().OpenAsset(Ar.GetResolver().Resolve(path))
    if not asset:
        raise AssetError(f"the MaterialX document {path} is not there")
    note_input(path)
    root = xml_root(bytes(asset.GetBuffer() or b""), f"the MaterialX document {path}", AssetError)
    if root.tag != "materialx":
        raise AssetError(f"{path} is not a MaterialX document: it begins with <{root.tag}>")
    for element in root:
        _inherit(element, root.get("colorspace", ""), root.get("fileprefix", ""), path)
    for include in list(root.findall("{http://www.w3.org/2001/XInclude}include")):
        if depth < _DEEPEST and include.get("href"):
            inner = str(Path(path).parent / str(include.get("href")))
            try:
                root.extend(e for e in _parsed(inner, depth + 1))
            except AssetError:
                continue  # libraries of definitions, which come with MaterialX itself
    return root


def _inherit(element: Xml.Element, space: str, prefix: str, path: str) -> None:
    space, prefix = element.get("colorspace", space), element.get("fileprefix", prefix)
    element.set("colorspace", space)
    if element.tag == "input" and element.get("type") == "filename" and element.get("value"):
        name = f"{prefix}{element.get('value')}"
        element.set("value", name if Path(name).is_absolute() or "://" in name else _beside(path, name))
    for inner in element:
        _inherit(inner, space, prefix, path)


def _beside(path: str, name: str) -> str:
    """Return the path of a file beside a document, which may be a member of a package."""
    package, inner = split_member(path)
    if inner:
        return f"{package}[{(Path(inner).parent / name).as_posix()}]"
    return str(Path(path).parent / name)


@dataclass(frozen=True)
class _Said:
    """What is said of the document at ``path``."""

    path: str
    report: Report

    def misfit(self, name: str, text: str, kind: str) -> None:
        """Report that an input's value is not of its type."""
        self.report.ignored(
            f"{self.path}:{name}", f"the value {text[:60]!r} is not a {kind}: the default stands for it"
        )


class _Material:
    """A material while it is written: its shaders and graphs lie below it, so that it can be referred to alone."""

    def __init__(self, stage: Usd.Stage, root: Xml.Element, element: Xml.Element, said: _Said) -> None:
        self._said = said
        self._stage, self._root = stage, root
        self._path = Sdf.Path("/MaterialX/Materials").AppendChild(Tf.MakeValidIdentifier(str(element.get("name"))))
        self._element = element
        self._written: dict[Sdf.Path, UsdShade.Shader] = {}

    def write(self) -> None:
        material = UsdShade.Material.Define(self._stage, self._path)
        for port in self._element.findall("input"):
            shader = self._feeding(port, None)
            if shader is not None and port.get("name") == "surfaceshader":
                material.CreateSurfaceOutput("mtlx").ConnectToSource(shader[0].ConnectableAPI(), "out")
            elif shader is not None and port.get("name") == "displacementshader":
                material.CreateDisplacementOutput("mtlx").ConnectToSource(shader[0].ConnectableAPI(), "out")

    def write_old(self, reference: Xml.Element) -> None:
        shader = Xml.Element(str(reference.get("node")), {"name": str(reference.get("name")), "type": "surfaceshader"})
        for bound in reference.findall("bindinput"):
            shader.append(Xml.Element("input", dict(bound.attrib)))
        material = UsdShade.Material.Define(self._stage, self._path)
        material.CreateSurfaceOutput("mtlx").ConnectToSource(self._shader(shader, None).ConnectableAPI(), "out")

    def _shader(self, node: Xml.Element, graph: Xml.Element | None) -> UsdShade.Shader:
        """Write a node, and what feeds it, and return it."""
        at = self._path
        if graph is not None:
            at = at.AppendChild(Tf.MakeValidIdentifier(str(graph.get("name"))))
            if at not in self._written:
                UsdShade.NodeGraph.Define(self._stage, at)
        at = at.AppendChild(Tf.MakeValidIdentifier(str(node.get("name"))))
        if at in self._written:
            return self._written[at]
        shader = self._written[at] = UsdShade.Shader.Define(self._stage, at)
        kind = str(node.get("type", ""))
        shader.CreateIdAttr(
            node.get("nodedef") or f"ND_{node.tag}" + (f"_{kind}" if kind not in ("", "multioutput") else "")
        )
        shader.CreateOutput("out", _TYPES.get(kind, Sdf.ValueTypeNames.Token))
        for port in node.findall("input"):
            self._port(shader, port, graph, is_colour="color" in kind or kind == "multioutput")
        return shader

    def _port(
        self,
        shader: UsdShade.Shader | UsdShade.NodeGraph,
        port: Xml.Element,
        graph: Xml.Element | None,
        *,
        is_colour: bool,
    ) -> UsdShade.Input | None:
        kind = str(port.get("type", ""))
        if kind not in _TYPES or not port.get("name"):
            return None
        made = shader.CreateInput(str(port.get("name")), _TYPES[kind])
        inner = port.get("interfacename")
        if inner and graph is not None:
            outer = next((e for e in graph.findall("input") if e.get("name") == inner), None)
            if outer is not None:
                holder = UsdShade.NodeGraph(self._stage.GetPrimAtPath(shader.GetPath().GetParentPath()))
                held = self._port(holder, outer, None, is_colour=is_colour)
                if held is not None:
                    made.ConnectToSource(held)
            return made
        feeding = self._feeding(port, graph)
        if feeding is not None:
            source, output = feeding
            if port.get("channels"):
                source, output = self._swizzled(source, output, port), "out"
            made.ConnectToSource(source.ConnectableAPI(), output)
        elif port.get("value") is not None:
            value = _value(str(port.get("value")), kind)
            if value is None:
                self._said.misfit(str(port.get("name")), str(port.get("value")), kind)
            else:
                made.Set(value)
                if port.get("colorspace") and ("color" in kind or (kind == "filename" and is_colour)):
                    made.GetAttr().SetColorSpace(str(port.get("colorspace")))
        return made

    def _swizzled(self, source: UsdShade.Shader, output: str, port: Xml.Element) -> UsdShade.Shader:
        """Return the node that picks the channels that an input names."""
        at = source.GetPath().ReplaceName(f"{source.GetPath().name}_{port.get('channels')}")
        node = UsdShade.Shader.Define(self._stage, at)
        node.CreateIdAttr(f"ND_swizzle_{port.get('type')}")
        node.CreateInput("in", Sdf.ValueTypeNames.Color3f).ConnectToSource(source.ConnectableAPI(), output)
        node.CreateInput("channels", Sdf.ValueTypeNames.String).Set(str(port.get("channels")))
        node.CreateOutput("out", _TYPES.get(str(port.get("type")), Sdf.ValueTypeNames.Token))
        return node

    def _feeding(self, port: Xml.Element, graph: Xml.Element | None) -> tuple[UsdShade.Shader, str] | None:
        """Return the shader that feeds an input, and by which output."""
        name, output = port.get("nodename"), port.get("output")
        if (called := port.get("nodegraph")) is not None or (name is None and output and graph is None):
            graphs = [e for e in _all(self._root, "nodegraph") if e.get("name") == called]
            graph = graphs[0] if graphs else None
            outputs = [e for e in (graph if graph is not None else self._root) if e.tag == "output"]
            chosen = next(
                (e for e in outputs if e.get("name") == output), outputs[0] if outputs and not output else None
            )
            if chosen is None:
                return None
            name, output = chosen.get("nodename"), chosen.get("output")
        if name is None:
            return None
        scope = graph if graph is not None else self._root
        node = next((e for e in scope if e.get("name") == name and e.tag not in ("input", "output", "nodegraph")), None)
        if node is None:
            return None
        shader = self._shader(node, graph)
        output = output or "out"
        if not shader.GetOutput(output):
            shader.CreateOutput(output, Sdf.ValueTypeNames.Token)
        return shader, output


def _value(text: str, kind: str) -> object:
    """Return a value as USD has it, None for one that does not fit its type."""
    try:
        if kind == "filename":
            return Sdf.AssetPath(text)
        if kind == "string":
            return text
        if kind == "boolean":
            return text.strip().lower() == "true"
        numbers = [float(n) for n in text.replace(",", " ").split()]
        if len(numbers) != _WIDTHS.get(kind, 1) or not all(map(isfinite, numbers)):
            return None
        if kind == "integer":
            return int(numbers[0])
        if kind == "float":
            return numbers[0]
        return _VECTORS[int(kind[-1])](*numbers)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
