"""Steps, rays, overlaps and engines by the interfaces of Isaac Sim 6."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import carb
import omni.physics.core
import omni.replicator.core as rep
import omni.timeline
import omni.usd
from _checks import near, stage
from omni.metrics.assembler.core import get_metrics_assembler_interface
from omni.physics.core import get_physics_scene_query_interface, get_physics_simulation_interface
from pxr import PhysicsSchemaTools, UsdPhysics

f = rep.functional
f.physics.create_physics_scene("/PhysicsScene", timeStepsPerSecond=60)
for name, x in (("a", 0), ("b", 5)):
    f.physics.apply_rigid_body(f.create.cube(name=name, position=(x, 0, 4)), with_collider=True, disableGravity=True)
f.physics.apply_collider(f.create.cube(name="floor", position=(0, 0, -0.5), scale=(20, 20, 1)))


def path_of(number):
    return str(PhysicsSchemaTools.intToSdfPath(number))


query = get_physics_scene_query_interface()
is_hit, hit = query.raycast_closest(carb.Float3(0, 0, 10), carb.Float3(0, 0, -1), 100.0, True)
assert is_hit and path_of(hit.rigid_body) == "/a" == path_of(hit.collision)
near(hit.distance, 5.5)
near(hit.position, (0, 0, 4.5))
near(hit.normal, (0, 0, 1))
assert query.raycast_closest((0, 0, 10), (0, 0, 1), 100.0)[0] is False
seen = []
assert query.raycast_all((0, 0, 10), (0, 0, -1), 100.0, lambda h: seen.append(path_of(h.rigid_body)) or True)
assert seen == ["/a", "/floor"]
found = []


def on_hit(hit):
    found.append(path_of(hit.rigid_body))
    return True


box = carb.Float3(10, 10, 1), carb.Float3(0, 0, 4), carb.Float4(0, 0, 0, 1)
assert query.overlap_box(*box, on_hit) == 2 and found == ["/a", "/b"]
assert query.overlap_box_any(*box) and query.overlap_sphere_any(1.0, (5, 0, 4.2))
assert not query.overlap_sphere_any(1.0, (5, 0, 6))

# steps: before and after, with a context, until the subscription is dropped
simulation = get_physics_simulation_interface()
order = []


def a_x():
    return stage().GetPrimAtPath("/a").GetAttribute("xformOp:translate").Get()[0]


before = simulation.subscribe_physics_on_step_events(
    pre_step=True, order=0, on_update=lambda dt, context: order.append(("before", dt, a_x()))
)
after = simulation.subscribe_physics_on_step_events(
    pre_step=False, order=0, on_update=lambda dt, context: order.append(("after", dt, a_x()))
)
stage().GetPrimAtPath("/a").GetAttribute("physics:velocity").Set((6, 0, 0))
timeline = omni.timeline.get_timeline_interface()
timeline.set_end_time(1000)
timeline.play()
app.update()
assert [(when, round(dt * 60, 6)) for when, dt, _ in order] == [("before", 1), ("after", 1)], order
near([x for *_, x in order], (0, 0.1), 1e-3)
before.unsubscribe()
after.unsubscribe()
time = timeline.get_current_time()
for _ in range(30):  # half a second by hand: the timeline stays where it is
    simulation.simulate(1 / 60, 0)
near(a_x(), 3.1, 1e-2)
near(timeline.get_current_time(), time)
assert len(order) == 2

engines = omni.physics.core.get_physics_interface()
(number,) = engines.get_simulation_ids()
assert engines.get_simulation_name(number).lower() == "physx" and engines.is_simulation_active(number)
assert number != omni.physics.core.k_invalid_simulation_id
assert simulation.get_attached_stage() == omni.usd.get_context().get_stage_id()
assert simulation.is_capable_of_simulating() and simulation.initialize(simulation.get_attached_stage())
simulation.flush_changes()
get_metrics_assembler_interface().resolve_stage(omni.usd.get_context().get_stage_id())
try:
    query.sweep_sphere_closest(0.1, (0, 0, 0), (0, 0, 1), 1.0)
except Exception as error:
    assert "sweeps are not offered" in str(error)
else:
    raise AssertionError("a sweep was answered")
omni.physics.core.get_physics_stage_update_interface().reset_simulation()
near(a_x(), 0)
