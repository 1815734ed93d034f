# %% [markdown]
# # A first dataset
#
# A scene that comes with rendersdg becomes a dataset on disk, which is read back and checked.

# %%
import json
from pathlib import Path

import rendersdg

scene = rendersdg.load("scenes/fruit_crate.yaml", seed=7)
scene.frame(3)  # a notebook shows a frame with its labels

# %% [markdown]
# What is in the picture, and where:

# %%
frame = scene.frame(3)
for thing in frame.objects[:5]:
    print(f"{thing.label:12s} {thing.box}")

# %% [markdown]
# `scene.render` writes what `rendersdg render` writes, by the scene's own writers. With `workers=4` four processes do
# it, and the bytes are the same.

# %%
done = scene.render("fruit", frames=4)
print(done.root)  # the checksum over all files

# %% [markdown]
# A script that runs this as a file and starts workers needs `if __name__ == "__main__":` around its main part.
#
# The files can be read by anything that knows their format:

# %%
[labels] = Path("fruit").rglob("instances.json")
coco = json.loads(labels.read_text())
print(len(coco["images"]), "images,", len(coco["annotations"]), "objects of", len(coco["categories"]), "classes")

# %% [markdown]
# The boxes of a frame in memory are those of the file: frame 3 is the same wherever it is made.

# %%
image = sorted(coco["images"], key=lambda entry: entry["file_name"])[3]
written = sorted(tuple(a["bbox"]) for a in coco["annotations"] if a["image_id"] == image["id"])
made = sorted((x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in frame.boxes.tolist())
assert written == made
