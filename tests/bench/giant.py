"""The plan in docs/scale.md for a billion rendered images and a ViT-g: each figure with its formula.

python tests/bench/giant.py prints the table. `tests/docs/test_giant.py` holds the document to it, and the formulas to
what is published.
"""

from __future__ import annotations

from dataclasses import dataclass

# measured here; docs/scale.md says how
FRAME_SECONDS = 0.080  # processor time of a rendered frame, 640 x 480, YOLO labels
FRAME_BYTES = 444e3
FRAME_FILES = 2.7
# published
TFLOPS_ACHIEVED = 137e12  # of an A100, network of 1.7 billion, all costs counted (Narayanan et al. 2021, table 1)
TFLOPS_PEAK = 312e12  # of an A100, bfloat16 (the same, section 5)
NODE = 8  # GPUs of a DGX A100
NVLINK = 300e9  # bytes a second each way, of a GPU
NETWORK = 25e9  # bytes a second, of a GPU: 200 Gbit/s InfiniBand
# assumed
GPU_HOUR, CORE_HOUR = 2.0, 0.01  # dollars


@dataclass(frozen=True, slots=True)
class Giant:
    """A vision transformer; the numbers are ViT-g/14's (Zhai et al. 2022, arXiv 2106.04560, table 2)."""

    width: int = 1408
    depth: int = 40
    hidden: int = 6144
    heads: int = 16
    patch: int = 14
    side: int = 224

    @property
    def tokens(self) -> int:
        """Patches of a picture."""
        return (self.side // self.patch) ** 2

    @property
    def parameters(self) -> int:
        """Weights and biases: patches, and of each block four products of attention, two of the hidden layer."""
        d, m = self.width, self.hidden
        block = 4 * d * d + 4 * d + 2 * d * m + m + d + 4 * d
        return (3 * self.patch**2 + 1) * d + self.tokens * d + self.depth * block + 2 * d

    @property
    def forward_flops(self) -> float:
        """Of a picture: two for each weight and token, and two products of all tokens with all.

        Narayanan et al. 2021 (arXiv 2104.04473), appendix, with a hidden layer that is not four times as wide.
        """
        n, d = self.tokens, self.width
        blocks = self.depth * (2 * n * (4 * d * d + 2 * d * self.hidden) + 4 * n * n * d)
        return float(blocks + 2 * n * 3 * self.patch**2 * d)

    def activation_bytes(self, batch: int, *, heads_kept: bool = True) -> float:
        """Kept for the gradient, in 16 bits: s b h (34 + 5 a s / h) of each block.

        Korthikanti et al. 2022 (arXiv 2205.05198), equation 1, for four hidden numbers a number. Attention that does
        not write its matrix of tokens by tokens (``heads_kept`` false) keeps the first part alone.
        """
        s, h = self.tokens, self.width
        return float(self.depth * s * batch * (34 * h + (5 * self.heads * s if heads_kept else 0)))


@dataclass(frozen=True, slots=True)
class Plan:
    """A ViT-g that sees each of ``pictures`` once, under ``dp`` x ``fsdp``: shards in a machine, copies between."""

    network: Giant = Giant()
    pictures: float = 1e9
    dp: int = 8
    fsdp: int = NODE
    batch: int = 4096

    def rows(self) -> list[tuple[str, str, str]]:
        """Return (what, how much, formula) in the order of the document."""
        net, gpus = self.network, self.dp * self.fsdp
        p, kept = net.parameters, net.activation_bytes(self.batch // gpus, heads_kept=False)
        state = 16 * p / self.fsdp
        seconds = 3 * net.forward_flops * self.batch / gpus / TFLOPS_ACHIEVED
        inside = 3 * (self.fsdp - 1) / self.fsdp * 4 * p
        between = 2 * (self.dp - 1) / self.dp * 4 * p / self.fsdp
        steps = self.pictures / self.batch
        days = steps * seconds / 86400
        core_hours = self.pictures * FRAME_SECONDS / 3600
        gpu_hours = days * 24 * gpus
        rate = self.batch / seconds
        disk = f"{self.pictures * FRAME_BYTES / 1e12:,.0f} TB in {self.pictures * FRAME_FILES / 1e9:.1f} billion files"
        price = gpu_hours * GPU_HOUR + core_hours * CORE_HOUR
        flops = net.forward_flops
        moved = [f"{b / 1e9:.2f} GB, {b / speed * 1e3:.0f} ms" for b, speed in ((inside, NVLINK), (between, NETWORK))]
        return [
            ("parameters", f"{p / 1e9:.3f} billion", "40 blocks x (4 d² + 2 d m), and biases, norms, patches, places"),
            ("operations of a picture, forward", f"{flops / 1e9:.0f} GFLOP", "40 x (2 n (4 d² + 2 d m) + 4 n² d)"),
            ("operations of a step", f"{3 * flops * self.batch / 1e15:.2f} PFLOP", "3 x forward x batch"),
            ("weights, gradients and moments of a GPU", f"{state / 1e9:.2f} GB", "16 bytes x parameters / fsdp"),
            ("activations of a GPU", f"{kept / 1e9:.1f} GB", "40 x 34 n b d bytes, b = batch / 64"),
            ("a step", f"{seconds:.2f} s", "operations / 64 / 137 TFLOP/s"),
            ("sent inside a machine, a GPU and step", moved[0], "3 x 7/8 x 4 bytes x parameters, 300 GB/s"),
            ("sent between machines, a GPU and step", moved[1], "2 x 7/8 x 4 bytes x parameters / fsdp, 25 GB/s"),
            ("pictures a second", f"{rate:,.0f}", "batch / step"),
            ("cores that render as fast", f"{rate * FRAME_SECONDS:,.0f}", "pictures a second x 0.080 s"),
            ("steps", f"{steps:,.0f}", "pictures / batch"),
            ("time", f"{days:.1f} days", "steps x step"),
            ("GPU hours", f"{gpu_hours:,.0f}", "time x 64"),
            ("core hours of rendering", f"{core_hours:,.0f}", "pictures x 0.080 s"),
            ("the pictures, were they kept on disk", disk, "444 kB and 2.7 files a picture"),
            ("price", f"{price:,.0f} $", "2 $ a GPU hour, 0.01 $ a core hour"),
        ]


def table() -> str:
    """Return the table as the document has it."""
    lines = ["| what | how much | formula |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {much} | {formula} |" for what, much, formula in Plan().rows())])


if __name__ == "__main__":
    print(table())
