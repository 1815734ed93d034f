"""``isaacsim.core.experimental.utils.foundation``: names of the types of attributes."""

from __future__ import annotations

from pxr import Sdf

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import current

__all__ = ["get_value_type_names", "resolve_value_type_name", "value_type_name_to_str"]


def _all() -> dict[str, Sdf.ValueTypeName]:
    """Return the types of attributes by what stands for them in files, as ``float3``."""
    types = (getattr(Sdf.ValueTypeNames, name) for name in dir(Sdf.ValueTypeNames))
    return {str(one): one for one in types if isinstance(one, Sdf.ValueTypeName)}


def get_value_type_names(*, format: object = str) -> list[str] | list[Sdf.ValueTypeName]:
    """Return all types: as text, or as USD has them for ``format=Sdf.ValueTypeNames``."""
    return list(_all()) if format is str else list(_all().values())


def resolve_value_type_name(type_name: str | Sdf.ValueTypeName, *, backend: str | None = None) -> Sdf.ValueTypeName:
    """Return a type as USD has it. Raises BadArgument for a name that stands for none."""
    types = _all()
    if str(type_name) not in types:
        raise BadArgument(
            f"{type_name!r} is not the name of a type; write float3, token[] ...", where=current().where()
        )
    return types[str(type_name)]


def value_type_name_to_str(type_name: str | Sdf.ValueTypeName) -> str:
    """Return what stands for a type in files. Raises BadArgument for a name that stands for none."""
    return str(resolve_value_type_name(type_name))
