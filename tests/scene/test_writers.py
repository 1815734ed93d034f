"""Writers of scenes: what they are attached to."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from rendersdg.scene import create, trigger, writers
from rendersdg.scene.recorder import recording


def test_a_writer_is_attached_once_to_each_product(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        eye = create.camera(position=(0, 0, 5), look_at=(0, 0, 0))
        one, other = (create.render_product(eye, (8, 8), name=n) for n in ("one", "other"))
        use = writers.get("BasicWriter", {"rgb": True}, [one, other])
        writers.attach(use, one)

    assert recorder.graph.writers == [use] and [p.name for p in use.products] == ["one", "other"]
    assert use.params == {"rgb": True} and use.trigger is None


def test_a_trigger_says_when_it_writes(tmp_path: Path) -> None:
    with recording(tmp_path):
        product = create.render_product(create.camera(), (8, 8))
        beat = trigger.on_frame(interval=3)

        assert writers.get("BasicWriter", render_products=product, trigger=beat).trigger is beat
        with pytest.raises(BadArgument, match="is no trigger"):
            writers.get("BasicWriter", render_products=product, trigger="often")
        with pytest.raises(BadArgument, match="no render product"):
            writers.get("BasicWriter", render_products="view")
