"""Conformance suites: what every backend, writer, annotator and detector keeps to, to run on one of your own.

Each is a plain function that raises AssertionError, with what is wrong, and returns None where all is well::

    import pytest
    from rendersdg.testing import check_backend, check_writer


    def test_our_backend_keeps_to_the_rules():
        check_backend("ours")  # the name of the entry point, or the class


    @pytest.mark.parametrize("params", [{}, {"compress": True}])
    def test_our_writer_keeps_to_the_rules(params):
        check_writer("OurWriter", **params)

rendersdg's own tests run the same functions over its tables.
"""

from __future__ import annotations

from rendersdg.testing.annotators import check_annotator
from rendersdg.testing.backends import check_backend
from rendersdg.testing.detectors import check_detector
from rendersdg.testing.scenes import open_text
from rendersdg.testing.writers import check_writer

__all__ = ["check_annotator", "check_backend", "check_detector", "check_writer", "open_text"]
