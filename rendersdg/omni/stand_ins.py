"""What Replicator does in the place of a defect or a procedural surface of ours: the steps around their baked
images.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pxr import UsdGeom

from rendersdg.graph.distributions import Choice, Uniform
from rendersdg.graph.nodes import Call, Name, Prims
from rendersdg.omni.baked_defects import MATERIALS, bake_defect, bake_surface, most_and_mean
from rendersdg.omni.baking import Baker
from rendersdg.omni.steps import Asset, AssetGroups, Step
from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import pairs

_PLACES = (
    "where",
    "position",
    "direction",
    "apart",
    "cluster",
    "edge_distance",
    "feature",
    "displace",
)  # of a defect on its host


class StandIns:
    """Makes the steps; ``told`` hears (what, how) of each. The colours of surfaces are remembered for the defects on
    them.
    """

    def __init__(self, session: Session, baker: Baker, told: list[tuple[str, str]]) -> None:
        self._session = session
        self._baker = baker
        self._told = told
        self._levels: dict[int, tuple[float, float, float]] = {}
        self._taken: dict[str, int] = {}

    def _hosts(self, call: Call) -> Prims | None:
        given = call.arguments.get("input_prims")
        if given is not None:
            return self._session.recorder.prims(given)
        return next((b for b in reversed(call.blocks) if isinstance(b, Prims)), None)

    def surface(self, call: Call) -> Iterator[Step]:
        """surfaces.*: some materials that it could have made, one of them drawn whenever it would be painted anew."""
        kind, host, name = call.function.split(".")[1], self._hosts(call), self._numbered(call.function.split(".")[1])
        file, level = bake_surface(kind, call.arguments, self._baker, name)
        if host is not None:
            self._levels[id(host)] = level
        brushed = "; OmniPBR has no anisotropy" if call.arguments.get("anisotropy") else ""
        self._told.append((f"{call.function} ({call.where})", f"{MATERIALS} materials baked into {file.name}{brushed}"))
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
        given, host = call.arguments, self._hosts(call)
        if host is None:
            return
        kind, name = call.function.split(".")[1], self._numbered(call.function.split(".")[1])
        if kind == "missing_part":
            yield from self._missing(call, host)
            return
        baked = bake_defect(kind, given, self._baker, name, self._levels.get(id(host)))
        self._told.append(
            (
                f"{call.function} ({call.where})",
                f"{baked.images} images baked, thrown from {baked.count} proxies",
            )
        )
        lost = [k for k in _PLACES if given.get(k) not in (None, "surface", False)]
        if lost:
            self._told.append(
                (f"{call.function} ({call.where})", f"its images lie anywhere: {', '.join(lost)} not kept")
            )
        still = tuple(b for b in call.blocks if isinstance(b, Name))
        firing = tuple(b for b in call.blocks if not isinstance(b, Prims))
        proxy, mark = Prims(f"{name}_proxy"), Prims(name)
        unit = 1000.0 * float(UsdGeom.GetStageMetersPerUnit(self._session.recorder.stage))
        ground = (0, 1) if str(UsdGeom.GetStageUpAxis(self._session.recorder.stage)) == "Z" else (0, 2)
        scale = [1.0, 1.0, 1.0]
        for axis, length in zip(ground, baked.size_mm):
            scale[axis] = round(length / unit, 7)
        shape = {"scale": scale, "count": baked.count, "visible": False, "name": f"{name}_proxy"}
        yield Step("create.plane", shape, proxy, still, side="omniverse")
        labels = [tuple(p) for p in pairs(given.get("semantics"))] or [("class", kind)]
        thrown: dict[str, Any] = {"proxy_prim": proxy, "name": name}
        if given.get("labels", "cluster") != "none":
            thrown["semantics"] = labels
        yield Step("create.projection_material", thrown, mark, (*still, host), side="omniverse")
        view = self._view_of(host) if given.get("in_view") else None
        if view is None:
            yield Step("randomizer.scatter_2d", {"surface_prims": [host]}, None, (*firing, proxy), side="omniverse")
        else:
            across, up = Uniform(-0.9, 0.9), Uniform(-0.9, 0.9)
            for drawn_place in (across, up):
                yield Step("distribution.uniform", {"lower": -0.9, "upper": 0.9}, drawn_place, firing, side="omniverse")
            place = {**view, "horizontal_location": across, "vertical_location": up}
            yield Step("modify.pose_camera_relative", place, None, (*firing, proxy), side="omniverse")
        turn = given.get("angle")
        if turn is None:
            turn = Uniform(-180.0, 180.0)
            yield Step("distribution.uniform", {"lower": -180.0, "upper": 180.0}, turn, firing, side="omniverse")
        yield Step(
            "modify.pose", {f"rotation_{'xyz'[3 - sum(ground)]}": turn}, None, (*firing, proxy), side="omniverse"
        )
        files = AssetGroups(self._baker.folder / "defects", name, baked.images)
        drawn = Choice([0])  # stands for the call alone
        yield Step(
            "distribution.choice",
            {"choices": files, "weights": [round(w, 4) for w in baked.weights]},
            drawn,
            firing,
            side="omniverse",
        )
        yield Step("modify.projection_material", {"texture_group": drawn}, None, (*firing, mark), side="omniverse")

    def _missing(self, call: Call, host: Prims) -> Iterator[Step]:
        """defects.missing_part: each part hidden with the chance that it is missing."""
        mean = most_and_mean(call.arguments.get("count", 1))[1]
        share = round(min(mean / max(len(host.resolve({})), 1), 1.0), 4)
        told = f"each part is hidden with a chance of {share}; nothing labels what is not there"
        self._told.append((f"{call.function} ({call.where})", told))
        blocks, shown = tuple(b for b in call.blocks if not isinstance(b, Prims)), Choice([True, False])
        chances = {"choices": [True, False], "weights": [1 - share, share]}
        yield Step("distribution.choice", chances, shown, blocks, side="omniverse")
        yield Step("modify.visibility", {"value": shown}, None, (*blocks, host), side="omniverse")

    def _view_of(self, host: Prims) -> dict[str, Any] | None:
        """Return the first render product, its camera, and how far along its axis the host begins (stage units)."""
        made = next((c for c in self._session.recorder.calls if c.function == "create.render_product"), None)
        products = self._session.recorder.graph.products
        if made is None or not products:
            return None
        state = self._session.builder.state(self._session.planner.plan(0))
        world = state.world(products[0].camera.paths[0])
        bounds = [b for path in host.resolve({}) if (b := state.bounds(path)) is not None]
        distances = [d for low, high in bounds if (d := _hit(world[:3, 3], -world[:3, 2], low, high)) is not None]
        if not distances:
            return None
        result = made.result[0] if isinstance(made.result, list) else made.result
        return {"camera": made.arguments["camera"], "render_product": result, "distance": round(min(distances), 4)}

    def _numbered(self, name: str) -> str:
        number = self._taken.get(name, 0)
        self._taken[name] = number + 1
        return f"{name}_{number}" if number else name


def _hit(origin: Any, direction: Any, low: Any, high: Any) -> float | None:
    """Return how far along a ray an axis-aligned box begins, None when it misses (slab method)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low - origin) / direction, (high - origin) / direction
    near, far = np.nanmax(np.minimum(a, b)), np.nanmin(np.maximum(a, b))
    return float(near) if far >= near > 0 else None
