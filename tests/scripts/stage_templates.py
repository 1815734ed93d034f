"""``omni.kit.stage_templates``, and Isaac Sim's ``create_new_stage``: what is on the stage that each begins."""

import asyncio

import isaacsim.core.experimental.utils.stage as stage_utils
import omni.kit.stage_templates as templates
import omni.usd
from _checks import raises
from pxr import UsdGeom, UsdLux

context = omni.usd.get_context()
assert [name for group in templates.get_stage_template_list() for name in group] == [
    "empty",
    "sunlight",
    "default stage",
]
assert templates.get_default_template() == "sunlight"


def kinds():
    """Return the types of what is on the stage, but for the window's camera."""
    return {str(p.GetTypeName()) for p in context.get_stage().Traverse()} - {"Xform", "Camera", "Scope"}


called = []
templates.new_stage(lambda *result: called.append(result), template="empty")
assert kinds() == set() and context.get_stage().GetPrimAtPath("/World") and len(called) == 1
templates.new_stage(template="sunlight")
assert kinds() == {"DistantLight"}
stage = stage_utils.create_new_stage(template="default stage")
assert stage == context.get_stage() and kinds() == {"DistantLight", "DomeLight", "Mesh"}
stage_utils.create_new_stage(template="gridroom")
assert kinds() == {"SphereLight", "Mesh"}
assert not stage_utils.create_new_stage().GetPrimAtPath("/World")
raises(ValueError, lambda: stage_utils.create_new_stage(template="moonlight"))


def lamp(rootname):
    """Fill a stage by a template of the script's own."""
    UsdLux.SphereLight.Define(context.get_stage(), f"{rootname}/Lamp")


assert templates.register_template("lamp", lamp) and not templates.register_template("empty", lamp)


async def later():
    """Make stages as tasks do."""
    await templates.new_stage_async(template="lamp")
    assert context.get_stage().GetPrimAtPath("/World/Lamp").IsA(UsdLux.SphereLight)
    await stage_utils.create_new_stage_async(template="sunlight")
    assert UsdGeom.Xformable(context.get_stage().GetPrimAtPath("/Environment/defaultLight"))


asyncio.get_event_loop().run_until_complete(later())
assert templates.unregister_template("lamp") and not templates.unregister_template("lamp")
