"""Labels are read from USD."""

from __future__ import annotations

from tests.conftest import Opener, needs_shared


def test_omniverse_semantics_are_read(open_scene: Opener) -> None:
    path = needs_shared("assets", "usd", "scratches_stage", "scratches_randomization.usda")
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{path}"}}}}\n', backend="null")

    assert any(e.semantics for e in session.snapshot(0).entities)
