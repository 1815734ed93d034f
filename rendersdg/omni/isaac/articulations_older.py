"""``omni.isaac.core.articulations``: the same handles by the names of the oldest generation, where ``...View`` is
several.
"""

from __future__ import annotations

from rendersdg.omni.isaac.articulations import Articulation as ArticulationView
from rendersdg.omni.isaac.articulations import ArticulationController
from rendersdg.omni.isaac.articulations import SingleArticulation as Articulation

__all__ = ["Articulation", "ArticulationController", "ArticulationView"]
