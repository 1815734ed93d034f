# %% [markdown]
# # A scene with defects
#
# A steel plate is built in Python, and gets scratches and dents with masks. Sizes of defects are millimetres.

# %%
import rendersdg

scene = rendersdg.new_scene("plate", seed=3)
with scene as rep:
    rep.settings.set_stage_meters_per_unit(1.0)
    rep.settings.set_stage_up_axis("Z")
    plate = rep.create.cube(scale=(0.12, 0.09, 0.008), position=(0, 0, -0.004))
    rep.create.light(light_type="dome", intensity=500)
    rep.create.light(
        light_type="rect", position=(-0.3, 0.1, 0.2), look_at=(0, 0, 0), scale=(0.05, 0.3, 1), intensity=20000
    )
    eye = rep.create.camera(
        position=(0, 0, 0.4), look_at=(0, 0, 0), look_at_up_axis=(0, 1, 0), focal_length=64, clipping_range=(0.01, 5)
    )
    view = rep.create.render_product(eye, (320, 240))
    with rep.trigger.on_frame(max_execs=100):
        with plate:
            rep.surfaces.ground(level=0.4, lines=0.1, metallic=0.6, roughness=0.5)
            rep.defects.scratch(count=2, length=rep.distribution.uniform(15, 40), width=0.5, gain=2.0, in_view=True)
            rep.defects.dent(count=1, diameter=rep.distribution.uniform(6, 12), depth=0.8, in_view=True)
    writer = rep.WriterRegistry.get("CocoWriter", init_params={"output_dir": "plate"})
    writer.attach([view])

frame = scene.frame(0)
frame

# %% [markdown]
# Each defect has a mask: the pixels where light really changes. A defect that hardly shows has few pixels, or none.

# %%
for thing, mask in zip(frame.objects, frame.masks):
    print(thing.label, int(mask.sum()), "pixels")
kinds = {thing.label for n in range(3) for thing in scene.frame(n).objects}
print(kinds)

# %% [markdown]
# What was drawn for this frame is known, too:

# %%
print(frame.values)

# %% [markdown]
# The scene is YAML, for the command line and for colleagues:

# %%
scene.save("plate.yaml")
again = rendersdg.load("plate.yaml", seed=3)
assert (again.frame(0).rgb == frame.rgb).all()
