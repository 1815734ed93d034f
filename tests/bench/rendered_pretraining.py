"""Does a vision transformer that first learned from rendered pictures, without labels, know photographs better?

python tests/bench/rendered_pretraining.py neu-det:PATH@train neu-det:PATH@val scenes/steel_strip.yaml -o OUT prints a
table: top-1 on the photographs of the second set after learning from a few of the first.

- `nothing`: a vision transformer that learns from these photographs alone;
- `rendered`: the same, after it filled covered patches of pictures that the engine drew for it, which never were on
  disk;
- `rendered, encoder at rest`: the same weights, and only the layer that says the class learns: how much is in them;
- `ImageNet`: EfficientNet-Lite0 with the weights of 1.2 million labelled photographs, for what such weights are worth.

Every row learns from the same photographs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.classify.pictures import Pictures, augmented
from detectors.models.efficientnet_lite import EfficientNetLiteClassifier, imagenet_state
from detectors.vision.learning import ViTRecipe, load_mae, train_mae
from detectors.vision.pictures import pictures_of
from detectors.vision.rates import share_of_rate
from detectors.vision.vit import Classifier, ViTSize, tensor_of
from rendersdg.api.learning import pictures_of_scene
from rendersdg.api.scenes import load
from rendersdg.progress import phases
from rendersdg.streams import generator

SIZE = ViTSize(64, 8, 192, 6, 6)
LITE_SIDE = 128  # pixels; below this nothing is left of a picture in the network's last map
BATCH = 32
STEPS = {"ImageNet": 100}  # it is taught by few; the others take:
MOST_STEPS = 200
RATES = {"nothing": 1e-3, "rendered": 1e-3, "rendered, encoder at rest": 1e-2, "ImageNet": 1e-3}


class Lite(nn.Module):  # type: ignore[misc] # torch is not looked into
    """EfficientNet-Lite0 as ImageNet taught it, with a new layer for the classes; takes -1 to 1 as the others do."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.encoder = EfficientNetLiteClassifier()
        self.encoder.load_state_dict(imagenet_state("lite0"))
        self.encoder.classifier = nn.Linear(self.encoder.classifier.in_features, classes)

    def train(self, mode: bool = True) -> Lite:
        """Keep the normalization of ImageNet: a few photographs say nothing better."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, classes) of pictures (B, 3, S, S), -1 to 1."""
        return self.encoder((images + 1) / 2)


def few_of(pictures: Pictures, count: int, seed: int) -> Pictures:
    """Return ``count`` pictures of each class, drawn by ``seed``."""
    rng = generator(seed, "few", 0)
    orders = [rng.permutation(np.flatnonzero(pictures.labels == k)) for k in range(len(pictures.classes))]
    few = np.concatenate([order[:count] for order in orders])
    return replace(pictures, images=pictures.images[few], labels=pictures.labels[few])


def taught(network: nn.Module, few: Pictures, rate: float, seed: int, side: int, steps: int) -> nn.Module:
    """Teach a network the classes of a few pictures: AdamW, the rate up in a line and down along half a cosine."""
    torch.manual_seed(seed)
    params = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(params, rate, betas=(0.9, 0.95), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share_of_rate(step, steps))
    rng = generator(seed, "taught", 0)
    network.train()
    for _ in range(steps):
        part = rng.integers(0, len(few.images), BATCH)
        logits = network(tensor_of(augmented(few.images[part], rng, reach=8), side))
        loss = functional.cross_entropy(logits, torch.from_numpy(few.labels[part]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
        schedule.step()
    return network.eval()


@torch.inference_mode()
def top1(network: nn.Module, judged: Pictures, side: int) -> float:
    """Return the share of pictures whose class is told, 0 to 1."""
    parts = [network(tensor_of(judged.images[k : k + 64], side)).argmax(1) for k in range(0, len(judged.images), 64)]
    return float((torch.cat(parts).numpy() == judged.labels).mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", help="what few photographs are taken from, [LAYOUT:]PATH[@SPLIT]")
    parser.add_argument("judged", help="photographs that top-1 is of")
    parser.add_argument("scene")
    parser.add_argument("-o", "--out", required=True, type=Path)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--amounts", type=int, nargs="+", default=[10, 25])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()

    scene = load(Path(args.scene), seed=0)
    drawn = pictures_of_scene(scene, args.frames, SIZE.size)
    mae = args.out / "mae"
    if not (mae / "model.pt").exists():
        with phases(False) as on_phase:
            train_mae(
                drawn,
                SIZE,
                ViTRecipe(epochs=args.epochs, batch=64),
                mae,
                on_step=partial(on_phase, "drawing, learning"),
            )
    encoder = load_mae(mae).encoder.state_dict()

    photographs = pictures_of(args.photographs, LITE_SIDE)
    judged = pictures_of(args.judged, LITE_SIDE)
    classes = len(photographs.classes)

    def vit(*, begins: bool, rests: bool = False) -> nn.Module:
        network = Classifier(SIZE, classes)
        if begins:
            network.encoder.load_state_dict(encoder)
        network.encoder.requires_grad_(not rests)
        return network

    rows: dict[str, tuple[Callable[[], nn.Module], int]] = {
        "nothing": (lambda: vit(begins=False), SIZE.size),
        "rendered": (lambda: vit(begins=True), SIZE.size),
        "rendered, encoder at rest": (lambda: vit(begins=True, rests=True), SIZE.size),
        "ImageNet": (lambda: Lite(classes), LITE_SIDE),
    }

    def tried(name: str, few: Pictures, seed: int) -> float:
        make, side = rows[name]
        torch.manual_seed(seed)
        network = taught(make(), few, RATES[name], seed, side, STEPS.get(name, MOST_STEPS))
        return 100 * top1(network, judged, side)

    results: dict[str, list[float]] = {}
    for amount in args.amounts:
        for name in rows:
            each = [tried(name, few_of(photographs, amount, seed), seed) for seed in args.seeds]
            results[f"{name}, {amount} a class"] = each
            said = ", ".join(f"{v:.1f}" for v in each)
            print(f"{amount} a class | {name:26} | {np.mean(each):.1f} ({said})", flush=True)
    (args.out / "table.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
