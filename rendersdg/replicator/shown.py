"""The last frame on the stage: what its graph gave prims, for scripts that read the stage between frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pxr import Sdf, Tf, Usd, UsdGeom

from rendersdg.replicator.watch import StageWatch
from rendersdg.stage.author import set_attribute
from rendersdg.stage.pose import Pose, set_parts, write_parts
from rendersdg.stage.state import SceneState

_ORDER = "xformOpOrder"
Values = Mapping[str, object]  # defaults of attributes in the root layer, by name; those without an opinion are absent


@dataclass(frozen=True)
class _Written:
    """What was written to a prim: its values before and after."""

    before: Values
    after: Values


@dataclass(eq=False)
class Shown:
    """Writes poses, visibility and attributes of a frame to the stage, and takes them off again.

    Each frame is made from the stage as the script left it. So what one frame gave is taken off before the next is
    made. What the script itself wrote meanwhile stays.
    """

    watch: StageWatch
    _state: SceneState | None = None
    _written: dict[str, _Written] = field(default_factory=dict)  # by prim path

    def show(self, state: SceneState) -> None:
        """Write what a frame gave the prims of the stage; what exists in the frame alone is left out."""
        self.hide()
        self._state = state
        self.again()

    def again(self) -> None:
        """Write the same once more, where it was taken off meanwhile."""
        state = self._state
        if state is None or self._written:
            return
        stage = state.base.stage
        attributes: dict[str, dict[str, object]] = {}
        for path, is_shown in state.visible.items():
            tokens = UsdGeom.Tokens
            attributes.setdefault(path, {})["visibility"] = tokens.inherited if is_shown else tokens.invisible
        for (path, name), value in state.attributes.items():
            attributes.setdefault(path, {})[name] = value
        with self.watch.capturing(), Usd.EditContext(stage, stage.GetRootLayer()):
            layer, others = stage.GetRootLayer(), dict(attributes)
            with Sdf.ChangeBlock():
                for path, pose in state.poses.items():
                    if not self._set(layer, path, pose):
                        others.setdefault(path, {})
            for path, some in others.items():
                prim = stage.GetPrimAtPath(path)
                if prim and not prim.IsInstanceProxy() and not prim.IsInPrototype():
                    self._write(prim, state.poses.get(path), some)

    def hide(self) -> None:
        """Take off what is written; what the script changed since stays as it is."""
        if not self._written or self._state is None:
            return
        stage = self._state.base.stage
        if stage.expired:  # USD's cache held it last, and is emptied at the end of a run
            self.forget()
            return
        layer = stage.GetRootLayer()
        written, self._written = self._written, {}
        with self.watch.capturing(), Sdf.ChangeBlock():
            for path, one in written.items():
                _restore(layer, path, one)

    def forget(self) -> None:
        """Begin anew, with another stage."""
        self._state, self._written = None, {}

    def _set(self, layer: Sdf.Layer, path: str, pose: Pose) -> bool:
        """Write a pose where the layer has all operations of one. Returns whether it has."""
        values = set_parts(layer, path, pose)
        if values is not None:
            self._written[path] = _Written(*values)
        return values is not None

    def _write(self, prim: Usd.Prim, pose: Pose | None, attributes: Values) -> None:
        layer, path = prim.GetStage().GetRootLayer(), str(prim.GetPath())
        first = self._written.get(path)
        before = _values(layer, path, attributes)
        if first is not None:
            before = {**before, **first.before}
        elif pose is not None and UsdGeom.Xformable(prim):
            write_parts(prim, pose)
        for name, value in attributes.items():
            with suppress(TypeError, ValueError, Tf.ErrorException):  # the frame could not take it either
                set_attribute(prim, name, value)
        self._written[path] = _Written(before, _values(layer, path, attributes))


def _values(layer: Sdf.Layer, path: str, names: Iterable[str]) -> Values:
    """Return what a layer says of a prim's transform, and of the attributes called ``names``."""
    spec = layer.GetPrimAtPath(path)
    wanted = {*names, _ORDER}
    found = [n for n in (spec.properties.keys() if spec else ()) if n in wanted or n.startswith("xformOp:")]
    specs = ((name, layer.GetAttributeAtPath(f"{path}.{name}")) for name in found)
    return {name: one.default for name, one in specs if one is not None}


def _restore(layer: Sdf.Layer, path: str, written: _Written) -> None:
    order = layer.GetAttributeAtPath(f"{path}.{_ORDER}")
    # else the script has operations of its own there
    has_order = (None if order is None else order.default) == written.after.get(_ORDER)
    changed = [name for name, value in written.after.items() if written.before.get(name, value) != value]
    for name in [*changed, *(name for name in written.after if name not in written.before)]:
        attribute = layer.GetAttributeAtPath(f"{path}.{name}")
        if attribute is None or attribute.default != written.after[name]:
            continue
        if not has_order and name.startswith("xformOp"):
            continue
        if name not in written.before:
            attribute.owner.RemoveProperty(attribute)
        elif written.before[name] is None:
            attribute.ClearDefaultValue()
        else:
            attribute.default = written.before[name]
