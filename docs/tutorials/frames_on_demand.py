# %% [markdown]
# # Frames on demand in a training loop
#
# A dataset of a million frames takes no disk: frame i is rendered when the loop asks for it. Here a small network
# learns to count objects; what matters is how the data come.

# %%
import torch

import rendersdg

torch.manual_seed(1)
scene = rendersdg.load("scenes/stereo_pair.yaml", seed=7)
data = scene.dataset(frames=1_000_000, labels=["boxes"])
frames = data[:8].torch()  # eight of them, so that this page runs in seconds
image, target = frames[5]
print(image.shape, target["boxes"].shape)

# %% [markdown]
# The sampler keeps an order that a resumed training goes on with. With `num_workers` processes render ahead; a script
# then needs `if __name__ == "__main__":` around its main part.

# %%
sampler = rendersdg.FrameSampler(frames, shuffle=True, seed=1)
loader = torch.utils.data.DataLoader(frames, batch_size=4, sampler=sampler, collate_fn=frames.collate)
model = torch.nn.Sequential(
    torch.nn.AdaptiveAvgPool2d(16), torch.nn.Flatten(), torch.nn.Linear(3 * 16 * 16, 16), torch.nn.ReLU(),
    torch.nn.Linear(16, 1),
)  # fmt: skip
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)

# %%
for images, targets in loader:
    counts = torch.tensor([[float(len(t["boxes"]))] for t in targets])
    loss = torch.nn.functional.mse_loss(model(torch.stack(list(images))), counts)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    sampler.take(len(images))  # say what the training has learnt from
    print(f"loss {loss.item():.2f}")

# %% [markdown]
# Keep the sampler's state with your checkpoint. A new sampler that is given it goes on where this one was, and frames
# are the same: so the weights end the same.

# %%
checkpoint = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "order": sampler.state_dict()}
resumed = rendersdg.FrameSampler(frames, shuffle=True, seed=1)
resumed.load_state_dict(checkpoint["order"])
assert list(resumed)[:4] == list(sampler)[:4]
