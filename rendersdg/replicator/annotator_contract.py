"""Annotators and their filters beside the public source of Replicator's: what it says, what ours give, where they part.

The source is the registration of annotators in Replicator's core (``annotators_default.py``, ``annotators.py``,
Apache-2.0, 2025), with the documentation strings in it; BasicWriter and the base Writer there; and the node reference
of ``omni.replicator.core`` and ``omni.syntheticdata``.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One thing that the source settles. ``ours`` is "same" where there is no difference."""

    name: str
    source: str
    ours: str


ANNOTATOR_CONTRACT: tuple[Row, ...] = (
    Row("`rgb`, `LdrColor`", "uint8 (H, W, 4)", "same"),
    Row("`HdrColor`", "float16 (H, W, 4)", "same"),
    Row("`normals`", "float32 (H, W, 4)", "same; world space, the fourth channel 1 where something is hit"),
    Row("`distance_to_camera`, `distance_to_image_plane`", "float32 (H, W)", "same; metres, +inf without a hit"),
    Row(
        "`motion_vectors`, `MotionVectors`",
        "float32 (H, W, 4): left and up are positive, in pixels; z and w are not used",
        "same; z and w are 0",
    ),
    Row(
        "`cross_correspondence`",
        "float32 (H, W, 4): (dx, dy) normalized to [-1, 1]; 1 where the point is occluded or truncated in one of the "
        "pictures; 1 where that can be told. Both cameras are `fisheyePolynomial`, and this one names the other in "
        "`crossCameraReferenceName`",
        "same for any projection; without a name, the next render product",
    ),
    Row(
        "`bounding_box_2d_tight`, `bounding_box_2d_loose`",
        "`semanticId` u4, `x_min` to `y_max` i4, `occlusionRatio` f4; info `idToLabels`, `bboxIds` u4, `primPaths`; "
        "tight bounds visible pixels and leaves hidden objects out, loose bounds the entire entity",
        "same; what an opacity map cuts away is not part of the entity, in loose as in tight",
    ),
    Row(
        "`bounding_box_3d`, `bounding_box_3d_360`",
        "`semanticId` u4, six f4, `transform` f4 (4, 4), `occlusionRatio` f4; stage units; `_360` lists all",
        "same",
    ),
    Row(
        "boxes of a labelled prim with labelled prims below it",
        "boxes are computed along the hierarchy of semantic prims (inputs `instanceMap`, `semanticMap` of "
        "`SdPostSemanticBoundingBox`)",
        "the box holds all that is drawn at and below the prim; one that draws nothing itself has one too",
    ),
    Row(
        "`occlusionRatio`",
        "0 fully visible, 1 fully hidden; -1 where a prim contains semantic children, and where a labelled prim has "
        "several meshes; NaN where it is outside the view",
        "same, but prims of several meshes have their true ratio. COCO, YOLO, VOC, KITTI, YCB and PoseWriter know that "
        "of parents, too",
    ),
    Row(
        "labels in segmentation",
        "a prim's own and those of its parents; of one type joined by commas",
        "same: `car,wheel`, the parent's first, each once",
    ),
    Row("labels of boxes", "the prim's own", "same"),
    Row(
        "pixels of unlabelled prims, or of labels that the filter drops",
        "below one labelled parent they are one instance",
        "same: they belong to the nearest labelled prim above that the filter keeps, else to UNLABELLED",
    ),
    Row(
        "no filter given",
        "annotators show every type (the samples list `prim:` and `shape:`); BasicWriter sets `class:*` for all",
        "annotators show every type; each writer has `class:*` of its own, which does not reach other annotators",
    ),
    Row(
        "`semanticTypes`, `semanticFilter`",
        "`semanticTypes=[a, b]` is `a:*; b:*`; given both, the types win; only labels that match are shown "
        "(`matchingLabels`), labels of parents do not help to match (`hierarchicalLabels` False)",
        "same, but both at once is an error",
    ),
    Row("`semantic_segmentation`", "uint32 (H, W); info `idToLabels`; `colorize`", "same; (H, W, 4) uint8 colours"),
    Row(
        "`instance_segmentation`",
        "uint32 (H, W); info `idToLabels` id to prim path, `idToSemantics` id to labels",
        "same",
    ),
    Row("`instance_id_segmentation`", "uint32 (H, W), the renderer's instances; for debugging", "one id a drawn prim"),
    Row(
        "`shaded_instance_segmentation`, `_id_`, `shaded_semantic_segmentation`",
        "uint8 (H, W, 3), shaded by surface normals, without info",
        "same",
    ),
    Row(
        "`pointcloud`",
        "float32 (N, 3) in the world; info `pointNormals` f4 (4 N,), `pointRgb` u1 (4 N,), `pointSemantic` and "
        "`pointInstance` u1 (N,)",
        "same, but a row a point, (N, 4), which scripts that reshape and those that do not can read; ids that need "
        "more than a byte are u4",
    ),
    Row("`CameraParams`, `camera_params`", "the keys of the sample, and `cameraOpenCVFx`, `cameraOpenCVFy`", "same"),
    Row(
        "`skeleton_data`",
        "`jointOcclusions` bool, `skeletonJoints` and `occlusionTypes` one text of a list a skeleton, the rest with "
        "`...Sizes`; a joint is hidden where its pixel is not the body's; `skeleton_data` is text for `eval`",
        "same; what lies behind a joint does not hide it. The text is under `skeletonData`, too",
    ),
    Row("`ReferenceTime`", "`referenceTimeNumerator`, `referenceTimeDenominator`", "same"),
    Row("`occlusion`", "`instanceId` u4, `semanticId` u4, `occlusionRatio` f4", "same, with the ratios of boxes"),
    Row(
        "`SmoothNormal`, `BumpNormal`, `Motion2d`, `Reflections`; `DepthLinearized`",
        "float32, 4 channels; float32, 1",
        "same",
    ),
    Row(
        "`AmbientOcclusion`, `SpecularAlbedo`, `DirectDiffuse`, `DirectSpecular`, `IndirectDiffuse`, `Pt...`",
        "float16, 4 channels",
        "same",
    ),
    Row("`DiffuseAlbedo`, `Roughness`", "uint8, 4 channels", "same"),
    Row("`EmissionAndForegroundMask`", "float16, 1 channel", "refused"),
    Row(
        "`DepthSensorDistance`, `DepthSensorImager`; `...PointCloudPosition`; `...PointCloudColor`",
        "float32, 1 channel; float32, 4; uint8, 4",
        "refused: depth sensors are not simulated",
    ),
    Row(
        "`Attribute`",
        "must be initialised with `prims` and `attribute`; the values of all prims in one flat array",
        "refused: read the attribute from the stage",
    ),
    Row(
        "`get_data()` before `attach()`",
        "AnnotatorError",
        "same",
    ),
    Row(
        "`attach()` of several render products",
        "NotImplementedError",
        "a mapping of their data by name",
    ),
    Row(
        "`metadata.txt`",
        "each writer with a backend writes name, version and `replicator_global_seed:`, the colon included",
        "same for BasicWriter, KittiWriter, PoseWriter, DOPEWriter and CosmosWriter",
    ),
)


def section() -> list[str]:
    """Return the table as lines of Markdown."""
    return [
        "## Annotators by their source",
        "",
        "What the public source of Replicator's annotators says, and what the ones here give.",
        "",
        "| what | the source | here |",
        "|---|---|---|",
        *(f"| {row.name} | {row.source} | {row.ours} |" for row in ANNOTATOR_CONTRACT),
        "",
    ]
