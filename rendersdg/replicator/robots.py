"""Live robots: wheeled ones on the stage that drive to their targets while a script lets time pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import degrees, hypot, pi, radians

from pxr import Sdf, Usd

from rendersdg import portable
from rendersdg.assets.rigs import DRIVES_TO
from rendersdg.replicator.watch import StageWatch
from rendersdg.stage.pose import read_pose, write_pose

_FASTEST = 1.0  # metres a second
_TURNS = 1.5  # radians a second at most
_GAIN = 2.5  # radians a second for each radian that the robot is off its course
_ARRIVED = 0.05  # metres
_STEP = 1.0 / 60.0  # seconds, the longest that a robot keeps its course


@dataclass(eq=False)
class LiveRobots:
    """Drives those prims of a stage that have a target beside them: the parent's Z is up, and they face +X."""

    watch: StageWatch
    _paths: list[tuple[Sdf.Path, Sdf.Path]] = field(default_factory=list)  # of what moves, and of its target

    def drive(self, stage: Usd.Stage, seconds: float) -> None:
        """Let ``seconds`` pass: each robot turns towards its target and goes there, as wheels on one axle can."""
        if self.watch.is_touched:
            self._paths = list(_driven(stage))
        steps = max(round(seconds / _STEP), 1)
        with self.watch.driving():
            for path, target in self._paths:
                prim, goal = stage.GetPrimAtPath(path), stage.GetPrimAtPath(target)
                if prim and goal:
                    _approach(prim, read_pose(goal, Usd.TimeCode.Default()).translate, seconds / steps, steps)


def _driven(stage: Usd.Stage) -> list[tuple[Sdf.Path, Sdf.Path]]:
    relations = ((p, p.GetRelationship(DRIVES_TO)) for p in stage.Traverse() if p.HasRelationship(DRIVES_TO))
    return [(p.GetPath(), targets[0]) for p, r in relations if (targets := r.GetTargets())]


def _approach(prim: Usd.Prim, goal: tuple[float, ...], seconds: float, steps: int) -> None:
    pose = read_pose(prim, Usd.TimeCode.Default())
    x, y, height = pose.translate
    heading = radians(pose.euler[2])
    for _ in range(steps):
        distance = hypot(goal[0] - x, goal[1] - y)
        if distance < _ARRIVED:
            break
        off = (portable.arctan2(goal[1] - y, goal[0] - x) - heading + pi) % (2 * pi) - pi
        heading += max(-_TURNS, min(_TURNS, _GAIN * off)) * seconds
        speed = min(_FASTEST, 2.0 * distance) * max(portable.cos(off), 0.0)
        x, y = x + speed * portable.cos(heading) * seconds, y + speed * portable.sin(heading) * seconds
    write_pose(prim, pose.changed(translate=(x, y, height), euler=(0.0, 0.0, degrees(heading))))
