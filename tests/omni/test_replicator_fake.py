"""The stand-in for Replicator refuses what is not documented."""

from __future__ import annotations

import pytest

from tests.omni import replicator_fake
from tests.omni.written import api


def test_the_stand_in_refuses_what_is_not_documented() -> None:
    rep = api("isaac-4.5").namespace()

    with pytest.raises(replicator_fake.Refused, match="no argument 'position'"):
        rep.create.from_usd(usd="a.usd", position=(0, 0, 0))
    with pytest.raises(replicator_fake.Refused, match=r"came with 1\.12\.4"):
        rep.create.render_product("cam", (1, 1), render_vars=["rgb"])
    with pytest.raises(AttributeError, match="not documented"):
        rep.defects.scratch()
