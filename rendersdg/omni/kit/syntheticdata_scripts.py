"""``omni.syntheticdata.SyntheticData`` as a module, which scripts import too, and ``.scripts.SyntheticData``."""

from __future__ import annotations

from rendersdg.omni.kit.syntheticdata import SyntheticData

__all__ = ["Get", "SyntheticData"]

Get = SyntheticData.Get
