"""One asset, opened as a scene opens it: drawn, refused in words, or a fault."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from pxr import Usd

from rendersdg.errors import RenderSDGError
from rendersdg.orchestrator.session import Session
from rendersdg.scene import create
from rendersdg.scene.recorder import recording
from tests.hostile.assets.finite import astray
from tests.hostile.assets.usd_seeds import Files

_IMAGES = ("png", "jpg", "exr", "hdr", "tif", "webp", "bmp", "tga", "gif", "dds", "ktx2")
_FRAMES = (0, 30)  # one in the middle of what moves


def outcome(files: Files) -> tuple[str, str]:
    """Return "drawn" or "refused" with what was said, or "not finite" with the places.

    Raises whatever is not a refusal in words.
    """
    with TemporaryDirectory(prefix="hostile") as name:
        folder = Path(name)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        try:
            return _drawn(folder, next(iter(files)))
        except RenderSDGError as error:
            return "refused", str(error)


def _drawn(folder: Path, asset: str) -> tuple[str, str]:
    with recording(folder) as recorder:
        if asset.endswith(_IMAGES):
            create.plane(semantics=[("class", "thing")])
            create.light(light_type="dome", texture=asset)
            material = create.material_omnipbr(diffuse_texture=asset, roughness_texture=asset)
            create.sphere(material=material)
        else:
            create.from_usd(usd=asset, semantics=[("class", "thing")])
        eye = create.camera(position=(5, 0, 0), look_at=(0, 0, 0), clipping_range=(0.01, 100))
        create.render_product(camera=eye, resolution=(32, 24))
        session = Session(recorder, seed=0, backend="null", needs_writer=False)
        for path in _cameras(recorder.stage):
            create.render_product(camera=path, resolution=(32, 24))
        session = Session(recorder, seed=0, backend="null", needs_writer=False, after=session)
        for frame in _FRAMES:
            wrong = astray(session.snapshot(frame))
            if wrong:
                return "not finite", ", ".join(wrong[:6])
        said = "; ".join(f"{subject}: {text}" for (_, subject), text in recorder.report.entries.items())
    return "drawn", said


def _cameras(stage: Usd.Stage) -> list[str]:
    """Return the paths of the cameras that the asset brings."""
    return [str(p.GetPath()) for p in stage.Traverse() if p.GetTypeName() == "Camera" and "/Ref" in str(p.GetPath())]
