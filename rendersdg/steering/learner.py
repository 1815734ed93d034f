"""The detector that a study trains: each round goes on from the weights of the one before."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from detectors.mix import alone
from detectors.recipe import Recipe
from detectors.samples import Samples
from rendersdg.steering.outcomes import Finder


@dataclass(eq=False)
class DetectorLearner:
    """Trains a detector by a recipe, round after round.

    Attributes:
        recipe: of each round; the learning rate rises and falls anew in each.
        quiet: show no progress.
    """

    recipe: Recipe
    quiet: bool = True
    _last: Path | None = field(default=None, init=False)

    def learn(self, samples: Samples, folder: Path) -> Finder:
        """Return the detector of a round, see :class:`rendersdg.steering.rounds.Learner`."""
        from detectors.runtime import load_model
        from detectors.train import train

        train(alone(samples), self.recipe, folder, weights=self._last, resume=True, quiet=self.quiet)
        self._last = folder
        return load_model(folder)
