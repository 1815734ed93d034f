"""``omni.kit.stage_templates``: new stages, filled by a template."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pxr import Usd

from rendersdg.errors import did_you_mean
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.stage.templates import DEFAULT_TEMPLATE, TEMPLATES, WORLD

__all__ = [
    "get_default_template",
    "get_stage_template",
    "get_stage_template_list",
    "new_stage",
    "new_stage_async",
    "new_stage_with_callback",
    "register_template",
    "unregister_template",
]

Filling = Callable[[str], object]  # fills the new stage, given the path of its default prim


class Registered:
    """The templates that a run's script has registered."""

    def __init__(self) -> None:
        self.fillings: dict[str, Filling] = {}


def get_default_template() -> str:
    """Return the name of the template that an application starts with."""
    return DEFAULT_TEMPLATE


def get_stage_template_list() -> list[dict[str, Filling]]:
    """Return the templates by name, in groups: Kit's, then the script's."""
    own = current_host().part(Registered).fillings
    groups: list[dict[str, Filling]] = [{name: _filling(fill) for name, fill in TEMPLATES.items()}]
    return [*groups, dict(own)] if own else groups


def get_stage_template(name: str) -> tuple[str, Filling] | None:
    """Return a template's name and what fills a stage by it, None for one that is not there."""
    return next(((name, group[name]) for group in get_stage_template_list() if name in group), None)


def new_stage(
    on_new_stage_fn: Callable[..., object] | None = None, template: str | None = "empty", usd_context: object = None
) -> None:
    """Begin a stage that ``template`` fills; None is the one that applications start with.

    Raises ValueError for one that is not there.
    """
    name = DEFAULT_TEMPLATE if template is None else template
    found = get_stage_template(name)
    if found is None:
        known = [name for group in get_stage_template_list() for name in group]
        raise ValueError(f"Template {name!r} not found{did_you_mean(name, known)}")
    current().new_stage()
    found[1](WORLD)
    if on_new_stage_fn is not None:
        on_new_stage_fn(True, "")


def new_stage_with_callback(
    on_new_stage_fn: Callable[..., object] | None = None, template: str | None = "empty", usd_context: object = None
) -> None:
    """Begin a stage, then call a function."""
    new_stage(on_new_stage_fn, template)


async def new_stage_async(template: str | None = "empty", usd_context: object = None) -> tuple[bool, str]:
    """Begin a stage."""
    new_stage(template=template)
    await asyncio.sleep(0)
    return True, ""


def register_template(name: str, new_stage_fn: Filling, group: int = 0, rebuild: bool = True) -> bool:
    """Add a template: what fills a stage, given the path of its default prim. Returns whether the name was free."""
    own = current_host().part(Registered).fillings
    if get_stage_template(name) is not None:
        return False
    own[name] = new_stage_fn
    return True


def unregister_template(name: str, rebuild: bool = True) -> bool:
    """Remove a template of the script's own. Returns whether there was one."""
    return current_host().part(Registered).fillings.pop(name, None) is not None


def _filling(fill: Callable[[Usd.Stage], None]) -> Filling:
    """Return one of Kit's templates as one that is given a path; theirs is always ``/World``."""
    return lambda rootname: fill(current().recorder.stage)
