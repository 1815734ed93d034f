"""A Warp kernel as an augmentation."""

import omni.replicator.core as rep
import warp as wp


@wp.kernel
def halved(data_in: wp.array(dtype=wp.uint8, ndim=3), data_out: wp.array(dtype=wp.uint8, ndim=3), share: float):
    i, j = wp.tid()
    for c in range(4):
        data_out[i, j, c] = wp.uint8(float(data_in[i, j, c]) * share)


cube = rep.create.cube()
rep.create.light(light_type="dome")
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 12))
plain, half = rep.annotators.get("rgb"), rep.annotators.augment("rgb", halved, share=0.5)
for annotator in (plain, half):
    annotator.attach(rp)
rep.orchestrator.step()
assert (half.get_data() == plain.get_data() // 2).all() and half.get_data().max() == 127


# what a kernel's function declares stands where nothing is given; a shape below 0 is that of the data
@wp.kernel
def grey(
    data_in: wp.array(dtype=wp.uint8, ndim=3),
    data_out: wp.array(dtype=wp.uint8, ndim=3),
    share: float = 0.25,
    seed: int = 7,
):
    i, j = wp.tid()
    data_out[i, j, 0] = wp.uint8(float(data_in[i, j, 0]) * share)
    data_out[i, j, 1] = wp.uint8(seed)


@wp.kernel
def seeded(data_in: wp.array(dtype=wp.uint8, ndim=3), data_out: wp.array(dtype=wp.int32, ndim=2), seed: int):
    i, j = wp.tid()
    data_out[i, j] = seed


augment, from_function = rep.annotators.augment, rep.annotators.Augmentation.from_function
usual = augment("rgb", from_function(grey, data_out_shape=(-1, -1, 2)))
whole = augment("rgb", from_function(grey, data_out_shape=(-1, 16, 2), share=1.0))
drawn = [augment("rgb", from_function(seeded, data_out_shape=(-1, -1), seed=s)) for s in (None, -1, 5)]
left = augment("rgb", from_function(seeded, data_out_shape=(-1, -1)))
for annotator in (usual, whole, left, *drawn):
    annotator.attach(rp)
rep.orchestrator.step()
red = plain.get_data()[..., 0]
assert usual.get_data().shape == (12, 16, 2) and (usual.get_data()[..., 0] == red // 4).all()
assert (usual.get_data()[..., 1] == 7).all() and (whole.get_data()[..., 0] == red).all()
before = [a.get_data() for a in (*drawn, left)]
assert all(len(set(d.ravel().tolist())) == 1 and d.min() >= 0 for d in before) and before[2].max() == 5
rep.orchestrator.step()
assert [bool((a.get_data() == b).all()) for a, b in zip((*drawn, left), before)] == [False, False, True, False]

for parameters, text in (
    ({}, "the kernel halved has no value for share"),
    ({"data_out_shape": (2, 2, 2, -1)}, "lacks"),
):
    wrong = augment("rgb", from_function(halved, **parameters))
    wrong.attach(rp)
    try:
        rep.orchestrator.step()
        wrong.get_data()
    except Exception as error:
        assert text in str(error), error
    else:
        raise AssertionError
    wrong.detach()
