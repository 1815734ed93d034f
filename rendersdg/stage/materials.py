"""Reading USD materials: from the shader that is a material's surface to the plain material of a snapshot.

UsdPreviewSurface, MaterialX's surfaces and the templates of Omniverse's MDL are read by their inputs and what feeds
these; others are drawn by what their name and the names of their inputs say, which is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from pxr import Usd, UsdShade

from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import Report
from rendersdg.snapshot import Material
from rendersdg.stage.mdl import BENDS, GLASS_INPUTS, MODELS, OMNI_GLASS, Model, model_name
from rendersdg.stage.named_looks import named_look
from rendersdg.stage.primvars import OTHER_UVS, Names
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.shading.evaluator import Evaluator, NotEvaluated
from rendersdg.stage.shading.fields import constant
from rendersdg.stage.shading.mdl_text import read_instance
from rendersdg.stage.shading.network import Network, Node, kind_of, read_network
from rendersdg.stage.shading.omni import by_words, glass_inputs, omnipbr, omnipbr_base, omnisurface
from rendersdg.stage.shading.painting import Canvas, Look, paint
from rendersdg.stage.shading.surfaces import KINDS, MTLX_NOT_DRAWN, surface_of

_EARLIEST = Usd.TimeCode.EarliestTime()
_BY_INPUTS = {  # names in MDL that are read by their inputs -> how
    "OmniSurface": omnisurface,
    "OmniSurfaceBase": omnisurface,
    "OmniSurfaceLite": omnisurface,
    "OmniSurfaceLiteBase": omnisurface,
    "OmniPBRBase": omnipbr_base,
}


@dataclass(frozen=True, eq=False)
class Shading:
    """A material's surface: what feeds it, and how its shader becomes a look. ``model`` is one of MDL's templates."""

    network: Network
    surface: Callable[[Evaluator, Node], Look]
    report: Report = field(default_factory=Report)
    model: Model | None = None

    @property
    def shader_path(self) -> str:
        """The path of the surface's shader."""
        return self.network.surface

    @property
    def inputs(self) -> dict[str, Any]:
        """The values of the surface's own inputs."""
        ports = self.network.nodes[self.network.surface].ports
        return {name: port.value for name, port in ports.items() if port.value is not None}

    @property
    def is_omnipbr(self) -> bool:
        """Whether its inputs are OmniPBR's."""
        return self.surface is omnipbr

    @property
    def origins(self) -> frozenset[str]:
        """The attributes that hold what the look is made of."""
        return frozenset(port.origin for node in self.network.nodes.values() for port in node.ports.values())

    @cached_property
    def plain_look(self) -> Look:
        """The look as it is authored."""
        return self.look({})

    def look(self, changes: Mapping[str, Any]) -> Look:
        """Return the look under other values of inputs, by their names, or of any attribute, by its path."""
        network = self.network.changed(changes)
        evaluator = Evaluator(network, KINDS, self.report)
        try:
            return self.surface(evaluator, network.nodes[network.surface])
        except NotEvaluated as reason:
            self.report.ignored(reason.path, reason.text)
            return Look()

    @property
    def names(self) -> Names:
        """The primvars that it asks a mesh for."""
        look = self.plain_look
        return Names(look.uv_name, look.colour_name or "displayColor", look.other_name or OTHER_UVS)


def plain_shading(look: Look) -> Shading:
    """Return what stands for a material that is not there: a look of its own."""
    return Shading(Network("", {"": Node("", "", {})}), lambda evaluator, node: look)


def omnipbr_shading() -> Shading:
    """Return an OmniPBR with all its defaults."""
    return Shading(Network("", {"": Node("", "OmniPBR", {})}), omnipbr)


def is_animated(material: UsdShade.Material) -> bool:
    """Return whether an input of the material's shaders has values over time."""
    prims = Usd.PrimRange(material.GetPrim(), Usd.TraverseInstanceProxies())
    return any(a.ValueMightBeTimeVarying() for p in prims for a in p.GetAuthoredAttributes())


def read_shading(material: UsdShade.Material, report: Report, time: Usd.TimeCode = _EARLIEST) -> Shading | None:
    """Return the surface of a material at ``time``: MDL's that is known before MaterialX's before USD's own, as
    Omniverse has it; then what the names say (reported).
    """
    path = str(material.GetPath())
    mdl, _, _ = material.ComputeSurfaceSource("mdl")
    name = model_name(mdl) if mdl else ""
    if name in MODELS:
        model = MODELS[name]
        surface: Callable[[Evaluator, Node], Look] = omnipbr
        if model is OMNI_GLASS:
            report.note(path, f"{name} {BENDS}")
            surface = _glass
        return Shading(read_network(mdl, time), surface, report, model)
    if name in _BY_INPUTS:
        return Shading(read_network(mdl, time), _BY_INPUTS[name], report)
    if mdl and (written := _written(mdl, name, report, time)) is not None:
        return written
    preview, _, _ = material.ComputeSurfaceSource()
    is_preview = bool(preview) and surface_of(kind_of(preview)) is not None
    mtlx, _, _ = material.ComputeSurfaceSource("mtlx")
    if mtlx and (function := surface_of(kind_of(mtlx))) is not None:
        quiet = Report()
        shading = Shading(read_network(mtlx, time), function, quiet if is_preview else report)
        if not is_preview or not _has_gaps(shading):
            return Shading(shading.network, function, report)
    if is_preview:
        function = surface_of(kind_of(preview))
        assert function is not None
        return Shading(read_network(preview, time), function, report)
    return _by_name(material, mdl or mtlx or preview, report, time)


def _written(shader: UsdShade.Shader, name: str, report: Report, time: Usd.TimeCode) -> Shading | None:
    """Return the surface of a material of an MDL file at hand that is a template with arguments, None for another."""
    asset = shader.GetSourceAsset("mdl")
    file = asset.resolvedPath if asset else ""
    network = read_network(shader, time)
    own = network.nodes[network.surface]
    given = {n: p for n, p in own.ports.items() if p.link is None and p.value is not None}
    instance = read_instance(file, name, given) if file else None
    if instance is None or instance.base not in {*MODELS, *_BY_INPUTS}:
        return None
    for argument in instance.left_out:
        report.ignored(f"{file}: {argument}", "this argument is no plain value: the template's own stands for it")
    model = MODELS.get(instance.base)
    surface = _BY_INPUTS.get(instance.base) or (_glass if model is OMNI_GLASS else omnipbr)
    node = Node(own.path, instance.base, instance.ports)
    return Shading(Network(own.path, {own.path: node}), surface, report, model)


def _has_gaps(shading: Shading) -> bool:
    """Return whether something of a surface's network is not evaluated."""
    evaluator = Evaluator(shading.network, KINDS, Report())
    try:
        shading.surface(evaluator, shading.network.nodes[shading.network.surface])
    except NotEvaluated:
        return True
    return evaluator.failed


def _by_name(material: UsdShade.Material, shader: UsdShade.Shader, report: Report, time: Usd.TimeCode) -> Shading:
    """Return the surface of a material whose shader nothing here knows."""
    path = str(material.GetPath())
    label = ""
    if shader:
        asset = shader.GetSourceAsset("mdl")
        label = (
            f"{asset.path if asset else ''} {shader.GetSourceAssetSubIdentifier('mdl') or ''} {kind_of(shader)}".strip()
        )
    elif material.GetPrim().HasAuthoredReferences():
        label = "a referenced document"
    report.ignored(path, f"shader {label or '(none)'} is replaced by a plain surface by its name")
    if not shader:
        colour, metallic, roughness = named_look(f"{label} {path}")
        return plain_shading(Look(constant(colour), constant(metallic), constant(roughness)))
    return Shading(read_network(shader, time), partial(by_words, name=f"{label} {path}"), report)


def _glass(evaluator: Evaluator, node: Node) -> Look:
    return omnipbr(evaluator, glass_inputs(node, GLASS_INPUTS))


def build_material(
    shading: Shading, changes: Mapping[str, Any], textures: TextureLibrary, canvas: Canvas | None = None
) -> Material:
    """Return the plain material of a surface with ``changes`` to its inputs, by USD input name or attribute's path."""
    look = shading.look(changes) if changes else shading.plain_look
    return paint(look, canvas or Canvas(shading.shader_path, shading.shader_path, textures, shading.report))


def unapplied(shading: Shading, changes: Mapping[str, Any]) -> list[str]:
    """Return the names of the inputs that ask for something that no material here does."""
    if shading.model is None:
        return []
    return list(shading.model.not_applied({**shading.inputs, **changes}))


_NOT_DRAWN = "this input of the shader is not applied"
READS = (
    Reads(
        "Material",
        read=names("outputs:surface outputs:*:surface inputs:*"),
        idle={
            **all_of("outputs:displacement outputs:*:displacement", "the shader's own input says whether it displaces"),
            "outputs:mdl:volume": "the materials of MDL that are known have none",
        },
        unmet=all_of("outputs:volume outputs:*:volume", "volumes are not drawn"),
    ),
    Reads("NodeGraph", read=names("inputs:* outputs:*")),
    Reads(
        "Shader",
        read=names("info:id outputs:* info:*:sourceAsset info:*:sourceAsset:subIdentifier"),
        idle={"info:implementationSource": "it is told by what is there"},
    ),
    Reads(
        "Shader.UsdPreviewSurface",
        read=names(
            "inputs:diffuseColor inputs:emissiveColor inputs:useSpecularWorkflow inputs:specularColor inputs:metallic "
            "inputs:roughness inputs:clearcoat inputs:clearcoatRoughness inputs:opacity inputs:opacityThreshold "
            "inputs:opacityMode inputs:ior inputs:normal"
        ),
        told={"inputs:displacement": "the surface is not displaced", "inputs:*": "UsdPreviewSurface has no such input"},
        idle={"inputs:occlusion": "light is occluded by what is there"},
    ),
    Reads(
        "Shader.UsdUVTexture",
        read=names(
            "inputs:file inputs:st inputs:sourceColorSpace inputs:fallback inputs:scale inputs:bias inputs:wrapS "
            "inputs:wrapT"
        ),
    ),
    Reads("Shader.UsdPrimvarReader_*", read=names("inputs:varname inputs:fallback")),
    Reads("Shader.UsdTransform2d", read=names("inputs:in inputs:rotation inputs:scale inputs:translation")),
    Reads(
        "Shader.ND_*",
        read=names("inputs:*"),
        told={f"inputs:{name}": _NOT_DRAWN for name in MTLX_NOT_DRAWN},
        idle={
            **all_of("inputs:framerange inputs:frameoffset inputs:frameendaction", "an image is one for all frames"),
            **all_of("inputs:realworldimagesize inputs:realworldtilesize", "their ratio counts"),
        },
        unmet={"inputs:filtertype": "images are drawn smoothly"},
        neutral={"inputs:filtertype": ("linear", "cubic")},
    ),
    *(Reads(f"Shader.mdl.{name}", read=names("inputs:*")) for name in _BY_INPUTS),
)
