"""A replay into the real module makes documented calls alone and gives our formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import NotSupported
from rendersdg.farm.job import Job, opened
from rendersdg.omni.baking import Baker
from rendersdg.omni.live import Player
from rendersdg.omni.runner import Options, run_script
from rendersdg.omni.translation import translate
from tests.conftest import SCENES
from tests.omni import replicator_fake
from tests.omni.written import api, files, rendered


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_every_call_of_a_replay_is_documented(scene: Path, tmp_path: Path, quick: None) -> None:
    known = api("isaac-5")
    with opened(Job(str(scene))) as (session, _):
        made = translate(session, Baker(session.recorder, tmp_path / "assets"), "isaac-5")
    with replicator_fake.installed(known):
        Player(known.namespace(), tmp_path).play(made, 3)

    assert ("set_global_seed", {}) in [(n, k) for n, k in known.calls if n == "set_global_seed"]
    assert {n for n, _ in known.calls} >= {"create.camera", "Writer.attach"} or "create.stereo_camera" in {
        n for n, _ in known.calls
    }


def test_a_replay_with_our_writers_gives_our_formats(small: Path, tmp_path: Path) -> None:
    script = tmp_path / "live.py"
    script.write_text(
        "import omni.replicator.core as rep\nfrom rendersdg.omni import replay\n"
        f"replay({str(small)!r}, {str(tmp_path / 'live')!r})\nrep.orchestrator.run_until_complete()\n"
    )
    outcome = run_script(script, Options())
    found, wanted = files(tmp_path / "live"), rendered(small, 3)

    assert outcome.error is None
    same = [p for p in wanted if p.startswith(("yolo/", "coco/images", "basic/rgb"))]
    assert len(same) >= 9 and all(found.get(p) == wanted[p] for p in same)


def test_a_replay_outside_omniverse_says_so(small: Path, tmp_path: Path) -> None:
    from rendersdg.omni import replay

    with pytest.raises(NotSupported, match="inside Kit"):
        replay(small, tmp_path)
