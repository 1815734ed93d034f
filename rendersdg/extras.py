"""Libraries that come with an extra of the package."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from rendersdg.errors import BadArgument


def needs(module: str, extra: str, purpose: str = "this command") -> None:
    """Raise BadArgument when a library is not there.

    Args:
        module: what is imported.
        extra: of the package, which installs it.
        purpose: what needs it, for the message.
    """
    if find_spec(module) is None:
        raise _lacking(module, extra, purpose)


def load(module: str, extra: str, purpose: str) -> Any:
    """Return a library, imported.

    Args:
        module: what is imported.
        extra: of the package, which installs it.
        purpose: what needs it, for the message.

    Raises:
        BadArgument: it is not there; says what to install.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise _lacking(module, extra, purpose) from None


def _lacking(module: str, extra: str, purpose: str) -> BadArgument:
    return BadArgument(f"{purpose} needs {module.partition('.')[0]}: pip install 'rendersdg[{extra}]'")
