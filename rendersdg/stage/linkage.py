"""Which bodies hang on which: the trees that joints make of bodies, and the coordinates of joints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.stage.joints import Drive, Freedom, Joint


@dataclass(frozen=True, eq=False)
class Link:
    """A body and what it hangs on: ``parent`` None is the world, ``joint`` None is nothing (it moves freely).

    ``is_reversed``: the body is the first of the joint's two, so the joint is gone through backwards.
    """

    path: str
    parent: str | None = None
    joint: Joint | None = None

    @property
    def is_reversed(self) -> bool:
        """Return whether the joint's first body hangs on its second."""
        return self.joint is not None and self.joint.bodies[0] == self.path

    def frames(self) -> tuple[F8, F8]:
        """Return the joint's frame in the parent and in the body itself."""
        assert self.joint is not None
        first, second = self.joint.frames
        return (second, first) if self.is_reversed else (first, second)


def links_of(
    bodies: Sequence[str], joints: Sequence[Joint], roots: Collection[str] = ()
) -> tuple[list[Link], list[Joint]]:
    """Return each body's link, parents first, and the joints that close loops or hold bodies at a distance.

    A body that no joint holds, and one that begins a chain which nothing fixes, has no joint. Chains begin at the
    world, else at one of ``roots``, else at a body that is no joint's second.
    """
    group = {body: body for body in bodies}
    group[""] = ""  # the world

    def leader(body: str) -> str:
        while group[body] != body:
            group[body] = group[group[body]]
            body = group[body]
        return body

    inner, closing = [], []
    for joint in sorted(joints, key=lambda j: (j.closes_loop, j.path)):
        first, second = (leader(body or "") for body in joint.bodies)
        if joint.kind == "distance" or first == second:
            closing.append(joint)
        else:
            group[second] = first
            inner.append(joint)
    around: dict[str, list[Joint]] = {}
    for joint in inner:
        for body in joint.bodies:
            around.setdefault(body or "", []).append(joint)

    links: list[Link] = []
    seen: set[str] = set()

    def walk(start: str) -> None:
        waiting = [start]
        seen.add(start)
        while waiting:
            body = waiting.pop(0)
            for joint in around.get(body, ()):
                other = next(b or "" for b in joint.bodies if (b or "") != body)
                if other not in seen:
                    seen.add(other)
                    links.append(Link(other, body or None, joint))
                    waiting.append(other)

    walk("")
    seconds = {joint.bodies[1] for joint in inner}
    for body in sorted(bodies, key=lambda b: (b not in roots, b in seconds)):
        if body not in seen:
            links.append(Link(body))
            walk(body)
    return links, closing


def is_ball(freedoms: Sequence[Freedom]) -> bool:
    """Return whether all three turns are free, so that one ball does for them."""
    turns = [f for f in freedoms if not f.is_slide]
    return len(turns) == 3 and all(f.drive == Drive() and f.low == -np.inf and f.high == np.inf for f in turns)


def in_order(freedoms: Sequence[Freedom]) -> list[Freedom]:
    """Return freedoms as they are gone through: slides, then turns, the one with the narrowest range in the middle
    of three, where a full turn would lock the other two together.
    """
    slides = [f for f in freedoms if f.is_slide]
    turns = [f for f in freedoms if not f.is_slide]
    if len(turns) == 3:
        middle = min(turns, key=lambda f: (f.high - f.low, f.axis != 1))
        outer = [f for f in turns if f is not middle]
        turns = [outer[0], middle, outer[1]]
    return [*slides, *turns]


def coordinates(freedoms: Sequence[Freedom], relative: F8) -> list[float]:
    """Return where a joint stands along each of its freedoms (``in_order``).

    ``relative`` is the second frame in the first, (4, 4), metres. What the joint does not leave free is not looked at.
    """
    turns = [f.axis for f in freedoms if not f.is_slide]
    angles = _angles(turns, relative[:3, :3])
    return [float(relative[f.axis, 3]) for f in freedoms if f.is_slide] + angles


def _angles(axes: Sequence[int], rotation: F8) -> list[float]:
    """Return the angles about one to three different axes, one after the other, that make a rotation, or come near."""
    if not axes:
        return []
    if len(axes) == 1:
        j, k = (axes[0] + 1) % 3, (axes[0] + 2) % 3
        return [portable.arctan2(rotation[k, j] - rotation[j, k], rotation[j, j] + rotation[k, k])]
    i, j = axes[0], axes[1]
    k = 3 - i - j
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    middle = portable.arcsin(float(np.clip(sign * rotation[i, k], -1, 1)))
    first = portable.arctan2(-sign * rotation[j, k], rotation[k, k])
    last = portable.arctan2(-sign * rotation[i, j], rotation[i, i])
    return [first, middle, last][: len(axes)]
