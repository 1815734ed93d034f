"""PytorchWriter: every frame as a batch of tensors, handed to a listener of the script's."""

from __future__ import annotations

import numpy as np

from rendersdg.errors import BadArgument, NotSupported
from rendersdg.replicator.backends import BackendDispatch, Folder
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import Value
from rendersdg.replicator.writers import ScriptWriter


class PytorchListener:
    """Keeps the last batch. A script may subclass it."""

    def __init__(self) -> None:
        self.data: dict[str, Value] = {}

    def write_data(self, data: dict[str, Value]) -> None:
        """Take a batch: ``pytorch_rgb`` (N, H, W, 4) uint8 tensor, and ``device``."""
        self.data = data

    def get_rgb_data(self) -> Value:
        """Return the last batch of pictures as a float tensor (N, 3, H, W) in 0..1; None before the first."""
        batch = self.data.get("pytorch_rgb")
        return None if batch is None else batch[..., :3].permute(0, 3, 1, 2).float() / 255.0


class PytorchWriter(ScriptWriter):
    """Hands the pictures of all render products to ``listener`` as one tensor batch;
    with ``output_dir`` also writes them.

    ``device`` cuda falls back to the CPU where there is none. The products must have one resolution.
    """

    def __init__(
        self,
        listener: PytorchListener,
        output_dir: Folder | None = None,
        tiled_sensor: bool = False,
        device: str = "cuda",
    ) -> None:
        self.annotators = ["rgb"]
        self.data_structure = "renderProduct"
        self.version = "0.0.1"
        self._listener = listener
        self._frame = 0
        self._wanted = device
        self.backend = BackendDispatch(output_dir=output_dir) if output_dir is not None else None

    def write(self, data: dict[str, Value]) -> None:
        try:
            import torch
        except ImportError:
            raise NotSupported("PytorchWriter needs torch (pip install torch)", where=current().where()) from None
        views = data["renderProducts"]
        pictures = [v["rgb"]["data"] for v in views.values()]
        if len({p.shape for p in pictures}) > 1:
            raise BadArgument("PytorchWriter: the render products have different resolutions, so they make no batch")
        device = self._wanted if torch.cuda.is_available() else "cpu"
        batch = torch.from_numpy(np.stack(pictures)).to(device)
        self._listener.write_data({"pytorch_rgb": batch, "device": device})
        if self.backend is not None:
            for name, picture in zip(views, pictures):
                self.backend.write_image(f"rgb_{self._frame}_{name}.png", picture)
        self._frame += 1
