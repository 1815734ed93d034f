"""The exit to Omniverse as a script: a recorded scene as one that Replicator runs."""

from __future__ import annotations

from pathlib import Path

from rendersdg.files import write_file
from rendersdg.omni.application_light import as_statements
from rendersdg.omni.as_script import as_script
from rendersdg.omni.baking import Baker
from rendersdg.omni.steps import Notes, Translation
from rendersdg.omni.translation import translate
from rendersdg.orchestrator.session import Session


def export_script(session: Session, file: Path, *, title: str, target: str, frames: range | None) -> Notes:
    """Write a scene as a script; what it needs lies beside it in ``<name>_assets``.

    ``target`` is one of ``TARGETS``. ``frames`` None makes as many frames as the scene says. Returns notes of what was
    baked or left out: (what, how). Raises BadArgument for an unknown target.
    """
    translation = _translated(session, file, target)
    light = as_statements(session.recorder.stage, is_stand_alone=target != "kit")
    length = session.length() if frames is None else frames.stop
    text = as_script(translation, title=title, file=file, seed=session.seed, frames=length, light=light)
    write_file(file, text.encode())
    return translation.notes


def _translated(session: Session, file: Path, target: str) -> Translation:
    baker = Baker(session.recorder, file.parent / f"{file.stem}_assets")
    return translate(session, baker, target)
