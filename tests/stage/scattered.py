"""A scene of things scattered over a floor."""

from __future__ import annotations

SCATTER = """
floor: {create.plane: {scale: [4, 2, 1]}}
things: {create.cube: {count: 12, scale: 0.25, semantics: [["class", "cube"]]}}
post: {create.cylinder: {scale: [0.4, 0.4, 1]}}
t: {trigger.on_frame: {max_execs: 9}}
go:
  with.t:
    with.things:
      randomizer.rotation: {min_angle: [0, 0, -180], max_angle: [0, 0, 180]}
      randomizer.scatter_2d: {surface_prims: [floor], no_coll_prims: [post], check_for_collisions: true}
"""
