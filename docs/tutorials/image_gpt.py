# %% [markdown]
# # An image GPT: a transformer to read
#
# A language model guesses the next word from all words before it. An image GPT does the same with pixels: it reads a
# picture from its top left corner and says of each pixel how likely every level of brightness is. Whoever can do that
# can also make pictures: draw a pixel, put it at the end, ask for the next one.
#
# The code is `detectors/vision/gpt.py`, one file to read from top to bottom. This page runs its parts on a few rendered
# frames, so small that it takes seconds.

# %%
from pathlib import Path

import cv2
import numpy as np
import torch

import rendersdg
from detectors.vision.gpt import GPTRecipe, bits_per_dimension, drawn, load_gpt, tokens_of, train_gpt
from detectors.vision.pictures import pictures_of, sheet

rendersdg.load("scenes/bolts_and_gears.yaml", seed=7).render("frames", frames=6)
pictures = pictures_of("frames", 8)
print(pictures.images.shape, pictures.classes)

# %% [markdown]
# ## Pictures as tokens
#
# A transformer takes rows of numbers from a small set, its tokens. So the picture is made small and grey, and its 256
# levels become 16. A row of 8 x 8 pixels has 64 tokens.

# %%
tokens = tokens_of(pictures.images, size=8, levels=16, is_grey=True)
print(tokens.shape)
print(tokens[0].reshape(8, 8))

# %% [markdown]
# ## What the network says
#
# The network is a stack of blocks. In each, a token looks at all tokens before it (attention), then thinks for itself
# (two layers). At the end it gives a number for each level of the *next* token; a softmax makes chances of them.
#
# A network that has learned nothing finds all levels alike. A token then costs log2(16) = 4 bits: that is what an ideal
# coder needs that asks this network.

# %%
recipe = GPTRecipe(size=8, levels=16, width=32, heads=2, depth=2, epochs=20, batch=4, rate=3e-3)
network = recipe.network(len(pictures.classes))
rows, classes = torch.from_numpy(tokens), torch.from_numpy(pictures.labels)
logits = network(rows, classes)
print(logits.shape, "bits:", float(bits_per_dimension(logits, rows).detach()))

# %% [markdown]
# No token may see itself, or learning would be copying. Change the eleventh token, and what is said of the first eleven
# stays the same to the bit. What is said of the twelfth changes.

# %%
other = rows.clone()
other[:, 10] = (other[:, 10] + 1) % 16
changed = network(other, classes)
print(torch.equal(logits[:, :11], changed[:, :11]), torch.equal(logits[:, 11], changed[:, 11]))

# %% [markdown]
# ## Learning
#
# To learn is to lower the bits. The log has a row for each pass over the pictures (`rendersdg vision gpt DATA -o RUN`
# does the same from the command line). It knows these few frames by heart in the end; give pictures with `val` to see
# what it knows of others.

# %%
log = train_gpt(pictures, recipe, Path("gpt"))
print([round(row["bits"], 2) for row in log[::5]], "->", round(log[-1]["bits"], 2))

# %% [markdown]
# ## Making pictures
#
# Drawing is token by token. Keys and values of the tokens that are there are kept, so that a new one costs a row of
# attention. `warmth` below 1 prefers likely levels. After 8 passes over 3,200 photographs (CIFAR-10, 16 grey pixels, 32
# levels) it needs 3.01 bits a pixel for photographs that it never saw, where knowing nothing takes 5. What it makes has
# the ground, edges and contrast of photographs, and no object yet; a row is a class:
#
# ![rows of made pictures, a row a class](../images/image_gpt.png)

# %%
network, recipe, names = load_gpt(Path("gpt"))
labels = np.repeat(np.arange(len(names)), 4)
made = drawn(network, recipe, labels, warmth=0.8)
Path("samples.png").write_bytes(sheet(made, labels))
print(cv2.imread("samples.png").shape)
