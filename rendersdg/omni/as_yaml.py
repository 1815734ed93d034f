"""A scene as Replicator YAML: one file, profiles and changes worked in, what Replicator lacks baked or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from rendersdg.errors import NotSupported
from rendersdg.files import write_file
from rendersdg.graph.distributions import Combine, Distribution
from rendersdg.graph.nodes import Block, Name, Prims
from rendersdg.omni.application_light import as_groups, is_lit_by_it
from rendersdg.omni.baking import Baker
from rendersdg.omni.steps import Asset, AssetGroups, Notes, Step, Value, draws, relative
from rendersdg.omni.translation import translate
from rendersdg.orchestrator.session import Session
from rendersdg.replicator.writers import OURS
from rendersdg.scene.defaults import SCENE_DEFAULTS
from rendersdg.scene.recorder import Recorder

Body = dict[str, Value]


class _Document:
    """The groups of the file while they fill up; ``notes`` list what other values are drawn for,
    and what is left out.

    Replicator YAML names things by the group that makes them. So each step goes into a group of its own name, and
    a group that another one names stands above it.
    """

    def __init__(self, file: Path, recorder: Recorder) -> None:
        self._file = file
        self._recorder = recorder
        self.groups: Body = {}
        self._names: dict[int, str] = {}
        self._inline: dict[int, Step] = {}
        self._writers: dict[int, Body] = {}
        self._bodies: dict[tuple[str, ...], Body] = {}
        self._latest: dict[str, str] = {}
        self.notes: list[tuple[str, str]] = []

    def add(self, step: Step) -> None:
        """Add a step."""
        if isinstance(step.result, Distribution) and step.name != "shared":
            self._inline[id(step.result)] = step
        elif step.name == "shared":
            self.groups[str(step.arguments["name"])] = self._value(step.arguments["distribution"])
            self._names[id(step.result)] = str(step.arguments["name"])
        elif step.name == "WriterRegistry.get":
            body: Body = {"name": str(step.arguments["name"]).removeprefix(OURS)}
            self._writers[id(step.result)] = body
            self._group(step)["writers.get"] = body
        elif step.subject is not None:
            self._writer(step)
        else:
            self._call(step)

    def _writer(self, step: Step) -> None:
        body = self._writers[id(step.subject)]
        if step.name == ".initialize":
            body["init_params"] = {k: self._plain(v) for k, v in step.arguments.items()}
        elif step.name == ".attach":
            body["render_products"] = list(dict.fromkeys(self._names[id(p)] for p in step.arguments["render_products"]))
            if "trigger" in step.arguments:
                body["trigger"] = self._value(step.arguments["trigger"])

    def _call(self, step: Step) -> None:
        body = self._group(step)
        arguments = {k: self._value(v) for k, v in step.arguments.items()}
        body[step.name] = arguments or None
        for argument, value in step.ours.items():
            own = SCENE_DEFAULTS.get((step.name, argument))
            default = None if own is None else own.of(self._recorder)
            if value != default:
                text = (
                    f"{argument} is {value}: say so in this file where rendersdg reads it, whose default is {default}"
                )
                self.notes.append((step.name, text))
        if (
            step.name == "create.projection_material"
        ):  # made in a with block, where it gets no name: its proxy stands for it
            proxy = self._names.get(id(step.arguments["proxy_prim"]))
            if proxy is None:
                said = (
                    "this scene has defects in a registered function, where Replicator YAML cannot name their proxies"
                )
                raise NotSupported(f"{said}: export a script instead")
            self._names[id(step.result)] = proxy
            return
        results = step.result if isinstance(step.result, list) else [step.result]
        if step.result is not None and (name := body.get(_NAME)):
            self._names |= {id(r): name for r in (step.result, *results)}

    def _group(self, step: Step) -> Body:
        """Return the mapping that a step's call goes into."""
        top, *inner = (
            step.blocks if step.blocks and isinstance(step.blocks[0], Name) else (Name(_word(step)), *step.blocks)
        )
        assert isinstance(top, Name)
        group = top.label
        if step.side == "omniverse" and not inner and isinstance(step.arguments.get("name"), str):
            group = step.arguments["name"]
        if any(isinstance(b, Prims) and self._names.get(id(b)) == group for b in inner):
            group = f"{group}_placed"  # a group cannot act on itself while it is being made
            self._moved(step)
        body = self._walk(self._label(group, fresh=not inner, step=step), inner)
        if step.name in body:
            body = self._walk(self._label(group, fresh=True, step=step), inner)
        return body

    def _walk(self, label: str, inner: Sequence[Block]) -> Body:
        """Return the mapping inside the blocks ``inner`` of a group, made where it is not there yet."""
        path: tuple[str, ...] = (label,)
        body: Body = self.groups.setdefault(label, _Named(label))
        for block in inner:
            key = self._key(block, path)
            path = (*path, key)
            body = self._inside(block, key, path, body)
        return body

    def _label(self, name: str, *, fresh: bool, step: Step) -> str:
        label, number = self._latest.get(name, name), 1
        is_last = label == next(reversed(self.groups), None)
        if label in self.groups and (fresh or not is_last):  # what a group refers to must stand above it
            while label in self.groups:
                number += 1
                label = f"{name}_{number}"
            self._moved(step)
        self._latest[name] = label
        return label

    def _key(self, block: Block, path: tuple[str, ...]) -> str:
        if isinstance(block, Name):
            return f"randomizer.{block.label}" if block.is_function else block.label
        name = self._names.get(id(block))
        if name is None and isinstance(block, Prims) and block.parts:
            name = f"{path[0]}_{block.label}".replace("+", "_")
            self.groups[name] = {"create.group": {"items": self._value(list(block.parts)), "name": block.label}}
            self._names[id(block)] = name
            self.groups[path[0]] = self.groups.pop(path[0])  # it comes after the group that it names
        if name is None:
            raise NotSupported(
                "this scene acts on something that has no group of its own, which Replicator YAML cannot name"
            )
        return f"with.{name}"

    def _inside(self, block: Block, key: str, path: tuple[str, ...], body: Body) -> Body:
        if isinstance(block, Name) and block.is_function:
            body[key] = None
            if path not in self._bodies:
                definition: Body = {}
                self._bodies[path] = definition
                label, number = f"{block.label}_definition", 1
                while label in self.groups:
                    number += 1
                    label = f"{block.label}_definition_{number}"
                top = self.groups.pop(path[0])
                self.groups[label] = {"randomizer.register": {block.label: definition}}
                self.groups[path[0]] = top
            return self._bodies[path]
        fresh: Body = _Named(block.label) if isinstance(block, Name) else {}
        inside: Body = body.setdefault(key, fresh)
        return inside

    def _moved(self, step: Step) -> None:
        if draws(step):
            self.notes.append((step.name, "stands in a group of another name: rendersdg draws other values for it"))

    def _value(self, value: Value) -> Value:
        name = self._names.get(id(value))
        if name is not None:
            return name
        inline = self._inline.get(id(value))
        if inline is not None:
            return {inline.name: {k: self._value(v) for k, v in inline.arguments.items()}}
        if isinstance(value, Combine):
            return {"distribution.combine": {"distributions": self._value(list(value.distributions))}}
        if isinstance(value, Prims) and value.parts:
            return self._value(list(value.parts))
        if isinstance(value, Prims):
            return list(value.paths) if len(value.paths) != 1 else value.paths[0]
        if isinstance(value, (list, tuple)):
            return [self._value(v) for v in value]
        return self._plain(value)

    def _plain(self, value: Value) -> Value:
        if isinstance(value, Asset):
            return relative(value.path, self._file.parent)
        if isinstance(value, AssetGroups):
            return [[relative(file, self._file.parent) for file in group] for group in value.files()]
        if isinstance(value, Mapping):
            return {k: self._plain(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(v) for v in value]
        if value is None or isinstance(value, (str, int, float, bool)):
            return value
        raise NotSupported(f"{value!r} cannot be written in Replicator YAML; export a script instead")


_NAME = ""


class _Named(dict[str, Value]):
    """A body that knows by which name others call its result."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def get(self, key: str, default: Value = None) -> Value:
        return self._name if key == _NAME else super().get(key, default)


def _word(step: Step) -> str:
    return step.name.rsplit(".", 1)[-1]


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(_Named, lambda dumper, data: dumper.represent_dict(data.items()))


def export_yaml(session: Session, file: Path, *, title: str, target: str, frames: range | None) -> Notes:
    """Write a scene as Replicator YAML; what it needs lies beside it in ``<name>_assets``.

    ``target`` is one of ``TARGETS``; ``frames`` is not used: the triggers in the file say how many there are. Returns
    notes of what was baked or left out: (what, how). Raises BadArgument for an unknown target, NotSupported for a
    scene that the format cannot hold.
    """
    baker = Baker(session.recorder, file.parent / f"{file.stem}_assets")
    translation = translate(session, baker, target)
    document = _Document(file, session.recorder)
    ours = [s for s in translation.steps if s.side == "rendersdg"]
    left_out = {id(s.result) for s in ours}
    for step in translation.steps:
        if step.side != "rendersdg" and not any(id(b) in left_out for b in step.blocks):
            document.add(replace(step, arguments=dict(step.arguments)))
    if any(s.side == "omniverse" for s in translation.steps):
        document.notes.append(
            ("this file", "has baked images in the place of what rendersdg draws, under rendersdg too")
        )
    groups = document.groups | as_groups(session.recorder.stage)
    if is_lit_by_it(session.recorder.stage):
        document.notes.append(("light", "the application's own lights this scene there, turned as it is there"))
    head = f"# {title}, exported by rendersdg for {target}: --/omni/replicator/replicatorYaml/yamlPath={file.name}\n"
    text = yaml.dump(groups, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=120, allow_unicode=True)
    write_file(file, (head + text).encode())
    return (*translation.notes, *document.notes)
