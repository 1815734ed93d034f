"""Assets as rendersdg draws them beside Blender's pictures, by the same camera under the same light.

    python tests/conformance/beside_blender.py LIST_OR_FOLDER... --blender PYTHON [-o REPORT] [--only NAMES]
        [--table FILE.md#NAME] [--no-run]

PYTHON is an interpreter that has ``bpy``. REPORT gets ``beside.json`` and ``pairs_N.png``, the worst first: ours,
Blender's, and where they differ. Three numbers tell how far two pictures are apart: the IoU of the silhouettes, and
of the pixels that both draw the mean difference of the mean colour and the mean difference of pixels, in levels of
255 (sRGB). An asset's own lights are off in both; what has no material gets the same grey. Cycles traces light that
bounces; the rasterizer does not, so hollows and reflections differ.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rendersdg.arrays import F4, F8, U1, Mask
from rendersdg.errors import RenderSDGError
from rendersdg.stage.meshes import UNPAINTED
from tests.conformance.pages import placed
from tests.conformance.portrait import APERTURE, FOCAL, ROOM, SIDE, SKY, SUNLIGHT, VIEW, Portrait, portrait
from tests.conformance.run_assets import Asset, assets_of

_BESIDE = Path(__file__).with_name("in_blender.py")
_CAPTION = 26  # pixels
_DOWN, _COLUMNS = 4, 2  # pairs on a sheet
_PATIENCE = 180.0  # seconds for Blender
SCALE = 0.9 / (SKY + SUNLIGHT / np.pi)  # of a nit: a white surface that faces the sun comes to 0.9
_SAME = 0.02  # of the size: how far bounds may lie apart


@dataclass
class Pair:
    """How two pictures of an asset compare; ``fault`` says why there are none."""

    name: str
    iou: float = 0.0
    colour: float = 0.0
    pixels: float = 0.0
    size: float = 1.0
    turned: bool = False
    triangles: tuple[int, int] = (0, 0)
    seconds: tuple[float, float] = (0.0, 0.0)
    megabytes: tuple[float, float] = (0.0, 0.0)
    fault: str = ""

    @property
    def badness(self) -> float:
        """What the pairs are sorted by: a silhouette that is off by 1 % weighs as much as 2 levels of colour."""
        return 1e3 if self.fault else 200 * (1 - self.iou) + self.colour + self.pixels / 2


def compared(asset: Asset, blender: str, folder: Path) -> Pair:
    """Return how the two pictures of an asset compare; they go to ``folder``."""
    pair = Pair(asset.name)
    try:
        ours = portrait(asset.path, linear=True, own_lights=False)
    except RenderSDGError as error:
        pair.fault = f"refused: {error}"
        return pair
    if ours.light is None or ours.mask is None or ours.world_from_camera is None or ours.world_from_sun is None:
        pair.fault = "nothing to draw"
        return pair
    theirs, pair.fault = _blenders(asset, ours, blender, folder)
    if theirs is None:
        return pair
    pair.seconds = (ours.loading, float(theirs["seconds"]))
    pair.megabytes = (ours.megabytes, float(theirs["megabytes"]))
    pair.triangles = (ours.triangles, int(theirs["triangles"]))
    extent, other = np.subtract(ours.high, ours.low), theirs["high"] - theirs["low"]
    pair.size = float(np.linalg.norm(extent) / max(np.linalg.norm(other), 1e-12))
    apart = np.abs(extent / max(np.linalg.norm(extent), 1e-12) - other / max(np.linalg.norm(other), 1e-12)).max()
    pair.turned = bool(apart > _SAME)
    mine = _shown(ours.light * (SCALE / _unit(ours.light, ours.mask)))
    other_picture = _shown(theirs["rgba"][..., :3])
    other_mask = theirs["rgba"][..., 3] > 0.5
    both = ours.mask & other_mask
    pair.iou = float(both.sum() / max((ours.mask | other_mask).sum(), 1))
    if both.any():
        a, b = mine[both].astype(float), other_picture[both].astype(float)
        pair.colour = float(np.abs(a.mean(0) - b.mean(0)).mean())
        pair.pixels = float(np.abs(a - b).mean())
    mine[~ours.mask], other_picture[~other_mask] = 90, 90
    apart_picture = np.clip(np.abs(mine.astype(int) - other_picture.astype(int)) * 2, 0, 255).astype(np.uint8)
    cv2.imwrite(str(_file(asset.name, folder)), np.hstack([mine, other_picture, apart_picture])[..., ::-1])
    return pair


def _unit(light: F4, mask: Mask) -> float:
    """Return what one nit of the scene is in the picture's linear light, by the sky."""
    sky = light[~mask]
    return float(np.median(sky)) / SKY if len(sky) else 1.0


def _shown(light: F4) -> U1:
    """Return linear light as sRGB, clipped."""
    value = np.clip(light, 0, 1)
    encoded = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(encoded * 255), np.uint8)


def _blenders(asset: Asset, ours: Portrait, blender: str, folder: Path) -> tuple[dict[str, Any] | None, str]:
    """Return Blender's picture of an asset and what it told, or None and why."""
    assert ours.world_from_camera is not None and ours.world_from_sun is not None
    job, out = folder / "job.json", folder / "blender.npz"
    out.unlink(missing_ok=True)
    job.write_text(
        json.dumps(
            {
                "asset": str(asset.path),
                "out": str(out),
                "side": SIDE,
                "angle": float(np.degrees(2 * np.arctan(APERTURE / 2 / FOCAL))),
                "world_from_camera": ours.world_from_camera.tolist(),
                "world_from_sun": _unscaled(ours.world_from_sun).tolist(),
                "near_far": ours.near_far,
                "low": ours.low,
                "high": ours.high,
                "grey": UNPAINTED,
                "sky": SKY * SCALE,
                "sun": SUNLIGHT * SCALE,
                "view": VIEW,
                "room": ROOM,
            }
        )
    )
    try:
        done = subprocess.run(
            [blender, str(_BESIDE), str(job)], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return None, f"Blender took more than {_PATIENCE:g} s"
    if not out.is_file():
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return None, f"Blender: {lines[-1] if lines else done.returncode}"
    with np.load(out) as loaded:
        return dict(loaded), ""


def _unscaled(matrix: F8) -> F8:
    turned = matrix.copy()
    turned[:3, :3] /= np.linalg.norm(turned[:3, :3], axis=0)
    return turned


def _file(name: str, folder: Path) -> Path:
    return folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.png"


def sheets(pairs: Sequence[Pair], folder: Path) -> list[U1]:
    """Return sheets (H, W, 3), RGB, of pairs: ours, Blender's, and twice their difference."""
    made = []
    drawn = [pair for pair in pairs if not pair.fault]
    for start in range(0, len(drawn), _DOWN * _COLUMNS):
        sheet = np.full((_DOWN * (SIDE + _CAPTION), _COLUMNS * (3 * SIDE + 8), 3), 30, np.uint8)
        for k, pair in enumerate(drawn[start : start + _DOWN * _COLUMNS]):
            y, x = k // _COLUMNS * (SIDE + _CAPTION), k % _COLUMNS * (3 * SIDE + 8)
            picture = cv2.imread(str(_file(pair.name, folder)))
            if picture is not None:
                sheet[y : y + SIDE, x : x + 3 * SIDE] = picture[..., ::-1]
            turned = ", TURNED" if pair.turned else ""
            said = f"IoU {pair.iou:.3f} colour {pair.colour:.0f} pixels {pair.pixels:.0f} size {pair.size:.3g}{turned}"
            for line, text in enumerate((pair.name[-100:], said)):
                at = (x + 2, y + SIDE + 10 + 12 * line)
                cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.35, (220, 220, 220), 1, cv2.LINE_AA)
        made.append(sheet)
    return made


def table(pairs: Sequence[Pair]) -> str:
    """Return the pairs as a Markdown table, the worst first."""
    lines = ["| asset | IoU | colour | pixels | size | triangles, Blender's |", "|---|--:|--:|--:|--:|--:|"]
    for pair in pairs:
        if pair.fault:
            lines.append(f"| `{pair.name}` | {pair.fault[:120]} | | | | |")
            continue
        triangles = f"{pair.triangles[0]}, {pair.triangles[1]}"
        numbers = f"{pair.iou:.3f} | {pair.colour:.1f} | {pair.pixels:.1f} | {pair.size:.3g}"
        lines.append(f"| `{pair.name}` | {numbers} | {triangles} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compare what the arguments name, print a line for each, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", type=Path, nargs="+")
    parser.add_argument("--blender", default="python", help="an interpreter that has bpy")
    parser.add_argument("-o", "--out", type=Path, default=Path("beside-blender"))
    parser.add_argument("--only", default="", help="a regular expression of names")
    parser.add_argument("--table", help="FILE#NAME: write the table between the marks of a page")
    parser.add_argument("--no-run", action="store_true", help="make the report again from what was noted")
    options = parser.parse_args()
    folder, report = options.out.resolve(), options.out / "beside.json"
    folder.mkdir(parents=True, exist_ok=True)
    noted = json.loads(report.read_text()) if report.is_file() else []
    pairs = {record["name"]: Pair(**record) for record in noted}
    assets = [asset for place in options.places for asset in assets_of(place.resolve())]
    for asset in [] if options.no_run else assets:
        if not re.search(options.only, asset.name):
            continue
        pair = pairs[asset.name] = compared(asset, options.blender, folder)
        print(f"{pair.badness:7.1f} {pair.name} IoU {pair.iou:.3f} colour {pair.colour:.1f} {pair.fault}", flush=True)
        report.write_text(json.dumps([asdict(p) for p in pairs.values()], indent=1))
    ordered = sorted(pairs.values(), key=lambda p: -p.badness)
    for old in folder.glob("pairs_*.png"):
        old.unlink()
    for k, sheet in enumerate(sheets(ordered, folder)):
        cv2.imwrite(str(folder / f"pairs_{k:02d}.png"), sheet[..., ::-1])
    if options.table is not None:
        file, _, name = options.table.partition("#")
        Path(file).write_text(placed(Path(file).read_text(), name, table(ordered)))


if __name__ == "__main__":
    main()
