"""An image GPT: pictures as sentences, whose next pixel is guessed from all before it.

Read it from top to bottom. A picture becomes a row of tokens; a transformer says of each token how likely every level
is, given those before; what it says is trained to be right, and then drawn from, token by token, to make pictures.

After Chen et al. 2020 (Image GPT, "Generative pretraining from pixels") and Radford et al. 2019 (GPT-2). Shapes in
comments: B pictures, T tokens of a picture, D numbers for a token (the width), H heads, V levels.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.checkpoint import WRONG, Stateful, begun, class_names, keep, load, reason, save
from detectors.classify.pictures import Pictures
from detectors.vision.rates import share_of_rate
from rendersdg.arrays import I8, U1
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.files import write_file
from rendersdg.plain import Json
from rendersdg.streams import generator

# 1. Pictures as tokens -----------------------------------------------------------------------------------------------


def tokens_of(images: U1, size: int, levels: int, *, is_grey: bool) -> I8:
    """Return pictures as rows of tokens, pixel after pixel from the top left, of colour pictures R, G, B in turn.

    Args:
        images: (N, H, W, 3) uint8.
        size: side of the squares that they are made to first, pixels.
        levels: how many levels of brightness are told apart, 2 to 256; 256 loses nothing.
        is_grey: whether colour is dropped.

    Returns:
        (N, T) int64, 0 to ``levels`` - 1; T is size * size, three times that with colour.
    """
    small = np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_AREA) for one in images])
    if is_grey:
        small = np.stack([cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in small])[..., None]
    return (small.reshape(len(small), -1).astype(np.int64) * levels) // 256


def images_of(tokens: I8, size: int, levels: int) -> U1:
    """Return the pictures (N, size, size, 3) uint8 of rows of tokens, each level at its middle."""
    channels = tokens.shape[1] // (size * size)
    grey = ((tokens * 2 + 1) * 128 // levels).astype(np.uint8)
    return np.broadcast_to(grey.reshape(-1, size, size, channels), (len(tokens), size, size, 3)).copy()


# 2. The transformer --------------------------------------------------------------------------------------------------


class Attention(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Each token asks all tokens before it, and itself, and takes a mean of what they say (Vaswani et al. 2017).

    Without ``is_causal`` it asks all tokens, those after it, too, as a vision transformer's do.
    """

    def __init__(self, width: int, heads: int, *, is_causal: bool = True) -> None:
        super().__init__()
        if width % heads:
            raise BadArgument(f"width={width} cannot be shared by {heads} heads; give a multiple of it")
        self.heads, self.is_causal = heads, is_causal
        self.ask = nn.Linear(width, 3 * width)  # query, key and value of each token, in one product
        self.mix = nn.Linear(width, width)

    def forward(self, x: Tensor, past: list[Tensor] | None = None) -> Tensor:
        """Return (B, T, D) of (B, T, D). ``past`` holds keys and values of tokens before these, and is added to."""
        b, t, d = x.shape
        q, k, v = (part.view(b, t, -1, d // self.heads).transpose(1, 2) for part in self.ask(x).chunk(3, 2))
        # q, k, v: (B, H, T, D / H); H are some of the heads where several processes share them
        if past is not None:
            if past:
                k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
            past[:] = [k, v]
        # every query meets every key; the softmax over keys is how much of each value is taken, (B, H, T, T). Keys of
        # later tokens are left out; a lone new token may see all that is there.
        out = functional.scaled_dot_product_attention(q, k, v, is_causal=self.is_causal and t > 1)
        return self.mix(out.transpose(1, 2).flatten(2))


class Block(nn.Module):  # type: ignore[misc]
    """Attention, then two layers for each token alone; each adds to what was there, so that gradients have a way."""

    def __init__(self, width: int, heads: int, *, is_causal: bool = True) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads, is_causal=is_causal)
        self.norm2 = nn.LayerNorm(width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, past: list[Tensor] | None = None) -> Tensor:
        """Return (B, T, D) of (B, T, D)."""
        x = x + self.attention(self.norm1(x), past)
        return x + self.think(self.norm2(x))


class ImageGPT(nn.Module):  # type: ignore[misc]
    """Says of each token how likely every level is, given the class and all tokens before it."""

    def __init__(
        self, levels: int, length: int, classes: int, width: int = 128, heads: int = 4, depth: int = 4
    ) -> None:
        super().__init__()
        self.level = nn.Embedding(levels, width)  # what a token is
        self.place = nn.Parameter(torch.zeros(length, width))  # where it stands
        self.start = nn.Embedding(classes, width)  # what is there before the first token: the class
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.say = nn.Linear(width, levels, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1:  # as GPT-2; what adds to the sum of all blocks is smaller, so that the sum is not
                is_sum = name.endswith(("mix.weight", "think.2.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * depth) if is_sum else 0.02)

    def forward(self, tokens: Tensor, classes: Tensor) -> Tensor:
        """Return the logits (B, T, V) of each of T tokens (B, T), none of which sees itself or what follows.

        Args:
            tokens: (B, T) int64.
            classes: (B,) int64.
        """
        before = torch.cat([self.start(classes)[:, None], self.level(tokens[:, :-1])], 1)  # (B, T, D), moved by one
        x = before + self.place[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.say(self.norm(x))

    @torch.inference_mode()
    def sample(self, classes: Tensor, warmth: float = 1.0, seed: int = 0) -> Tensor:
        """Return pictures (B, T) of classes (B,), drawn token by token.

        Keys and values of tokens that are there are kept, so each new token costs one row of attention, not all.

        Args:
            classes: (B,) int64.
            warmth: by which logits are divided: below 1 likely levels become likelier.
            seed: of the draws.
        """
        rng = torch.Generator().manual_seed(seed)
        past: list[list[Tensor]] = [[] for _ in self.blocks]
        x = self.start(classes)[:, None]  # (B, 1, D)
        out: list[Tensor] = []
        for place in self.place:
            x = x + place
            for block, own in zip(self.blocks, past):
                x = block(x, own)
            chances = torch.softmax(self.say(self.norm(x))[:, 0] / warmth, 1)  # (B, V)
            out.append(torch.multinomial(chances, 1, generator=rng))  # (B, 1)
            x = self.level(out[-1])  # (B, 1, D)
        return torch.cat(out, 1)


def bits_per_dimension(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return the mean of -log2 p(token), how many bits a token costs an ideal coder that asks this network.

    A network that knows nothing needs log2(V). Logits are (B, T, V), tokens (B, T).
    """
    return functional.cross_entropy(logits.flatten(0, 1).float(), tokens.flatten()) / math.log(2)


# 3. Training ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GPTRecipe:
    """How pictures become tokens, how large the network is, and how long it learns: AdamW, the rate down a cosine."""

    size: int = 16
    levels: int = 32
    grey: bool = True
    width: int = 128
    heads: int = 4
    depth: int = 4
    epochs: int = 10
    batch: int = 32
    rate: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 256:
            raise BadArgument(f"levels={self.levels}: give 2 to 256")
        if not 2 <= self.size <= 64:
            raise BadArgument(f"size={self.size}: give 2 to 64; attention costs the square of the number of pixels")
        if min(self.width, self.heads, self.depth, self.epochs, self.batch) < 1 or self.rate <= 0:
            raise BadArgument("width, heads, depth, epochs and batch are 1 or more, and rate is above 0")

    @property
    def bits_unlearned(self) -> float:
        """The bits a token costs where nothing is known of it."""
        return math.log2(self.levels)

    def network(self, classes: int) -> ImageGPT:
        """Return a network of this size that has learned nothing."""
        length = self.size * self.size * (1 if self.grey else 3)
        return ImageGPT(self.levels, length, classes, self.width, self.heads, self.depth)


def train_gpt(
    pictures: Pictures,
    recipe: GPTRecipe,
    out: Path,
    *,
    val: Pictures | None = None,
    resume: bool = False,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, float]]:
    """Train an image GPT into a folder; return the bits per dimension after each epoch, on pictures and on ``val``.

    Args:
        pictures: what to learn from.
        recipe: how.
        out: the run's folder: ``model.pt``, ``log.csv``, ``recipe.json``, ``checkpoint.pt``.
        val: pictures to judge each epoch by, of the same classes.
        resume: whether a run in ``out`` is continued, from the last epoch that was finished.
        on_step: is called after each step with how many are done, and how many there are.

    Raises:
        BadArgument: the run in ``out`` has another recipe, or ``val`` other classes.
        DatasetError: there is a run already and ``resume`` is not set.
        TrainingFailed: the loss is not a finite number.
    """
    if val is not None and val.classes != pictures.classes:
        raise BadArgument(f"{val.name} has the classes {', '.join(val.classes)}, not {', '.join(pictures.classes)}")
    torch.manual_seed(recipe.seed)
    network = recipe.network(len(pictures.classes))
    optimizer = torch.optim.AdamW(groups_of(network), recipe.rate, betas=(0.9, 0.95))
    tokens = torch.from_numpy(tokens_of(pictures.images, recipe.size, recipe.levels, is_grey=recipe.grey))
    labels = torch.from_numpy(pictures.labels)
    steps = max(len(tokens) // recipe.batch, 1)
    total = recipe.epochs * steps
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share_of_rate(step, total))
    states: dict[str, Stateful] = {"network": network, "optimizer": optimizer, "schedule": schedule}
    log = begun(out, recipe, resume, states)
    for epoch in range(len(log), recipe.epochs):
        network.train()
        bits = 0.0
        for step, part in enumerate(parts_of(len(tokens), recipe, epoch)):
            loss = bits_per_dimension(network(tokens[part], labels[part]), tokens[part])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            bits += float(loss.detach()) / steps
            on_step(epoch * steps + step + 1, total)
        if not math.isfinite(bits):
            raise TrainingFailed(f"the loss is not a finite number in epoch {epoch}; try a smaller --rate")
        log.append({"bits": bits} if val is None else {"bits": bits, "val_bits": bits_of(network, val, recipe)})
        keep(out, recipe, states, log)
    content = {"vision": "gpt", "recipe": asdict(recipe), "classes": list(pictures.classes)}
    save(content | {"weights": network.state_dict()}, out / "model.pt")
    write_file(out / "recipe.json", (json.dumps(asdict(recipe), indent=1) + "\n").encode())
    return log


def groups_of(network: nn.Module) -> list[Json]:
    """Return the parameters for AdamW: matrices decay; what is added, and where a token stands, does not."""
    groups: list[Json] = [{"params": [], "weight_decay": 0.1}, {"params": [], "weight_decay": 0.0}]
    for name, parameter in network.named_parameters():
        groups[parameter.ndim <= 1 or name == "place"]["params"].append(parameter)
    return [group for group in groups if group["params"]]


def parts_of(count: int, recipe: GPTRecipe, epoch: int) -> Iterator[Tensor]:
    """Yield which of ``count`` pictures each batch of an epoch holds (B,); a function of seed and epoch alone."""
    order = generator(recipe.seed, "gpt", epoch).permutation(count)
    for step in range(max(count // recipe.batch, 1)):
        yield torch.from_numpy(order[step * recipe.batch : (step + 1) * recipe.batch])


def bits_of(network: ImageGPT, pictures: Pictures, recipe: GPTRecipe) -> float:
    """Return the bits per dimension of pictures, without learning from them."""
    tokens = torch.from_numpy(tokens_of(pictures.images, recipe.size, recipe.levels, is_grey=recipe.grey))
    labels = torch.from_numpy(pictures.labels)
    network.eval()
    bits = 0.0
    with torch.inference_mode():
        for k in range(0, len(tokens), recipe.batch):
            part = slice(k, k + recipe.batch)
            bits += float(bits_per_dimension(network(tokens[part], labels[part]), tokens[part])) * len(tokens[part])
    return bits / len(tokens)


def load_gpt(run: Path) -> tuple[ImageGPT, GPTRecipe, tuple[str, ...]]:
    """Return a trained network, how it was trained, and its classes, of a run's folder or a ``model.pt``.

    Raises DatasetError when it is not there, or of another kind.
    """
    file = run / "model.pt" if run.is_dir() else run
    content = load(file)
    try:
        recipe, classes = GPTRecipe(**content["recipe"]), class_names(content["classes"])
        network = recipe.network(len(classes))
        network.load_state_dict(content["weights"])
    except WRONG as error:
        raise DatasetError(f"{file} is not an image GPT of this version ({reason(error)})") from None
    return network.eval(), recipe, classes


def drawn(network: ImageGPT, recipe: GPTRecipe, labels: I8, *, warmth: float = 1.0, seed: int = 0) -> U1:
    """Return pictures (N, size, size, 3) uint8 of classes ``labels`` (N,); see :meth:`ImageGPT.sample`."""
    tokens = network.sample(torch.from_numpy(labels), warmth, seed).numpy()
    return images_of(tokens, recipe.size, recipe.levels)
