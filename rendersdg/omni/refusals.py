"""What of Omniverse's API scripts ask for and do not get, with the reason and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

OFFER = "is not offered by rendersdg run"
_AGENTS = "people and robots that walk by themselves are not simulated; place them, and move them between frames"
_LIDAR = "radars and acoustic sensors are not simulated; lidars are (isaacsim.sensors.rtx.LidarRtx), and cameras"
_PHYSX = "range sensors of PhysX are not simulated; lidars are (isaacsim.sensors.rtx.LidarRtx)"
_REPLAY = (
    "recorded robots are not replayed; set their joints in a loop, and call rep.orchestrator.step() for each frame"
)
_ROBOTS = "robots are articulations here (isaacsim.core.experimental.prims.Articulation), without planners or grippers"
_PRIM_SCRIPTS = (
    "scripts attached to prims do not run; randomize in a loop (rep.functional.modify.pose), or by rep.trigger and "
    "rep.randomizer"
)
_RL = (
    "environments of reinforcement learning are not stepped; set masses, frictions and poses through "
    "isaacsim.core.experimental.prims between frames"
)
_ROS = "there is no ROS here; read frames by annotators, and publish them yourself"
_TOUCH = (
    "contact, inertial and force sensors are not simulated; contacts come from "
    "omni.physx.get_physx_simulation_interface().get_contact_report()"
)
_WINDOW = "there is no window; set what it would on the stage or in carb.settings"

# By the longest name that a missing one begins with.
REFUSED: Mapping[str, str] = {
    "isaacsim.anim": _AGENTS,
    "isaacsim.cortex": _ROBOTS,
    "isaacsim.gui": _WINDOW,
    "isaacsim.replicator.agent": _AGENTS,
    "isaacsim.replicator.behavior": _PRIM_SCRIPTS,
    "isaacsim.replicator.caption": (
        "captions are written by a language model that is asked over the network; bounding boxes and labels of a "
        "frame say what is where"
    ),
    "isaacsim.replicator.domain_randomization": _RL,
    "isaacsim.replicator.episode_recorder": _REPLAY,
    "isaacsim.replicator.experimental.domain_randomization": _RL,
    "isaacsim.replicator.experimental.mobility_gen": _REPLAY,
    "isaacsim.replicator.grasping": (
        "grippers are not simulated, so grasps are not judged; pose a gripper by hand and render it"
    ),
    "isaacsim.replicator.incident": "fires, leaks and falling loads are not staged; author them on the stage",
    "isaacsim.replicator.mobility_gen": _REPLAY,
    "isaacsim.replicator.nurec_utils": "Gaussian splats and neural volumes are not rendered; render a mesh",
    "isaacsim.replicator.object": (
        "its scenes are described to another program; describe them in YAML (rendersdg schema) or in a script"
    ),
    "isaacsim.replicator.scene_blox": "scenes are not grown from tiles; place assets by rep.randomizer.scatter_2d",
    "isaacsim.replicator.synthetic_recorder": (
        "it is a window; attach a writer: rep.WriterRegistry.get('BasicWriter').initialize(...).attach(render_product)"
    ),
    "isaacsim.replicator.teleop": "nobody steers while frames are made; set joints and poses in a loop",
    "isaacsim.robot": _ROBOTS,
    "isaacsim.robot_motion": _ROBOTS,
    "isaacsim.robot_setup": _ROBOTS,
    "isaacsim.ros2": _ROS,
    "isaacsim.sensors.experimental.physics": _TOUCH,
    "isaacsim.sensors.experimental.rtx": _LIDAR,
    "isaacsim.sensors.physics": _TOUCH,
    "isaacsim.sensors.physx": f"{_PHYSX}; single rays come from omni.physx.get_physx_scene_query_interface()",
    "isaacsim.util": _WINDOW,
    "omni.ai": "behaviour trees are written by a language model that is asked over the network",
    "omni.anim": _AGENTS,
    "omni.behavior": _PRIM_SCRIPTS,
    "omni.graph.core.ExecutionAttributeState": (
        "nodes of OmniGraph are not run one by one; rep.trigger.on_custom_event and rep.utils.send_og_event say when"
    ),
    "omni.isaac.dynamic_control": f"{_ROBOTS}; bodies are RigidPrim",
    "omni.isaac.manipulators": _ROBOTS,
    "omni.isaac.motion_generation": _ROBOTS,
    "omni.isaac.range_sensor": f"{_PHYSX}; single rays come from omni.physx.get_physx_scene_query_interface()",
    "omni.isaac.ros_bridge": _ROS,
    "omni.isaac.ros2_bridge": _ROS,
    "omni.isaac.ui": _WINDOW,
    "omni.kit.scripting": _PRIM_SCRIPTS,
    "omni.kit.window": _WINDOW,
    "omni.metropolis": _AGENTS,
    "omni.ui": _WINDOW,
}


def why(name: str) -> str:
    """Return the reason why a dotted name is refused, empty where none is known. A package above refused ones, which
    is what is missing first, has theirs.

    >>> why("isaacsim.replicator.teleop.build_teleop_recorder")
    'nobody steers while frames are made; set joints and poses in a loop'
    >>> why("omni.nothing")
    ''
    """
    parts = name.split(".")
    beginnings = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    own = next((REFUSED[beginning] for beginning in beginnings if beginning in REFUSED), "")
    below = {
        other.removeprefix(f"{name}."): reason for other, reason in REFUSED.items() if other.startswith(f"{name}.")
    }
    return own or "; ".join(f"{other}: {reason}" for other, reason in below.items())


def not_offered(name: str) -> str:
    """Return what to say when a script asks for something that is not here."""
    reason = why(name)
    return f"{name} {OFFER}" + (f": {reason}" if reason else "")
