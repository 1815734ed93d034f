# %% [markdown]
# # A study: what are rendered images worth?
#
# A study trains one detector on more and more real images, with and without rendered ones, and says how many real
# labels the rendered ones replace. Here the same scene stands for the photographs, and everything is tiny: the page
# shows how it is done, not what comes out.

# %%
import csv
import subprocess
import sys
from pathlib import Path

import rendersdg

scene = rendersdg.load("scenes/bolts_and_gears.yaml", seed=7)
print(scene.classes)

# %% [markdown]
# The set that stands for photographs is the same scene with another seed. Yours is a COCO, YOLO or KITTI set.

# %%
photographs = rendersdg.load("scenes/bolts_and_gears.yaml", seed=1000)
photographs.render("photographs", frames=8)

# %% [markdown]
# The study itself is a file. `per_class` are the amounts of real images that are tried, `arms` what is learnt from:
# real ones alone, and those after a start with rendered ones (`finetune`). A real study tries several amounts,
# `[10, 25, 50]` say, with `size: 320` and `steps: 1000`.

# %%
study = """
real: {data: photographs, split: {by: hash, shares: {train: 0.6, val: 0.4}}}
synthetic: {scene: scenes/bolts_and_gears.yaml, frames: 6, seed: 3}
per_class: [2]
arms: [real, finetune]
seeds: [0]
recipe: {detector: yolo11n, size: 64, steps: 3, batch: 4, warmup: 1, device: cpu}
of_arm: {finetune: {steps: 2, rate: 0.001}}
"""
Path("study.yaml").write_text(study)

# %% [markdown]
# It runs from the command line (`!rendersdg study study.yaml -o study` in a notebook), where it can be stopped and goes
# on. `--jobs 2` runs two trainings at a time.

# %%
command = [sys.executable, "-m", "rendersdg", "study", "study.yaml", "-o", "study", "--resamples", "20", "-q"]
subprocess.run(command, check=True)

# %% [markdown]
# `study.csv` has a row for each arm and amount: the score with its interval over images and seeds, and what the
# rendered images gain. From several amounts it also tells how many real images alone would score the same. `study.png`
# draws the curves.

# %%
for row in csv.DictReader(Path("study/study.csv").read_text().splitlines()):
    print(row["arm"], "with", row["images"], "real images: mAP50", row["map50"], "gain", row["gain"])
