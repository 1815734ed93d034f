"""The audit: of every property that a stage's files author, whether something here reads it; what nothing reads is
reported, once for all prims of a kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from pxr import Sdf, Tf, Usd, UsdShade

from rendersdg.english import counted
from rendersdg.errors import Report
from rendersdg.stage import (
    author,
    base,
    blend_shapes,
    cameras,
    curves,
    joints,
    lights,
    materials,
    mdl,
    mesh_lights,
    meshes,
    named_points,
    parts,
    patches,
    physics,
    pose,
    ranging,
    semantics,
    skeletons,
    skinning,
    solids,
    tets,
)
from rendersdg.stage.reads import Reads, all_of
from rendersdg.stage.usd_errors import reason

_OWN = (
    Reads(
        "*",
        idle={
            **all_of("ui:* omni:kit:* omni:ui:* accessibility:*", "an editor's own"),
            **all_of("userProperties:* authorship:*", "notes for people and programs"),
            **all_of("extentsHint model:card* model:drawModeColor model:applyDrawMode", "it is for drawing a stand-in"),
        },
        unmet={
            "model:drawMode": "it is drawn as its geometry",
            "hydra:*": "there is no Hydra here",
            "motion:*": "motion is that of the scene's own settings",
        },
        neutral={"model:drawMode": ("default", "inherited")},
    ),
    *(
        Reads(kind, silent="a renderer's settings are those of the scene that uses the asset")
        for kind in ("RenderSettings", "RenderProduct", "RenderVar", "RenderPass")
    ),
    *(Reads(kind, silent="a drawing of an editor") for kind in ("Backdrop",)),
    Reads("SpatialAudio", silent="sound is not seen"),
)
_MODULES = (
    author,
    base,
    blend_shapes,
    cameras,
    curves,
    joints,
    lights,
    materials,
    mdl,
    mesh_lights,
    meshes,
    named_points,
    parts,
    patches,
    physics,
    pose,
    ranging,
    semantics,
    skeletons,
    skinning,
    solids,
    tets,
)
TABLES: tuple[Reads, ...] = (*_OWN, *(table for module in _MODULES for table in module.READS))
_JUDGED_BY_PROPERTY = (
    "Physx",
    "Semantics",
    "OmniLensDistortion",
    "OmniSensor",
)  # schemas of Omniverse, which USD does not know
_ANONYMOUS = re.compile(r"@anon:[^@]*@")
_ASSET = re.compile(r"@([^@]+)@")  # how USD writes the path of an asset
_WINDOWS = {f"/OmniverseKit_{name}" for name in ("Front", "Right", "Top")}  # flat views of Kit's editor, in its stages
_INDICES = ":indices"  # of a primvar, which go with it
_UNREAD = "nothing here reads this property"
_PLAIN = ("", "Xform", "Scope", "SkelRoot", "Material", "NodeGraph", "Shader")  # types that are there to hold others

Fate = Literal["read", "idle", "told", "unmet", "unknown"]


class Verdict(NamedTuple):
    """What becomes of a property, and for all but what is read why."""

    fate: Fate
    why: str = ""
    neutral: tuple[object, ...] = ()


class Rules:
    """What the tables say of prims of one type (and shader)."""

    def __init__(self, tables: Iterable[Reads]) -> None:
        self._exact: dict[str, Verdict] = {}
        self._patterns: list[tuple[re.Pattern[str], Verdict]] = []
        self.whole = self.said = self.silent = ""
        for table in tables:
            self.whole = self.whole or table.whole
            self.said = self.said or table.said
            self.silent = self.silent or table.silent
            for name in table.read:
                self._add(name, Verdict("read"))
            for name, why in table.idle.items():
                self._add(name, Verdict("idle", why))
            for name, why in table.told.items():
                self._add(name, Verdict("told", why))
            for name, why in table.unmet.items():
                self._add(name, Verdict("unmet", why, table.neutral.get(name, ())))
        # "a:b" before "a:*": the longest name that fits decides
        self._patterns.sort(key=lambda pair: -len(pair[0].pattern))

    def _add(self, name: str, verdict: Verdict) -> None:
        if "*" in name:
            self._patterns.append((re.compile(re.escape(name).replace(r"\*", ".*") + "$"), verdict))
        else:
            self._exact.setdefault(name, verdict)

    def verdict(self, name: str) -> Verdict:
        """Return what becomes of a property; ``name:indices`` goes with ``name``."""
        name = name.removesuffix(_INDICES)
        found = self._exact.get(name)
        if found is None:
            found = next((v for pattern, v in self._patterns if pattern.match(name)), Verdict("unknown"))
            self._exact[name] = found
        return found


@lru_cache(maxsize=1)
def _by_kind() -> dict[str, list[Reads]]:
    kinds: dict[str, list[Reads]] = {}
    for table in TABLES:
        kinds.setdefault(table.of, []).append(table)
    return kinds


def rules_for(kind: str, shader: str = "") -> Rules:
    """Return the rules of a prim type; ``shader`` is the id of a shader prim."""
    tables = list(_tables_of_shader(shader))
    for name in _with_bases(kind):
        tables += _by_kind().get(name, [])
    return Rules([*tables, *_by_kind().get("*", [])])


def is_known_shader(shader: str) -> bool:
    """Return whether tables speak of the inputs of a shader."""
    return any(True for _ in _tables_of_shader(shader))


def _tables_of_shader(shader: str) -> Iterator[Reads]:
    if not shader:
        return
    for table in TABLES:
        of = table.of.removeprefix("Shader.")
        if of != table.of and re.fullmatch(re.escape(of).replace(r"\*", ".*"), shader):
            yield table


def _with_bases(kind: str) -> list[str]:
    """Return a prim type and those that it inherits from, as schemas call them, nearest first."""
    found = [kind]
    schema = Usd.SchemaRegistry.GetTypeFromSchemaTypeName(kind) if kind else Tf.Type.Unknown
    while schema and schema != Tf.Type.Unknown:
        bases = schema.baseTypes
        schema = bases[0] if bases else None
        if schema and (name := str(Usd.SchemaRegistry.GetSchemaTypeName(schema))):
            found.append(name)
    return found


@dataclass
class _Seen:
    """The prims that ask for something that is not done: the first, and how many."""

    first: str
    count: int = 0


class _Tally(dict[tuple[str, str], _Seen]):
    """What is not done, counted by (name, why)."""

    def add(self, name: str, why: str, path: str) -> None:
        """Count one prim."""
        self.setdefault((name, why), _Seen(path)).count += 1

    def groups(self) -> Iterator[tuple[str, str, str, str]]:
        """Give the prim, the name and the reason of what was counted, and in words how many and what goes along: what
        the same prim was the first to ask for, for the same reason.
        """
        grouped: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for (name, why), seen in self.items():
            grouped.setdefault((seen.first, why), []).append((name, seen.count))
        for (first, why), ((name, count), *others) in grouped.items():
            also = ", ".join(f"{other}{_on(number)}" for other, number in others)
            yield first, name, why, f"{_on(count)}{f'; also {also}' if also else ''}"


@dataclass
class _Walk:
    """What a walk over a stage has found."""

    rules: dict[tuple[str, str], Rules] = field(default_factory=dict)
    unmet: _Tally = field(default_factory=_Tally)
    unknown: _Tally = field(default_factory=_Tally)
    kinds: _Tally = field(default_factory=_Tally)  # prims and schemas as wholes
    strangers: _Tally = field(default_factory=_Tally)  # and those that no table knows
    primvars: _Tally = field(default_factory=_Tally)
    wanted: set[str] = field(default_factory=set)  # primvars that shaders read

    def look(self, prim: Usd.Prim, path: str) -> None:
        """Judge the properties of one prim, which is called ``path``."""
        kind = str(prim.GetTypeName())
        shader = _shader_of(prim) if kind == "Shader" else ""
        rules = self.rules.get((kind, shader))
        if rules is None:
            rules = self.rules[kind, shader] = rules_for(kind, shader)
        if rules.said or rules.silent:
            return
        if rules.whole:
            self.kinds.add(kind, rules.whole, path)
            return
        if kind not in _PLAIN and not _is_known(kind):
            self.strangers.add(kind, "nothing here reads prims of this type", path)
            return
        # whoever reads a material says of a node that it does not know that the whole of it is not evaluated
        is_foreign = kind == "Shader" and not is_known_shader(shader)
        if kind == "Shader":
            self._want(prim)
        schemas = prim.GetMetadata("apiSchemas")
        for schema in schemas.GetAddedOrExplicitItems() if hasattr(schemas, "GetAddedOrExplicitItems") else ():
            self._judge_schema(str(schema).partition(":")[0], path)
        for name in prim.GetAuthoredPropertyNames():
            if is_foreign and name.startswith("inputs:"):
                continue
            verdict = rules.verdict(name)
            if verdict.fate in ("read", "idle", "told") or name.endswith(_INDICES) or _is_neutral(prim, name, verdict):
                continue
            if verdict.fate == "unmet":
                self.unmet.add(name, verdict.why, path)
            elif name.startswith("primvars:"):
                self.primvars.add(name, _UNREAD, path)
            else:
                self.unknown.add(name, _UNREAD, path)

    def _judge_schema(self, schema: str, path: str) -> None:
        why = next((t.whole for t in _by_kind().get(f"API.{schema}", ()) if t.whole), "")
        if why:
            self.kinds.add(schema, why, path)
        elif not _is_schema(schema):
            self.strangers.add(schema, "nothing here knows this schema", path)

    def _want(self, shader: Usd.Prim) -> None:
        """Remember the primvars that a shader reads: texts among its inputs name them."""
        for port in UsdShade.Shader(shader).GetInputs():
            for source in port.GetValueProducingAttributes():
                value = source.Get()
                if isinstance(value, str) and value:
                    self.wanted.add(f"primvars:{value}")

    def report(self, report: Report) -> None:
        """Say what was found: what is known and not done as not honoured, what nobody here knows as a note."""
        for key in self.wanted:
            self.primvars.pop((key, _UNREAD), None)
        for first, kind, why, on in self.kinds.groups():
            report.ignored(f"{first} ({kind})", f"{why}{on}")
        for first, name, why, on in self.unmet.groups():
            report.ignored(f"{first}.{name}", f"{why}{on}")
        for first, kind, why, on in self.strangers.groups():
            report.note(f"{first} ({kind})", f"{why}{on}")
        for tally in (self.unknown, self.primvars):
            for first, name, why, on in tally.groups():
                report.note(f"{first}.{name}", f"{why}{on}")


def audit(stage: Usd.Stage, report: Report, root: str = "/") -> None:
    """Report what is authored at or below a prim of a stage and not read, in the order in which it is met.

    What asks for something that is known and not done is reported as not honoured. What is not known, as other
    programs leave it in files, is noted. A value that is the schema's own asks for nothing.
    """
    walk = _Walk()
    for prim, path in _prims(stage, root):
        if path not in _WINDOWS:
            walk.look(prim, path)
    walk.report(report)
    _report_composition(stage, report)


def _report_composition(stage: Usd.Stage, report: Report) -> None:
    """Report layers and prims that the stage asks for and does not find, each once."""
    said = {match for text in report.entries.values() for match in _ASSET.findall(text)}
    errors = stage.GetCompositionErrors() if hasattr(stage, "GetCompositionErrors") else ()
    # USD composes in threads: which error comes first is chance
    for path, text in sorted((str(e.rootSite.path), _ANONYMOUS.sub("the stage", reason(e))) for e in errors):
        asset = next(iter(_ASSET.findall(text)), "")
        if asset in said:
            continue
        said |= {asset} - {""}
        report.ignored(f"{path} (composition)", text)


def _prims(stage: Usd.Stage, root: str) -> Iterator[tuple[Usd.Prim, str]]:
    """Give the prims at or below a path with their paths, those that instances share once: by the first instance."""
    start = stage.GetPrimAtPath(root)
    waiting = [(start, "")] if start else []
    done: set[str] = set()
    while waiting:
        top, place = waiting.pop(0)
        inner = str(top.GetPath())
        for prim in Usd.PrimRange(top, base.Predicate):
            own = str(prim.GetPath())
            path = place + own[len(inner) :] if place else own
            if prim.IsInstance():
                prototype = prim.GetPrototype()
                if (shared := str(prototype.GetPath())) not in done:
                    done.add(shared)
                    waiting.append((prototype, path))
            if not prim.IsPseudoRoot() and not prim.IsPrototype():
                yield prim, path


@lru_cache(maxsize=4096)
def _is_known(kind: str) -> bool:
    """Return whether a table speaks of a prim type itself, or of one that it inherits from and that says something."""
    general = {"Imageable", "Typed", "Boundable", "Xformable", "Gprim", "PointBased", "*", "SchemaBase"}
    return any(name in _by_kind() for name in _with_bases(kind) if name not in general)


@lru_cache(maxsize=4096)
def _is_schema(schema: str) -> bool:
    """Return whether an applied schema is one of USD's, or of those whose properties tables name."""
    if Usd.SchemaRegistry.GetTypeFromSchemaTypeName(schema) != Tf.Type.Unknown:
        return True
    return schema.startswith(_JUDGED_BY_PROPERTY)


def _shader_of(prim: Usd.Prim) -> str:
    """Return the id of a shader, ``mdl.NAME`` for one of MDL's, empty for one that says neither."""
    shader = UsdShade.Shader(prim)
    if name := mdl.model_name(shader):
        return f"mdl.{name}"
    return str(shader.GetIdAttr().Get() or "")


def _is_neutral(prim: Usd.Prim, name: str, verdict: Verdict) -> bool:
    """Return whether a property has a value that asks for nothing: none, the schema's own, or one of the table's."""
    attribute = prim.GetAttribute(name)
    if not attribute:
        return not prim.GetRelationship(name).HasAuthoredTargets()
    if attribute.HasAuthoredConnections() or attribute.ValueMightBeTimeVarying():
        return False
    value = attribute.Get()
    if value is None or (hasattr(value, "__len__") and not len(value)):
        return True
    if isinstance(value, Sdf.AssetPath) and not value.path:
        return True
    known = prim.GetPrimDefinition()
    fallback = known.GetAttributeFallbackValue(name)
    if fallback is None:  # lights of older files call theirs without the prefix
        fallback = known.GetAttributeFallbackValue(f"inputs:{name}")
    return value == fallback or value in verdict.neutral


def _on(count: int) -> str:
    return f" (on {counted(count, 'prim')})" if count > 1 else ""
