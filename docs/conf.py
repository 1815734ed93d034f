"""How the site is built: ``sphinx-build -W --keep-going docs build/site``."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

import rendersdg

project = "rendersdg"
author = "the authors of rendersdg"
copyright = "the authors of rendersdg; Apache-2.0"
version = release = rendersdg.__version__

extensions = [
    "made_pages",  # this folder's
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinxcontrib.mermaid",
]
smartquotes = False  # they would make a dash of the two of an option
default_role = "code"  # docstrings put names between single backticks

myst_enable_extensions = ["colon_fence"]
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 4  # as forges make them

# Some of our classes are torch's. The site tells of them where torch is not installed, too.
autodoc_mock_imports = [name for name in ("torch", "torchvision") if find_spec(name) is None]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # an attribute that is also a property is one thing

html_theme = "furo"
html_title = f"rendersdg {version}"
html_theme_options = {"navigation_with_keys": True}
copybutton_exclude = ".linenos, .gp, .go"
