"""Isaac Sim's cloner: copies stand in a grid about the origin."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_copies_stand_in_a_grid(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    from isaacsim.core.cloner import GridCloner
    rows, _ = GridCloner(spacing=2.0).get_clone_transforms(4)
    column, turns = GridCloner(spacing=3.0, num_per_row=1).get_clone_transforms(3)
    assert rows.tolist() == [[1, -1, 0], [1, 1, 0], [-1, -1, 0], [-1, 1, 0]]
    assert column.tolist() == [[3, 0, 0], [0, 0, 0], [-3, 0, 0]] and turns.tolist() == [[1, 0, 0, 0]] * 3
    GridCloner(spacing=1.0).clone("/Nowhere", ["/a", "/b"])
    """

    assert "there is no prim /Nowhere to clone" in str(ran(tmp_path, text).error)


def test_labels_given_to_the_source_later_reach_its_clones_and_not_its_copies(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    import omni.replicator.core as rep
    import omni.usd
    from isaacsim.core.cloner import Cloner
    from isaacsim.core.utils.semantics import add_labels
    from pxr import UsdGeom, UsdLux

    stage = omni.usd.get_context().get_stage()
    UsdLux.DomeLight.Define(stage, "/World/Dome").CreateIntensityAttr(500)
    UsdGeom.Cube.Define(stage, "/World/envs/env_0/box").CreateSizeAttr(0.5)
    cloner = Cloner()
    cloner.clone("/World/envs/env_0", ["/World/envs/env_0", "/World/envs/env_1"], [[0, 0, 0], [0, 1, 0]])
    cloner.clone("/World/envs/env_0", ["/World/copy"], [[0, -1, 0]], copy_from_source=True)
    add_labels(stage.GetPrimAtPath("/World/envs/env_0/box"), ["box"])

    camera = rep.create.camera(position=(6, 0, 0), look_at=(0, 0, 0), clipping_range=(0.01, 100))
    product = rep.create.render_product(camera, (64, 48))
    boxes = rep.annotators.get("bounding_box_2d_tight")
    boxes.attach(product)
    rep.orchestrator.step()
    told = boxes.get_data()
    assert told["info"]["primPaths"] == ["/World/envs/env_0/box", "/World/envs/env_1/box"], told
    one, other = told["data"]
    assert other["x_min"] - one["x_min"] in (12, 13)  # a metre at 6 m: 64 * 24 / 20.955 / 6 = 12.2 pixels
    """

    assert ran(tmp_path, text).error is None
