"""Are defect labels where light changes? Every kind on four surfaces, and on a real asset where
``--asset`` gives one, rendered with and without, 20 draws each.

Prints a row per kind: intersection over union of label and changed pixels (2 of 255 levels; pixels on outlines, which
show two surfaces, apart), draws without a label and whether any of those changed 3 pixels or more, and changed pixels
beyond the label. ``--markdown`` prints the table of ``docs/defects.md``. With ``--displace`` the surface is moved: the
overlap is then taken with shadows and sky off, what changes beyond the label with them on.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from rendersdg.backends.raster import RasterBackend
from rendersdg.defects import DEFECTS
from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import recording
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser
from tests.conftest import HEAD
from tests.defects.damage import FIT, SCENE, snapshot_of, unshadowed, with_and_without

SHAPES = ("plane", "cylinder", "torus", "sphere")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--asset", type=Path, help="a USD, glTF or OBJ file, scaled to the size of the others")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--displace", action="store_true")
    parser.add_argument("--kinds", nargs="+", default=list(DEFECTS), choices=list(DEFECTS))
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    names = [*SHAPES, *(["asset"] if options.asset else [])]
    if options.markdown:
        print(f"| kind | {' | '.join(names)} | without a label | changed beyond |\n|---|{'---|' * (len(names) + 2)}")
    for kind in options.kinds:
        cells, bare, wrong, beyond, total = [], 0, 0, 0, 0
        whole = getattr(DEFECTS[kind], "MASK", "visible") == "whole"
        for name in names:
            given = ", ".join(v for v in (FIT.get(kind), "displace: true" if options.displace else "") if v)
            text = SCENE % (name if name in SHAPES else "cube", kind, given)
            if name == "asset":
                made = "create.cube: {scale: [0.1, 0.1, 0.1], material: steel}"
                text = (
                    text.replace(made, f'create.from_usd: {{usd: "{options.asset}"}}')
                    + "fit: {with.part: {modify.pose: {size: 0.13}}}\n"
                )
            overlap = union = 0
            with recording(Path()) as recorder:
                SceneParser(recorder).record(parse(HEAD + text, "scene.yaml"))
                session, backend = Session(recorder, seed=11), RasterBackend()
                for frame in range(options.draws):
                    snapshot = snapshot_of(session, frame)
                    mask, changed = with_and_without(snapshot, backend)
                    label = mask >= 0
                    beyond += int((changed & ~label).sum())
                    total += int(changed.sum())
                    if options.displace:
                        mask, changed = with_and_without(unshadowed(snapshot), backend)
                        label = mask >= 0
                    if not label.any():
                        bare += 1
                        wrong += int(changed.sum() >= 3)
                        continue
                    overlap += int((label & changed).sum())
                    union += int(changed.sum() if whole else (label | changed).sum())
            cells.append(f"{overlap / union:.4f}" if union else "-")
        said = f"{bare}{f' ({wrong} changed)' if wrong else ''}"
        share = f"{100 * beyond / max(total, 1):.2f} %"
        row = [kind, *cells, said, share]
        print(
            f"| {' | '.join(row)} |"
            if options.markdown
            else "  ".join(f"{c:>22s}" if k == 0 else f"{c:>9s}" for k, c in enumerate(row)),
            flush=True,
        )


if __name__ == "__main__":
    main()
