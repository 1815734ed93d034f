"""What Replicator does in the place of a defect or a procedural surface of ours:
the steps around their baked images.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pxr import UsdGeom

from rendersdg.arrays import F8
from rendersdg.english import counted
from rendersdg.graph.distributions import Choice, Uniform
from rendersdg.graph.nodes import Call, Name, Prims
from rendersdg.omni.baked_defects import MATERIALS, BakedDefect, bake_defect, bake_surface, most_and_mean
from rendersdg.omni.baking import Baker
from rendersdg.omni.steps import Asset, AssetGroups, Step, Value
from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import pairs

# arguments that say where a defect lies on its host
_PLACES = ("where", "position", "direction", "apart", "cluster", "edge_distance", "feature", "displace")


class StandIns:
    """Makes the steps; ``notes`` get (what, how) of each. The colours of surfaces
    are remembered for the defects on them.
    """

    def __init__(self, session: Session, baker: Baker, notes: list[tuple[str, str]]) -> None:
        self._session = session
        self._baker = baker
        self._notes = notes
        self._levels: dict[int, tuple[float, float, float]] = {}
        self._taken: dict[str, int] = {}

    def _hosts(self, call: Call) -> Prims | None:
        hosts = call.arguments.get("input_prims")
        if hosts is not None:
            return self._session.recorder.prims(hosts)
        return next((b for b in reversed(call.blocks) if isinstance(b, Prims)), None)

    def surface(self, call: Call) -> Iterator[Step]:
        """surfaces.*: some materials that it could have made, one of them drawn whenever it would be painted anew."""
        kind, host, name = call.function.split(".")[1], self._hosts(call), self._numbered(call.function.split(".")[1])
        file, level = bake_surface(kind, call.arguments, self._baker, name)
        if host is not None:
            self._levels[id(host)] = level
        brushed = "; OmniPBR has no anisotropy" if call.arguments.get("anisotropy") else ""
        self._notes.append(
            (f"{call.function} ({call.where})", f"{MATERIALS} materials baked into {file.name}{brushed}")
        )
        still = tuple(b for b in call.blocks if isinstance(b, Name))
        looks, chosen = Prims(name), Prims(f"{name}_looks")
        yield Step("create.from_usd", {"usd": Asset(file), "name": name}, looks, still, side="omniverse")
        pattern = {"path_pattern": f"{name}_look_[0-9]+$", "prim_types": ["Material"]}
        yield Step("get.prims", pattern, chosen, still, side="omniverse")
        inside = tuple(b for b in call.blocks if not isinstance(b, Prims))
        blocks = inside if host is None else (*inside, host)
        yield Step("randomizer.materials", {"materials": chosen}, None, blocks, side="omniverse")

    def defect(self, call: Call) -> Iterator[Step]:
        """defects.*: images of it, thrown from proxies that are scattered over its host."""
        host = self._hosts(call)
        if host is None:
            return
        kind, name = call.function.split(".")[1], self._numbered(call.function.split(".")[1])
        if kind == "missing_part":
            yield from self._missing(call, host)
            return
        baked = bake_defect(kind, call.arguments, self._baker, name, self._levels.get(id(host)))
        what = f"{call.function} ({call.where})"
        self._notes.append(
            (what, f"{counted(baked.images, 'image')} baked, thrown from {counted(baked.count, 'proxy', 'proxies')}")
        )
        lost = [k for k in _PLACES if call.arguments.get(k) not in (None, "surface", False)]
        if lost:
            self._notes.append((what, f"its images lie anywhere: {', '.join(lost)} not kept"))
        proxy, mark = Prims(f"{name}_proxy"), Prims(name)
        yield from self._thrown(call, host, baked, name, (proxy, mark))
        yield from self._scattered(call, host, proxy)
        yield from self._drawn(call, baked, name, mark)

    def _ground(self) -> tuple[int, int]:
        """Return the two axes that span the ground."""
        return (0, 1) if str(UsdGeom.GetStageUpAxis(self._session.recorder.stage)) == "Z" else (0, 2)

    def _thrown(
        self, call: Call, host: Prims, baked: BakedDefect, name: str, handles: tuple[Prims, Prims]
    ) -> Iterator[Step]:
        """The proxies, planes as large as the images, and the material that they throw onto the host."""
        proxy, mark = handles
        still = tuple(b for b in call.blocks if isinstance(b, Name))
        unit = 1000.0 * float(UsdGeom.GetStageMetersPerUnit(self._session.recorder.stage))  # millimetres
        scale = [1.0, 1.0, 1.0]
        for axis, length in zip(self._ground(), baked.size_mm):
            scale[axis] = round(float(length) / unit, 7)
        shape = {"scale": scale, "count": baked.count, "visible": False, "name": f"{name}_proxy"}
        yield Step("create.plane", shape, proxy, still, side="omniverse")
        thrown: dict[str, Value] = {"proxy_prim": proxy, "name": name}
        if call.arguments.get("labels", "cluster") != "none":
            kind = call.function.split(".")[1]
            labels = [tuple(p) for p in pairs(call.arguments.get("semantics"))] or [("class", kind)]
            thrown["semantics"] = labels
        yield Step("create.projection_material", thrown, mark, (*still, host), side="omniverse")

    def _scattered(self, call: Call, host: Prims, proxy: Prims) -> Iterator[Step]:
        """Where the proxies lie, anew whenever the defect would be drawn anew: on the host, and turned."""
        firing = tuple(b for b in call.blocks if not isinstance(b, Prims))
        view = self._view_of(host) if call.arguments.get("in_view") else None
        if view is None:
            yield Step("randomizer.scatter_2d", {"surface_prims": [host]}, None, (*firing, proxy), side="omniverse")
        else:
            across, up = Uniform(-0.9, 0.9), Uniform(-0.9, 0.9)
            for place in (across, up):
                yield Step("distribution.uniform", {"lower": -0.9, "upper": 0.9}, place, firing, side="omniverse")
            seen = {**view, "horizontal_location": across, "vertical_location": up}
            yield Step("modify.pose_camera_relative", seen, None, (*firing, proxy), side="omniverse")
        turn = call.arguments.get("angle")
        if turn is None:
            turn = Uniform(-180.0, 180.0)
            yield Step("distribution.uniform", {"lower": -180.0, "upper": 180.0}, turn, firing, side="omniverse")
        upright = "xyz"[3 - sum(self._ground())]
        yield Step("modify.pose", {f"rotation_{upright}": turn}, None, (*firing, proxy), side="omniverse")

    def _drawn(self, call: Call, baked: BakedDefect, name: str, mark: Prims) -> Iterator[Step]:
        """Which of the images is thrown."""
        firing = tuple(b for b in call.blocks if not isinstance(b, Prims))
        files = AssetGroups(self._baker.folder / "defects", name, baked.images)
        drawn = Choice([0])  # stands for the call alone
        chances = {"choices": files, "weights": [round(w, 4) for w in baked.weights]}
        yield Step("distribution.choice", chances, drawn, firing, side="omniverse")
        yield Step("modify.projection_material", {"texture_group": drawn}, None, (*firing, mark), side="omniverse")

    def _missing(self, call: Call, host: Prims) -> Iterator[Step]:
        """defects.missing_part: each part hidden with the chance that it is missing."""
        mean = most_and_mean(call.arguments.get("count", 1))[1]
        share = round(min(mean / max(len(host.resolve({})), 1), 1.0), 4)
        how = f"each part is hidden with a chance of {share}; nothing labels what is not there"
        self._notes.append((f"{call.function} ({call.where})", how))
        blocks, shown = tuple(b for b in call.blocks if not isinstance(b, Prims)), Choice([True, False])
        chances = {"choices": [True, False], "weights": [1 - share, share]}
        yield Step("distribution.choice", chances, shown, blocks, side="omniverse")
        yield Step("modify.visibility", {"value": shown}, None, (*blocks, host), side="omniverse")

    def _view_of(self, host: Prims) -> dict[str, Value] | None:
        """Return the first render product, its camera, and how far along its axis the host begins (stage units)."""
        creation = next((c for c in self._session.recorder.calls if c.function == "create.render_product"), None)
        products = self._session.recorder.graph.products
        if creation is None or not products:
            return None
        state = self._session.builder.state(self._session.planner.plan(0))
        world = state.world(products[0].camera.paths[0])
        bounds = [b for path in host.resolve({}) if (b := state.bounds(path)) is not None]
        distances = [d for low, high in bounds if (d := _hit(world[:3, 3], -world[:3, 2], low, high)) is not None]
        if not distances:
            return None
        result = creation.result[0] if isinstance(creation.result, list) else creation.result
        return {"camera": creation.arguments["camera"], "render_product": result, "distance": round(min(distances), 4)}

    def _numbered(self, name: str) -> str:
        number = self._taken.get(name, 0)
        self._taken[name] = number + 1
        return f"{name}_{number}" if number else name


def _hit(origin: F8, direction: F8, low: F8, high: F8) -> float | None:
    """Return how far along a ray an axis-aligned box begins, None when it misses.

    All are (3,). The slab method (Kay and Kajiya, 1986): a ray is in the box while it is between all three pairs of
    planes. A division by 0 gives infinities, which compare as they should, and 0/0 a NaN, which is left out.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low - origin) / direction, (high - origin) / direction
    near, far = np.nanmax(np.minimum(a, b)), np.nanmin(np.maximum(a, b))
    return float(near) if far >= near > 0 else None
