"""Robots that stand still: an arm, a mobile robot, a drone."""

from __future__ import annotations

from rendersdg import shapes
from rendersdg.assets.parts import Part, beam, ellipsoid, limb, look, part, rod, turned, wheel
from rendersdg.shapes import Shape

_DARK = look((0.04, 0.04, 0.045), rough=0.55)
_WHITE = look((0.85, 0.85, 0.84), rough=0.35)
_STEEL = look((0.45, 0.46, 0.48), rough=0.35, metal=0.7)


def robot_arm() -> list[Part]:
    """A robot arm, 1.0 m high, that reaches along +X: six joints and a gripper of two fingers."""
    foot = shapes.cylinder(0.12, 0.05, 48).moved((0, 0, 0.025))
    shoulder, elbow, wrist = (0, 0, 0.33), (-0.05, 0, 0.82), (0.42, 0, 0.88)
    links = [rod((0, 0, 0.04), (0, 0, 0.33), 0.085, 40), limb(shoulder, elbow, 0.062), limb(elbow, wrist, 0.050)]
    links += [limb(wrist, (0.50, 0, 0.72), 0.042)]
    joints = []
    for (x, y, z), radius, width in ((shoulder, 0.092, 0.22), (elbow, 0.078, 0.18), (wrist, 0.060, 0.14)):
        joints.append(wheel((x, y, z), radius, width))
    joints += [foot, rod((0, 0, 0.04), (0, 0, 0.09), 0.095, 40)]
    palm = [rod((0.497, 0, 0.725), (0.515, 0, 0.655), 0.045), shapes.box((0.06, 0.16, 0.04), (0.522, 0, 0.635))]
    fingers = [shapes.box((0.025, 0.018, 0.10), (0.525, s * 0.05, 0.57)) for s in (-1, 1)]
    return [
        part("links", links, look((0.90, 0.33, 0.02), rough=0.35)),
        part("joints", joints, look((0.10, 0.10, 0.11), rough=0.45)),
        part("hand", [*palm, *fingers], _STEEL),
    ]


def mobile_robot() -> list[Part]:
    """A mobile robot, 0.75 x 0.55 x 0.45 m, that drives along +X: two wheels, castors, a laser scanner, cameras."""
    body = [shapes.box((0.68, 0.42, 0.20), (0, 0, 0.21)), shapes.box((0.52, 0.36, 0.06), (-0.02, 0, 0.34))]
    wheels = [wheel((0.05, s * 0.245, 0.14), 0.14, 0.06) for s in (-1, 1)]
    castors = [wheel((-0.26, s * 0.14, 0.05), 0.05, 0.04) for s in (-1, 1)]
    scanner = [
        shapes.cylinder(0.055, 0.05, 40).moved((0.05, 0, 0.395)),
        shapes.cylinder(0.05, 0.03, 40).moved((0.05, 0, 0.435)),
    ]
    front = [shapes.box((0.04, 0.44, 0.12), (0.345, 0, 0.19))]
    eyes = [ellipsoid((0.012, 0.022, 0.022), (0.365, s * 0.09, 0.20)) for s in (-1, 1)]
    hubs = [wheel((0.05, s * 0.245, 0.14), 0.08, 0.068) for s in (-1, 1)]
    return [
        part("body", body, _WHITE),
        part("wheels", [*wheels, *castors, *scanner, *front], _DARK),
        part("hubs", hubs, look((0.25, 0.50, 0.03), rough=0.4)),
        part("eyes", eyes, look((0.10, 0.35, 0.60), rough=0.1)),
    ]


def drone() -> list[Part]:
    """A quadcopter, 0.55 m wide and 0.18 m high, with four rotors, skids and a camera at +X."""
    body = [ellipsoid((0.13, 0.085, 0.045), (0, 0, 0.115))]
    corners = [(sx * 0.19, sy * 0.19) for sx in (-1, 1) for sy in (-1, 1)]
    arms = [rod((0, 0, 0.115), (x, y, 0.125), 0.012) for x, y in corners]
    motors = [shapes.cylinder(0.024, 0.05, 28).moved((x, y, 0.14)) for x, y in corners]
    blades: list[Shape] = []
    for k, (x, y) in enumerate(corners):
        blades.append(turned(ellipsoid((0.11, 0.014, 0.003), (0, 0, 0)), 2, 40 * k + 15).moved((x, y, 0.17)))
    skids = [rod((-0.11, s * 0.10, 0.008), (0.11, s * 0.10, 0.008), 0.008) for s in (-1, 1)]
    skids += [beam((x, s * 0.05, 0.10), (x, s * 0.10, 0.008), (0.012, 0.012)) for s in (-1, 1) for x in (-0.06, 0.06)]
    camera = [ellipsoid((0.028, 0.028, 0.028), (0.10, 0, 0.065)), rod((0.11, 0, 0.065), (0.133, 0, 0.065), 0.014)]
    return [
        part("body", [*body, *arms], _WHITE),
        part("motors", [*motors, *skids, *camera], _DARK),
        part("rotors", blades, look((0.70, 0.08, 0.02), rough=0.4)),
    ]
