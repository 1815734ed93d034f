"""Isaac Sim's modules, as far as scripts use them: a file each. ``rendersdg.omni.modules`` says which file is which.

Isaac Sim has three generations, ``omni.isaac.core``, ``isaacsim.core`` and ``isaacsim.core.experimental``. They share
most of their helpers, which are in ``utils``; what the newest does otherwise is in ``experimental``.
"""
