"""How far made images are from real ones: the Fréchet distance (FID) and the Inception score,
on the features of a named network.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from detectors.classify.train import load_classifier
from detectors.generator.triples import parts
from detectors.preprocess import Preprocess
from rendersdg.arrays import F4, F8, U1
from rendersdg.english import counted
from rendersdg.errors import BadArgument


@dataclass(frozen=True, slots=True)
class Features:
    """A classifier that looks: ``network`` and its ``last`` linear layer, whose input is the features.

    ``name`` stands beside every score.
    """

    network: nn.Module
    last: nn.Module
    name: str

    def of(self, images: U1) -> tuple[F8, F8]:
        """Return (N, F) features and (N, classes) probabilities of (N, H, W, 3) uint8 images."""
        kept: list[torch.Tensor] = []
        handle = self.last.register_forward_hook(lambda module, inputs, out: kept.append(inputs[0]))
        preprocess, probabilities = Preprocess(images.shape[1]), []
        try:
            with torch.inference_mode():
                for part in parts(len(images), 128):
                    logits = self.network(torch.from_numpy(preprocess.tensor(images[part])))
                    probabilities.append(torch.softmax(logits.double(), 1))
        finally:
            handle.remove()
        return torch.cat(kept).double().numpy(), torch.cat(probabilities).numpy()


def features_of(run: Path) -> Features:
    """Return a trained classifier as the network that looks. Raises DatasetError."""
    name, network, classes, _ = load_classifier(run)
    last = [m for m in network.modules() if isinstance(m, nn.Linear)][-1]
    sizes = f"{counted(last.in_features, 'feature')}, {counted(len(classes), 'class')}"
    return Features(network, last, f"{name}, {sizes}")


def frechet(a: F8, b: F8) -> float:
    """Return the squared Fréchet distance of the normal distributions of features ``a`` (N, F) and ``b`` (M, F).

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))`` (Heusel et al. 2017, arXiv 1706.08500); the last trace is taken of
    the symmetric ``C1^(1/2) C2 C1^(1/2)``. Raises BadArgument for fewer than 2 rows.
    """
    if min(len(a), len(b)) < 2:
        raise BadArgument(f"{len(a)} and {len(b)} images: a distance of distributions needs 2 or more of each")
    one, other = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # the root of a symmetric matrix by its eigenvalues: a general matrix root would give complex numbers for noise
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other @ root), 0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one) + np.trace(other) - 2 * shared)


def inception_score(probabilities: F8) -> float:
    """Return ``exp(E KL(p(y|x) || p(y)))`` of probabilities (N, classes) float64, each row adding up to 1.

    It is 1 for one answer to all, and the number of classes at best (Salimans et al. 2016, arXiv 1606.03498).
    """
    p = np.maximum(probabilities, 1e-12)
    return float(np.exp((p * (np.log(p) - np.log(p.mean(0)))).sum(1).mean()))


def tsne(features: F8, seed: int = 0) -> F4:
    """Return (N, 2) places of (N, F) features, near where they are near (scikit-learn's t-SNE).
    Raises BadArgument without scikit-learn.
    """
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        raise BadArgument("t-SNE needs scikit-learn: pip install 'rendersdg[generator]'") from None
    return TSNE(perplexity=min(30, max((len(features) - 1) // 3, 1)), init="pca", random_state=seed).fit_transform(
        features
    )
