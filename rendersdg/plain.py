"""Plain values, as JSON and YAML have them."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]  # an object: its values are texts, numbers, booleans, None, lists and objects
