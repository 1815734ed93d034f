"""What needs a GPU: are the labels drawn there those of the processor to the byte, and how many a second are they?

python tests/bench/gpu.py [SCENE ...] prints a row for each scene (all of scenes/ if none is named), or why there is no
GPU. A frame counts from the arrays of its snapshot to label images in this machine's memory, half-pixel samples
included; its first frame there, which copies meshes and textures, is not counted.

`--emulated` runs the same without a GPU: then times say nothing.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from rendersdg.backends.labelpass import label, no_samples, see
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.errors import RenderSDGError
from rendersdg.kernels import grid
from rendersdg.kernels.cuda import CudaDriver
from rendersdg.kernels.device import Device, EmulatedDriver
from rendersdg.kernels.frame import NOWHERE
from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import recording
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser
from tests.conftest import SCENES
from tests.kernels.test_grid import differing, images_of


def median(work: Callable[[], object], rounds: int) -> float:
    """Return the seconds that some work takes, the median of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", type=Path, default=SCENES)
    parser.add_argument("--gpu", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--emulated", action="store_true")
    args = parser.parse_args()
    try:
        driver = EmulatedDriver() if args.emulated else CudaDriver(args.gpu)
    except RenderSDGError as error:
        raise SystemExit(str(error)) from None
    device = Device(driver)
    print("| scene | what differs | processor, 1 thread | GPU | ratio |\n|---|---|---|---|---|")
    for path in args.scenes:
        with recording(path.parent) as recorder:
            SceneParser(recorder).record(parse(path.read_text(), path.name))
            shown = Session(recorder, seed=0).snapshot(1)
        camera = shown.products[0].camera
        if camera.model != "pinhole":
            continue
        tables = SceneTables()
        view = see(shown, camera, tables, 1)
        labels = label(shown, camera, view)
        samples, images = no_samples(shown, camera, 1), images_of(camera, len(shown.entities))

        def there() -> None:
            samples.kept["unoccluded"][:] = images.kept["visible"][:] = 0  # noqa: B023
            samples.kept["loose"][:] = images.kept["tight"][:] = NOWHERE  # noqa: B023
            device.run(grid.grids(view.scene, view.seen, view.drawn, view.points, samples, images))  # noqa: B023

        there()
        found = differing(view, labels, samples, images)
        ours = median(lambda: label(shown, camera, see(shown, camera, tables, 1)), args.rounds)  # noqa: B023
        theirs = median(there, args.rounds)
        differs = ", ".join(found) or "nothing"
        print(
            f"| {path.stem} | {differs} | {1e3 * ours:.2f} ms | {1e3 * theirs:.2f} ms | {ours / theirs:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
