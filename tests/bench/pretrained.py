"""What pretrained weights are worth on few photographs of NEU-DET, and how fast the light detector is beside YOLO11n.

    python tests/bench/pretrained.py learn NEU-DET -o runs [--seeds 0] [--steps 250] [--arms pretrained frozen ...]
    python tests/bench/pretrained.py speed -o networks [--size 192]

NEU-DET is the folder of the set with its split. ``learn`` trains each arm on 10 photographs a class. The validation
photographs are halved by photographed surface: rates are chosen on one half, the other one is reported.

``speed`` measures the processor's seconds of an inference, of float and INT8 networks in turn, so that a machine that
is busy with other work still tells their ratio. The networks are untrained, which does not change their speed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from detectors.calibration import Calibration
from detectors.evaluate import evaluate
from detectors.mix import alone, chosen
from detectors.preprocess import Preprocess
from detectors.readers import read
from detectors.recipe import Recipe
from detectors.runtime import compile_openvino, load_model, predict
from detectors.speed import processor
from detectors.splits import split

LIGHT = {"detector": "light_lite0", "rate": 0.002}
ARMS: dict[str, dict[str, object]] = {
    "pretrained": LIGHT | {"pretrained": True},
    "frozen": LIGHT | {"pretrained": True, "freeze": 3},
    "scratch": LIGHT,
    "yolo": {"detector": "yolo11n"},
    "slower": LIGHT | {"pretrained": True, "rate": 0.0005},
    "layers": LIGHT | {"pretrained": True, "layer_rate": 0.5},
}
WARM, COUNT, ROUNDS = 3, 12, 9  # inferences before and under the clock, and how often


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["learn", "speed"])
    parser.add_argument("photographs", type=Path, nargs="?")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    args = parser.parse_args()
    if args.what == "speed":
        return speed(args.out, args.size)
    if args.photographs is None:
        parser.error("learn needs the folder of NEU-DET")
    for arm in args.arms:
        for seed in args.seeds:
            learn(args.photographs, args.out, arm, seed, args.size, args.steps)


def learn(photographs: Path, out: Path, arm: str, seed: int, size: int, steps: int) -> None:
    """Train an arm, or take the run that is there, and print what both halves of the photographs say."""
    from detectors.train import train

    spec = f"neu-det:{photographs.absolute()}"
    data = chosen(read(f"{spec}@train"), seed, per_class=10)
    halves = split(read(f"{spec}@val"), {"choose": 0.5, "report": 0.5}, by="group", seed=0)
    settings = {"size": size, "batch": 8, "steps": steps, "warmup": 30, "grey": True, "ema": 0.995, "check_every": 0}
    recipe = Recipe(seed=seed, threads=1, device="cpu").with_changes({**settings, "augment.flip_y": 0.5, **ARMS[arm]})
    folder = out / f"{arm}_{seed}"
    record = train(alone(data), recipe, folder, resume=True)
    model = load_model(folder)
    scores = {half: evaluate(set_, predict(model, set_.images), resamples=500) for half, set_ in halves.items()}
    print(
        f"{arm}, seed {seed}: mAP50 {100 * scores['choose'].summary['mAP50']:.1f} on the half to choose on, "
        f"{100 * scores['report'].summary['mAP50']:.1f} on the other; {record['seconds']:.0f} s",
        flush=True,
    )
    print(scores["report"].table(), flush=True)


def speed(out: Path, size: int) -> None:
    """Print milliseconds of the processor an image, one thread, and how many times as fast as the first network."""
    networks = {}
    for name in ("light_lite0", "yolo11n"):
        for kind, file in made(name, out / name, size).items():
            networks[f"{name}, {kind}"] = compile_openvino(file, "f32", 1).create_infer_request()
    image = np.random.default_rng(0).random((1, 3, size, size), np.float32)
    spent: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(ROUNDS):
        for name, request in networks.items():
            for k in range(WARM + COUNT):
                if k == WARM:
                    began = time.process_time()
                request.infer({0: image})
            spent[name].append((time.process_time() - began) / COUNT)
    first = np.array(next(iter(spent.values())))
    print(f"{size} pixels, {processor()}")
    for name, seconds in spent.items():
        ratios = first / np.array(seconds)
        print(
            f"{name}: {1000 * np.median(seconds):.2f} ms, {1 / np.median(seconds):.0f} a second, "
            f"{np.median(ratios):.2f} [{ratios.min():.2f}, {ratios.max():.2f}] times the first's speed"
        )


def made(name: str, folder: Path, size: int) -> dict[str, Path]:
    """Export and quantize a network that has learned nothing, and return its files."""
    from detectors import checkpoint
    from detectors.contract import DETECTORS
    from detectors.export import export
    from detectors.quantize import quantize

    files = {kind: folder / kind / "model.xml" for kind in ("float", "int8")}
    if not files["int8"].exists():
        folder.mkdir(parents=True, exist_ok=True)
        state = DETECTORS[name](6, size).state_dict()
        content = checkpoint.model_content(name, tuple("abcdef"), Preprocess(size, grey=True), state)
        checkpoint.save(content, folder / "model.pt")
        export(folder / "model.pt", folder / "float", ("openvino",))
        quantize(files["float"], folder / "int8", Calibration("fractals", 12))
    return files


if __name__ == "__main__":
    main()
