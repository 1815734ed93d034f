"""Isaac Sim's launcher."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_an_application_runs_until_it_is_closed(tmp_path: Path) -> None:
    text = """
    import carb.settings
    from isaacsim import SimulationApp
    with SimulationApp({"headless": True, "width": 640, "renderer": "pathtracing"}) as app:
        assert app.is_running() and not app.is_exiting() and app.config["width"] == 640
        settings = carb.settings.get_settings()
        assert settings.get("/app/renderer/resolution/width") == 640 and settings.get("/rtx/pathtracing/spp") == 64
        assert settings.get("/rtx/rendermode") == "PathTracing"
        settings.set("/rtx/rendermode", "RaytracedLighting")
        app.reset_render_settings()
        assert settings.get("/rtx/rendermode") == "PathTracing"
        async def seven():
            return 7
        assert app.run_coroutine(seven()) == 7
    assert app.is_exiting() and not app.is_running()
    """

    assert ran(tmp_path, text).error is None


def test_an_application_is_empty_but_keeps_a_stage_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "hall.usda").write_text('#usda 1.0\ndef Xform "Hall" {\n}\n')
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp()
    import omni.usd
    stage = omni.usd.get_context().get_stage()
    assert not stage.GetPrimAtPath("/Environment/defaultLight")
    assert bool(stage.GetPrimAtPath("/Hall")) == %s
    """

    assert ran(tmp_path, text % False).error is None
    assert ran(tmp_path, text % True, stage=str(tmp_path / "hall.usda")).error is None
