"""Tests, and how processes that run them behave: set here, before anything reads it."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # pytest -n fills the cores; threads beside it spin while they wait
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every command that a test starts compiles each module anew
