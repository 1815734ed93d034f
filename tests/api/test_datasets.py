"""Datasets of frames on demand, and what training loops make of them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rendersdg
from tests.datasets import SCENE

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> rendersdg.Scene:
    path = tmp_path_factory.mktemp("scene") / "scene.yaml"
    path.write_text(SCENE)
    return rendersdg.load(path, seed=5)


@pytest.fixture(scope="module")
def data(scene: rendersdg.Scene) -> rendersdg.SceneDataset:
    return scene.dataset(frames=12, labels=["boxes", "masks"])


def equal(a: Any, b: Any) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_an_item_is_its_frame(data: rendersdg.SceneDataset) -> None:
    item, frame = data[4], data.scene.frame(4)

    assert list(item) == ["frame", "rgb", "classes", "boxes", "masks"]
    assert item["frame"] == 4 and np.array_equal(item["rgb"], frame.rgb)
    assert [data.classes[k] for k in item["classes"]] == frame.labels
    assert np.array_equal(item["boxes"], frame.boxes) and np.array_equal(item["masks"], frame.masks)


def test_it_counts_as_a_list_does(data: rendersdg.SceneDataset) -> None:
    assert len(data) == 12 and len(data[2:10:3]) == 3
    assert [item["frame"] for item in data[2:10:3]] == [2, 5, 8]
    assert data[2:10:3][-1]["frame"] == 8 and data[-1]["frame"] == 11
    assert [item["frame"] for item in data.__getitems__([3, 1])] == [3, 1]
    with pytest.raises(IndexError, match="item 12 of a dataset of 12 frames"):
        data[12]
    assert equal(pickle.loads(pickle.dumps(data))[7], data[7])


def test_labels_are_what_was_asked_for(scene: rendersdg.Scene) -> None:
    labels = ["semantic", "depth", "instances", "camera", "values", "normals"]
    data = scene.dataset(frames=range(3, 5), labels=labels)
    item, frame = data[0], scene.frame(3)

    assert set(item) == {"frame", "rgb", "classes", *labels}
    assert item["frame"] == 3
    assert np.array_equal(item["depth"], frame.depth) and np.array_equal(item["instances"], frame.instances)
    assert np.array_equal(item["normals"], frame.annotate("normals"))  # type: ignore[typeddict-item]
    for k, name in enumerate(data.classes, 1):
        union = np.any([o.mask for o in frame.objects if o.label == name], axis=0)
        assert np.array_equal(item["semantic"] == k, union & (item["semantic"] == k)) and (item["semantic"] == k).any()
    assert np.array_equal(item["semantic"] > 0, frame.masks.any(0))


def test_a_class_that_is_not_listed_is_an_error_and_a_filter_chooses(scene: rendersdg.Scene) -> None:
    with pytest.raises(rendersdg.BadScene, match="class 'box', which is not among the dataset's"):
        scene.dataset(frames=2, classes=["ball", "floor"])[0]
    balls = scene.dataset(frames=2, semantic_filter="class:ball")
    assert balls.classes == ("ball",) and set(balls[0]["classes"].tolist()) == {0}
    assert len(balls[0]["boxes"]) < len(scene.dataset(frames=2)[0]["boxes"])


def test_a_target_is_as_torchvision_takes_it(data: rendersdg.SceneDataset) -> None:
    image, target = data.torch()[4]
    item = data[4]

    assert image.shape == (3, 72, 96) and image.dtype == torch.float32
    assert np.array_equal((image.numpy() * 255).round().transpose(1, 2, 0), item["rgb"])
    assert np.array_equal(target["labels"], item["classes"] + 1)
    assert np.array_equal(target["area"], item["masks"].sum((1, 2)))
    assert target["boxes"].dtype == torch.float32 and target["masks"].dtype == torch.uint8
    _, classes = data.torch("segmentation")[4]
    assert classes.shape == (72, 96) and classes.dtype == torch.int64
    with pytest.raises(rendersdg.BadArgument, match="not coco or segmentation"):
        data.torch("yolo")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_give_the_same_items(data: rendersdg.SceneDataset, method: str) -> None:
    here = [data.torch()[k] for k in range(4)]

    loader = torch.utils.data.DataLoader(
        data[:4].torch(format="coco"), num_workers=1, multiprocessing_context=method, batch_size=1
    )

    for (image, target), (images, targets) in zip(here, loader):
        assert torch.equal(images[0], image)
        assert all(torch.equal(targets[k][0], target[k]) for k in target)


@pytest.mark.parametrize("labels", [["boxes"], ["boxes", "masks"], ["semantic"]])
def test_batches_of_a_worker_are_those_made_here(scene: rendersdg.Scene, labels: list[str]) -> None:
    frames = scene.dataset(4, labels=labels).torch("segmentation" if "semantic" in labels else "coco")

    here = list(frames.loader(batch_size=2))
    sent = list(frames.loader(batch_size=2, num_workers=1, multiprocessing_context="fork"))

    assert len(here) == len(sent) == 2
    for (images, targets), (other_images, other_targets) in zip(here, sent):
        assert all(torch.equal(a, b) and a.dtype == b.dtype for a, b in zip(images, other_images))
        for a, b in zip(targets, other_targets):
            a, b = ({"": t} if torch.is_tensor(t) else t for t in (a, b))
            assert list(a) == list(b) and all(torch.equal(a[k], b[k]) and a[k].dtype == b[k].dtype for k in a)


def raised(batch: Any) -> Any:
    """Join samples, and give each object another class."""
    for _, target in batch:
        target["labels"] += 5
    return [image for image, _ in batch], [target for _, target in batch]


def test_what_a_collate_of_ones_own_changes_in_a_worker_arrives(data: rendersdg.SceneDataset) -> None:
    frames = data[:4].torch()

    loader = torch.utils.data.DataLoader(
        frames, batch_size=2, num_workers=1, multiprocessing_context="fork", collate_fn=raised
    )
    images, targets = next(iter(loader))

    assert torch.equal(images[1], frames[1][0]) and len(images) == 2
    assert torch.equal(targets[1]["labels"], frames[1][1]["labels"] + 5)
    assert torch.equal(targets[1]["masks"], frames[1][1]["masks"])


def test_a_sample_goes_to_other_processes_without_its_tensors(data: rendersdg.SceneDataset) -> None:
    frames = data.torch()

    batch = frames.collate([frames[k] for k in range(3)])

    assert len(pickle.dumps(batch)) < 3 * (72 * 96 * 3 + 5000)  # a byte for each channel, and little more
    assert len(pickle.loads(pickle.dumps(batch))[0]) == 3


@pytest.mark.parametrize("name", ["labels", "boxes", "masks", "new"])
def test_a_sample_that_was_changed_keeps_the_change(data: rendersdg.SceneDataset, name: str) -> None:
    sample = data.torch()[4]
    if name == "new":
        sample[1]["new"] = torch.ones(1)
    else:
        sample[1][name] += 1

    images, targets = pickle.loads(pickle.dumps(data.torch().collate([sample])))

    assert torch.equal(images[0], sample[0]) and torch.equal(targets[0][name], sample[1][name])


def test_samples_and_batches_are_tuples_to_libraries_that_make_them_anew(data: rendersdg.SceneDataset) -> None:
    sample = data.torch()[4]
    batch = data.torch().collate([sample, sample])

    for value in (sample, batch):
        moved = type(value)(part for part in value)  # as accelerate and Lightning do to move tensors to a device
        assert len(moved) == 2 and moved[0] is value[0] and moved[1] is value[1]
        assert type(pickle.loads(pickle.dumps(moved))) is tuple and type(pickle.loads(pickle.dumps(value))) is tuple


def test_an_image_is_what_torch_makes_of_the_picture(data: rendersdg.SceneDataset) -> None:
    image, target = data.torch()[4]
    item = data[4]

    assert torch.equal(image, torch.from_numpy(item["rgb"]).permute(2, 0, 1).float() / 255)
    assert torch.equal(target["area"], torch.from_numpy(item["masks"]).sum((1, 2)).float())


def test_batches_join_what_differs_in_number(data: rendersdg.SceneDataset) -> None:
    images, targets = next(iter(data.torch().loader(batch_size=3)))

    assert len(images) == len(targets) == 3
    assert targets[2]["image_id"] == 2


def train(data: Any, steps: int, state: Any = None) -> Any:
    """Train a layer for some steps of two samples and return all that a checkpoint holds."""
    torch.manual_seed(0)
    net = torch.nn.Linear(3, 1)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    sampler = rendersdg.FrameSampler(data, shuffle=True, seed=4)
    if state is not None:
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        sampler.load_state_dict(state["sampler"])
    done = 0
    while done < steps:
        loader = torch.utils.data.DataLoader(data, batch_size=2, sampler=sampler, collate_fn=data.collate)
        for images, targets in loader:
            wanted = torch.tensor([[float(len(t["boxes"]))] for t in targets])
            loss = (net(torch.stack([i.mean((1, 2)) for i in images])) - wanted).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sampler.take(len(images))
            done += 1
            if done == steps:
                break
    return {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "sampler": sampler.state_dict()}


def test_a_training_that_is_resumed_ends_with_the_same_weights(data: rendersdg.SceneDataset) -> None:
    frames = data[:7].torch()  # an odd number, so that rounds end within a batch

    whole = train(frames, 9)
    resumed = train(frames, 4, train(frames, 5))

    assert whole["sampler"] == resumed["sampler"]
    assert all(torch.equal(whole["net"][k], resumed["net"][k]) for k in whole["net"])


def test_each_round_has_its_own_order_of_all_items() -> None:
    sampler = rendersdg.FrameSampler(range(50), shuffle=True, seed=1)

    assert sorted(sampler.order(0)) == sorted(sampler.order(1)) == list(range(50))
    assert sampler.order(0) != sampler.order(1) and sampler.order(1) == sampler.order(1)
    sampler.take(70)
    assert list(sampler) == sampler.order(1)[20:] and len(sampler) == 30
    assert list(rendersdg.FrameSampler(range(3), shuffle=False)) == [0, 1, 2]
    with pytest.raises(rendersdg.BadArgument, match="consumed=-1"):
        rendersdg.FrameSampler(range(3), consumed=-1)


def test_scenes_without_an_end_need_a_number(tmp_path: Path) -> None:
    path = tmp_path / "endless.yaml"
    path.write_text(SCENE.replace("{max_execs: 12}", "{}"))
    scene = rendersdg.load(path)

    assert scene.length is None
    with pytest.raises(rendersdg.BadArgument, match="give frames=N"):
        scene.dataset()
    assert len(scene.dataset(frames=10**8)) == 10**8
