"""A task that raises while the window runs."""

import asyncio

import omni.kit.app


async def go():
    raise ValueError("no such thing")


asyncio.ensure_future(go())
for _ in range(3):
    omni.kit.app.get_app().update()
