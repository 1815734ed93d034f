"""Kit's modules, as far as scripts use them: a file each. ``rendersdg.omni.modules`` says which file is which module.

``__all__`` of a file are the names that scripts see; whatever else it holds is for the other files here.
"""
