"""A trained anomaly detector as one thing that judges photographs, whatever runs it, and its file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.anomaly.heat import Heat, Heating, heating_from_json
from detectors.anomaly.regions import Anomalies, anomalies_of
from detectors.model_files import EXPORTED, FORMAT, description
from detectors.preprocess import Image, Preprocess
from rendersdg.arrays import F4, U1
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

if TYPE_CHECKING:
    from detectors.anomaly.network import AnomalyNetwork

Maps = Callable[[F4], list[dict[str, F4]]]  # (B, 3, S, S), 0 to 1 -> the maps of each image by name
CLASS = "anomaly"
_BATCH = 8  # images that a network of torch is given at a time


@dataclass(frozen=True, slots=True)
class AnomalyModel:
    """A network's maps with what must be done before and after."""

    maps: Maps
    preprocess: Preprocess
    heating: Heating
    kind: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """The one class of what it finds."""
        return (CLASS,)

    def find(self, images: Sequence[Image]) -> list[Anomalies]:
        """Return the regions of images (H, W, 3) uint8 RGB that are unlike good parts, as boxes, with the heat."""
        return [anomalies_of(heat, self.heating) for heat in self.judge(images)]

    def judge(self, images: Sequence[Image]) -> list[Heat]:
        """Return the heat of images (H, W, 3) uint8 RGB, of any sizes; maps are in their pixels."""
        squares = np.stack([self.preprocess.image(image) for image in images])
        return self.judge_squares(squares, [(image.shape[1], image.shape[0]) for image in images])

    def judge_squares(self, squares: U1, sizes_wh: Sequence[tuple[int, int]]) -> list[Heat]:
        """Return the heat of ``squares`` (B, S, S, 3) uint8, in pixels of the images of ``sizes_wh``."""
        maps = self.maps(self.preprocess.tensor(squares))
        return [self.heating(one, size, self.preprocess) for one, size in zip(maps, sizes_wh)]

    def as_json(self, outputs: Sequence[str]) -> Json:
        """Return what lies beside an exported network."""
        side = self.preprocess.size
        return {
            "format": FORMAT,
            "task": "anomaly",
            "detector": self.kind,
            "classes": [CLASS],
            "preprocess": self.preprocess.as_json(),
            "heating": self.heating.as_json(),
            "input": {"name": "images", "shape": [1, 3, side, side], "dtype": "float32"},
            "outputs": dict.fromkeys(outputs, "(1, h, w) of the square, float32"),
        }


def of_network(network: AnomalyNetwork, preprocess: Preprocess, heating: Heating, kind: str = "") -> AnomalyModel:
    """Return a network of torch as a model; it must be in evaluation mode."""
    import torch

    def maps(images: F4) -> list[dict[str, F4]]:
        rows: list[dict[str, F4]] = []
        for part in torch.from_numpy(images).split(_BATCH):
            with torch.inference_mode():
                given = [out.numpy() for out in network(part)]
            rows += [dict(zip(network.outputs, one)) for one in zip(*given)]
        return rows

    return AnomalyModel(maps, preprocess, heating, kind)


def content_of(network: AnomalyNetwork, preprocess: Preprocess, heating: Heating) -> dict[str, Any]:
    """Return what a model file holds."""
    about = {
        "kind": network.features.network.kind,
        "patches": 0 if network.memory is None else len(network.memory.bank),
        "has_head": network.head is not None,
        "heating": heating.as_json(),
    }
    return {"anomaly": about, "preprocess": preprocess.as_json(), "weights": network.state_dict()}


def maps_of(run: Callable[[F4], dict[str, F4]]) -> Maps:
    """Return the maps of a network that takes one image at a time."""
    return lambda images: [{name: out[0] for name, out in run(image[None]).items()} for image in images]


def load_network(path: Path) -> tuple[AnomalyNetwork, Preprocess, Heating]:
    """Return the network of a run's folder or model.pt, its preprocessing and its heating. Raises DatasetError."""
    from detectors.anomaly.network import bare
    from detectors.checkpoint import WRONG, load, reason

    file = path / "model.pt" if path.is_dir() else path
    content = load(file)
    if "anomaly" not in content:
        raise DatasetError(f"{file} does not find anomalies; it is of another kind (rendersdg evaluate, predict)")
    try:
        about, weights = content["anomaly"], content["weights"]
        patches = int(about["patches"])
        if patches != len(weights.get("memory.bank", ())):
            raise ValueError("the memory has another size")
        network = bare(about["kind"], patches, has_head=about["has_head"])
        network.load_state_dict(weights)
        return network, Preprocess(**content["preprocess"]), heating_from_json(about["heating"])
    except DatasetError as error:
        raise error.at(str(file)) from None
    except WRONG as error:
        raise DatasetError(f"{file} is not a model file of this version ({reason(error)})") from None


def load_anomaly(path: Path, threads: int = 0) -> AnomalyModel:
    """Return the model of a run's folder, a model.pt, or an exported network with its .json beside it.

    ``threads`` is of an exported network, 0 for all cores. Raises DatasetError for a file of another kind.
    """
    if path.suffix not in EXPORTED:
        network, preprocess, heating = load_network(path)
        return of_network(network, preprocess, heating, network.features.network.kind)
    from detectors.runtime import named_outputs

    about = description(path)
    if about["task"] != "anomaly":
        raise DatasetError(f"{path} does not find anomalies; it is of another kind (rendersdg evaluate, predict)")
    try:
        preprocess, heating = Preprocess(**about["preprocess"]), heating_from_json(about["heating"])
        outputs = tuple(about["outputs"])
    except DatasetError as error:
        raise error.at(str(path.with_suffix(".json"))) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path.with_suffix('.json')} does not describe a model ({error})") from None
    return AnomalyModel(
        maps_of(named_outputs(path, outputs, threads)), preprocess, heating, str(about.get("detector", ""))
    )
