"""How alike two renderers' datasets of one scene are: boxes, masks, depth and colour, frame by frame."""
