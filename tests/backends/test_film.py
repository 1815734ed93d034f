"""Film: stops of exposure, and the picture that they give."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.backends.film import developed, exposure_of
from rendersdg.snapshot import Snapshot


def exposed(stops: float) -> Snapshot:
    return Snapshot(0, 0.0, 1.0, "Z", (), (), (), (), (), (), (), settings={"/rendersdg/exposure": stops})


def test_a_stop_doubles_the_light() -> None:
    assert exposure_of(exposed(1.0)) == pytest.approx(2 * exposure_of(exposed(0.0)))
    assert exposure_of(exposed(-2.0)) == pytest.approx(exposure_of(exposed(0.0)) / 4)


def test_more_light_is_never_darker_and_no_light_is_black() -> None:
    light = np.repeat(np.linspace(0, 5000, 200, dtype=np.float32)[None, :, None], 3, 2)

    picture = developed(light, exposed(0.0))

    assert picture.shape == (1, 200, 4) and (picture[..., 3] == 255).all()
    assert picture[0, 0, 0] == 0 and (np.diff(picture[0, :, 0].astype(int)) >= 0).all()
    assert np.array_equal(developed(light, exposed(1.0)), developed(light * 2, exposed(0.0)))
