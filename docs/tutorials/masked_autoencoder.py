# %% [markdown]
# # Learning without labels: a masked autoencoder
#
# A vision transformer cuts a picture into patches. Each patch becomes a token, and every token looks at all others.
# To learn without labels, most patches are taken away: the network sees those that are left and says what the others
# hold. Who can do that knows what goes with what, and then learns classes from few labels.
#
# The code is in `detectors/vision`, to be read in this order: `vit.py`, `mae.py`, `learning.py`. This page runs its
# parts on a few rendered frames, so small that it takes seconds.

# %%
from pathlib import Path

import cv2
import numpy as np
import torch

import rendersdg
from detectors.vision.learning import ViTRecipe, load_mae, train_mae, train_vit
from detectors.vision.mae import MaskedAutoencoder
from detectors.vision.pictures import images_of_tensor, pictures_of, sheet
from detectors.vision.vit import ViT, ViTSize, patches_of, tensor_of

rendersdg.load("scenes/bolts_and_gears.yaml", seed=7).render("frames", frames=6)
pictures = pictures_of("frames", 32)
print(pictures.images.shape, pictures.classes)

# %% [markdown]
# ## Patches as tokens
#
# A picture of 32 x 32 pixels has 64 patches of 4 x 4. Each is a row of 48 numbers (three colours); a matrix makes a
# token of it, and waves of its row and column are added, so that the token says where it stands.

# %%
size = ViTSize(size=32, patch=4, width=32, heads=2, depth=2)
images = tensor_of(pictures.images, 32)
print(patches_of(images, 4).shape)
print(ViT(size)(images).shape)

# %% [markdown]
# ## Most patches are taken away
#
# The encoder gets a quarter of the tokens. What is covered costs nothing, so it trains four times as fast. The decoder
# puts what was found back where it stood, fills the rest with one token that stands for "covered", and says of each
# patch what it holds. The loss looks at covered patches alone. Each is counted from its own mean in its own spread, so
# a network that says nothing has a loss of 1.

# %%
network = MaskedAutoencoder(size)
said, covered = network(images)
print(said.shape, "covered:", int(covered.sum()), "of", covered.numel())

# %% [markdown]
# `rendersdg vision mae DATA -o RUN` does this from the command line, on rendered frames or on photographs.

# %%
log = train_mae(pictures, size, ViTRecipe(epochs=30, batch=6, rate=2e-3), Path("mae"))
print([round(row["loss"], 2) for row in log[::10]], "->", round(log[-1]["loss"], 2))

# %% [markdown]
# ## Looking at it
#
# Three rows: pictures, what is seen of them, and what the network says of the rest. After so little it says no more
# than how light and dark go on. After 40 passes over 4,200 rendered pictures of steel it carries bands, patches and
# scratches on, of photographs that it never saw:
#
# ![photographs of steel, what is seen of them, what is said of the rest](../images/mae_steel.jpg)

# %%
left, filled = load_mae(Path("mae")).reconstructed(images)
rows = np.concatenate([images_of_tensor(each) for each in (images, left, filled)])
Path("reconstructed.png").write_bytes(sheet(rows, np.repeat(np.arange(3), len(images))))
print(cv2.imread("reconstructed.png").shape)

# %% [markdown]
# ## Then classes
#
# The decoder goes, the encoder stays, and a layer on the mean of its tokens says the class. `layer_rate` lets the
# encoder learn more slowly than that layer, so that it keeps what it knows (`rendersdg vision classify DATA --weights
# RUN`).

# %%
encoder = load_mae(Path("mae")).encoder
recipe = ViTRecipe(epochs=5, batch=6, rate=1e-3, layer_rate=0.3)
log = train_vit(pictures, size, recipe, Path("classifier"), encoder=encoder, val=pictures)
print([round(row["top1"], 2) for row in log])
print(torch.load("classifier/model.pt", weights_only=True)["classes"])
