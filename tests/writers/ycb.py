"""What YCBVideoWriter is asked for."""

from __future__ import annotations

YCB = {
    "rgb": True,
    "bounding_box_2d_tight": True,
    "semantic_segmentation": True,
    "distance_to_image_plane": True,
    "pose": True,
    "num_frames": 1,
    "class_name_to_index_map": {"box": 7},
    "factor_depth": 1000,
}
