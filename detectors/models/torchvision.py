"""torchvision's detectors, built for training from scratch: live batch normalisation,
sizes fit for few objects an image.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import mobilenet_v3_large, resnet
from torchvision.models.detection import FCOS, FasterRCNN, RetinaNet, ssdlite320_mobilenet_v3_large
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN, _mobilenet_extractor
from torchvision.models.detection.image_list import ImageList
from torchvision.models.vision_transformer import VisionTransformer
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelP6P7

from detectors.contract import Detector, Target
from detectors.detections import MOST_DETECTIONS
from detectors.models.efficientnet_lite import EfficientNetLite, imagenet_state, load_strictly, renamed
from detectors.vision.fastervit import FasterViT, FasterViTSize
from rendersdg.errors import BadArgument

_LEAST_SCORE = 0.001
_AS_THEY_ARE = {"image_mean": [0.0, 0.0, 0.0], "image_std": [1.0, 1.0, 1.0]}  # for a backbone that normalizes images


class TorchvisionDetector(Detector):
    """A torchvision detection model; ``background`` is 1 where its label 0 means background."""

    background = 0

    def __init__(self, net: nn.Module, rate: float = 5e-4) -> None:
        super().__init__()
        self.net = net
        self.rate = rate

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalars of the loss; see :meth:`Detector.losses`."""
        truth = [{"boxes": t.xyxy, "labels": t.labels + self.background} for t in targets]
        return dict(self.net(list(images), truth))

    def stages(self) -> list[list[nn.Module]]:
        """Return the backbone's stages, from the images on; see the base class."""
        body = getattr(self.net.backbone, "body", None)
        if isinstance(body, EfficientNetLite):
            return body.stages()
        if body is not None and "layer4" in body:  # a ResNet
            return [[body.conv1, body.bn1, body.layer1], [body.layer2], [body.layer3], [body.layer4]]
        return []

    def features(self, images: Tensor) -> Tensor:
        """Return the finest map of the pyramid; see the base class."""
        if not isinstance(self.net, (FCOS, RetinaNet)):
            return super().features(images)
        return self._features(images)[1][0]

    def load_pretrained(self) -> None:
        """Load ImageNet's weights into EfficientNet-Lite; see the base class."""
        body = getattr(self.net.backbone, "body", None)
        if not isinstance(body, EfficientNetLite):
            return super().load_pretrained()
        load_strictly(body, imagenet_state(body.kind), body.kind)

    def translated(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return tensors by the names that EfficientNet-Lite has here; see the base class."""
        body = getattr(self.net.backbone, "body", None)
        return renamed(state, body.kind) if isinstance(body, EfficientNetLite) else state

    def _features(self, images: Tensor) -> tuple[ImageList, list[Tensor]]:
        """Return the normalised images, at the size that the network works at, and its feature maps."""
        inside, _ = self.net.transform(list(images))
        return inside, list(self.net.backbone(inside.tensors).values())


class Dense(TorchvisionDetector):
    """A one-stage model: RetinaNet, FCOS, SSD."""

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes (B, A, 4) and scores (B, A, classes); see :meth:`Detector.dense`."""
        inside, features = self._features(images)
        out = self.net.head(features)
        anchors = self.net.anchor_generator(inside, features)[0]
        boxes = self._boxes(out["bbox_regression"], anchors) * (images.shape[-1] / inside.tensors.shape[-1])
        return boxes.clamp(0, images.shape[-1]), self._scores(out)

    def _boxes(self, offsets: Tensor, anchors: Tensor) -> Tensor:
        decoded = self.net.box_coder.decode_single(offsets.flatten(0, 1), anchors.repeat(len(offsets), 1))
        return decoded.view(len(offsets), -1, 4)

    def _scores(self, out: dict[str, Tensor]) -> Tensor:
        return out["cls_logits"].sigmoid()


class DenseFcos(Dense):
    """FCOS: distances to the sides, scores weighed by centredness."""

    nms_iou = 0.6

    def _boxes(self, offsets: Tensor, anchors: Tensor) -> Tensor:
        return torch.stack([self.net.box_coder.decode(one, anchors) for one in offsets])

    def _scores(self, out: dict[str, Tensor]) -> Tensor:
        return (out["cls_logits"].sigmoid() * out["bbox_ctrness"].sigmoid()).sqrt()


class DenseSsd(Dense):
    """SSD: a class of its own for background."""

    background = 1
    nms_iou = 0.55

    def _scores(self, out: dict[str, Tensor]) -> Tensor:
        return out["cls_logits"].softmax(-1)[..., 1:]


class TwoStage(TorchvisionDetector):
    """Faster R-CNN: each proposal has a box for each class,
    so a proposal gives as many dense boxes as there are classes.
    """

    background = 1
    class_major = ("bbox_pred",)

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes (B, A, 4) and scores (B, A, classes); see :meth:`Detector.dense`."""
        inside, features = self._features(images)
        named = OrderedDict((str(k), f) for k, f in enumerate(features[:-1]))
        named["pool"] = features[-1]
        proposals, _ = self.net.rpn(inside, named, None)
        heads = self.net.roi_heads
        pooled = heads.box_head(heads.box_roi_pool(named, proposals, inside.image_sizes))
        logits, offsets = heads.box_predictor(pooled)
        boxes = (
            heads.box_coder.decode(offsets, proposals).view(-1, logits.shape[1], 4)[:, 1:].clamp(0, images.shape[-1])
        )
        scores = logits.softmax(-1)[:, 1:]
        own = scores[..., None] * torch.eye(
            scores.shape[-1], device=scores.device
        )  # a class's box counts for that class alone
        boxes, own = boxes.flatten(0, 1), own.flatten(0, 1)
        if len(images) == 1:
            return boxes[None], own[None]
        counts = [len(p) * scores.shape[-1] for p in proposals]
        pad = nn.utils.rnn.pad_sequence
        return pad(boxes.split(counts), batch_first=True), pad(own.split(counts), batch_first=True)


class LitePyramid(nn.Module):  # type: ignore[misc] # torch is not looked into
    """EfficientNet-Lite with a feature pyramid: five maps of 256 channels, strides 8 to 128. It normalizes images."""

    out_channels = 256

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.body = EfficientNetLite(kind)
        self.fpn = FeaturePyramidNetwork(list(self.body.channels[1:]), 256, LastLevelP6P7(256, 256))

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the maps (B, 256, S / k, S / k), k 8, 16, 32, 64 and 128, of images (B, 3, S, S), 0 to 1."""
        maps = self.body(images)[1:]
        return dict(self.fpn(OrderedDict((str(k), m) for k, m in enumerate(maps))))


def _resnet_fpn(kind: Any, *, more: bool) -> BackboneWithFPN:
    """Return a ResNet with a feature pyramid, strides 4 to 32, or 8 to 128 with ``more``."""
    layers = (2, 3, 4) if more else (1, 2, 3, 4)
    body = kind(weights=None, norm_layer=nn.BatchNorm2d)
    width = body.inplanes // 8
    return BackboneWithFPN(
        body,
        {f"layer{k}": str(i) for i, k in enumerate(layers)},
        [width * 2 ** (k - 1) for k in layers],
        256,
        extra_blocks=LastLevelP6P7(256, 256) if more else None,
    )


def _faster(backbone: nn.Module, anchors: AnchorGenerator, classes: int, size: int) -> Detector:
    net = FasterRCNN(
        backbone,
        classes + 1,
        min_size=size,
        max_size=size,
        rpn_anchor_generator=anchors,
        # a fifth of the stock work: enough for pictures with a few objects
        rpn_pre_nms_top_n_train=500,
        rpn_post_nms_top_n_train=200,
        rpn_pre_nms_top_n_test=300,
        rpn_post_nms_top_n_test=150,
        rpn_batch_size_per_image=64,
        box_batch_size_per_image=64,
        box_detections_per_img=MOST_DETECTIONS,
        box_score_thresh=_LEAST_SCORE,
    )
    return TwoStage(net)


def fasterrcnn_mobilenet(classes: int, size: int) -> Detector:
    """Faster R-CNN on MobileNetV3-Large with a feature pyramid, 19 M parameters."""
    body = mobilenet_v3_large(weights=None, norm_layer=nn.BatchNorm2d)
    backbone = _mobilenet_extractor(body, True, 6)
    scales = ((16, 32, 64, 128, 256),) * 3
    return _faster(backbone, AnchorGenerator(scales, ((0.5, 1.0, 2.0),) * 3), classes, size)


def fasterrcnn_resnet50(classes: int, size: int) -> Detector:
    """Faster R-CNN on ResNet-50 with a feature pyramid, 41 M parameters."""
    scales = ((16,), (32,), (64,), (128,), (256,))
    anchors = AnchorGenerator(scales, ((0.5, 1.0, 2.0),) * 5)
    return _faster(_resnet_fpn(resnet.resnet50, more=False), anchors, classes, size)


def _retina(backbone: nn.Module, classes: int, size: int, **more: Any) -> Detector:
    scales = tuple((s, s * 2 ** (1 / 3), s * 2 ** (2 / 3)) for s in (16.0, 32.0, 64.0, 128.0, 256.0))
    net = RetinaNet(
        backbone,
        classes,
        min_size=size,
        max_size=size,
        anchor_generator=AnchorGenerator(scales, ((0.5, 1.0, 2.0),) * 5),
        score_thresh=_LEAST_SCORE,
        detections_per_img=MOST_DETECTIONS,
        topk_candidates=300,
        norm_layer=lambda channels: nn.GroupNorm(32, channels),
        **more,
    )
    return Dense(net)


def retinanet_resnet18(classes: int, size: int) -> Detector:
    """RetinaNet on ResNet-18, 20 M parameters."""
    return _retina(_resnet_fpn(resnet.resnet18, more=True), classes, size)


def retinanet_resnet50(classes: int, size: int) -> Detector:
    """RetinaNet on ResNet-50, 32 M parameters."""
    return _retina(_resnet_fpn(resnet.resnet50, more=True), classes, size)


def retinanet_lite0(classes: int, size: int) -> Detector:
    """RetinaNet on EfficientNet-Lite0, 11 M parameters; weights from ImageNet."""
    return _retina(LitePyramid("lite0"), classes, size, **_AS_THEY_ARE)


def _fcos(backbone: nn.Module, classes: int, size: int, **more: Any) -> Detector:
    net = FCOS(
        backbone,
        classes,
        min_size=size,
        max_size=size,
        score_thresh=_LEAST_SCORE,
        detections_per_img=MOST_DETECTIONS,
        topk_candidates=300,
        **more,
    )
    return DenseFcos(net)


def fcos_resnet18(classes: int, size: int) -> Detector:
    """FCOS, without anchors, on ResNet-18, 19 M parameters."""
    return _fcos(_resnet_fpn(resnet.resnet18, more=True), classes, size)


def fcos_resnet50(classes: int, size: int) -> Detector:
    """FCOS, without anchors, on ResNet-50, 32 M parameters."""
    return _fcos(_resnet_fpn(resnet.resnet50, more=True), classes, size)


def fcos_lite0(classes: int, size: int) -> Detector:
    """FCOS, without anchors, on EfficientNet-Lite0, 11 M parameters; weights from ImageNet."""
    return _fcos(LitePyramid("lite0"), classes, size, **_AS_THEY_ARE)


class VitPyramid(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A plain vision transformer with the simple feature pyramid of ViTDet (Li et al. 2022, arXiv 2203.16527).

    Its last map, stride 16, is brought to strides 8, 16, 32, 64 and 128 by a transposed convolution and by pooling.
    """

    out_channels = 256

    def __init__(self, size: int, width: int = 192, depth: int = 8, heads: int = 3) -> None:
        super().__init__()
        self.vit = VisionTransformer(size, 16, depth, heads, width, width * 4, num_classes=1)
        self.vit.heads = nn.Identity()
        self.finer = nn.ConvTranspose2d(width, width, 2, stride=2)
        self.out = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, 256, 1),
                nn.GroupNorm(32, 256),
                nn.Conv2d(256, 256, 3, padding=1),
                nn.GroupNorm(32, 256),
            )
            for _ in range(5)
        )

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return five feature maps (B, 256, S / k, S / k), k 8, 16, 32, 64 and 128, of images (B, 3, S, S)."""
        tokens = self.vit._process_input(images)
        tokens = torch.cat([self.vit.class_token.expand(len(images), -1, -1), tokens], dim=1)
        tokens = self.vit.encoder(tokens)[:, 1:]
        side = images.shape[-1] // 16
        middle = tokens.transpose(1, 2).reshape(len(images), -1, side, side)
        maps = [self.finer(middle), middle]
        for _ in range(3):
            maps.append(nn.functional.max_pool2d(maps[-1], 2, ceil_mode=True))
        return OrderedDict((str(k), head(m)) for k, (head, m) in enumerate(zip(self.out, maps)))


def fcos_vit(classes: int, size: int) -> Detector:
    """FCOS on a tiny vision transformer with ViTDet's simple pyramid, 12 M parameters; from 128 pixels on.

    Raises BadArgument for a ``size`` (pixels) below.
    """
    if size < 128:
        raise BadArgument(f"fcos_vit at size={size}: its pyramid needs 128 pixels or more")
    return _fcos(VitPyramid(size), classes, size)


class FasterViTPyramid(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A FasterViT 32 to 256 wide with a feature pyramid: five maps of 256 channels, strides 8 to 128."""

    out_channels = 256

    def __init__(self, size: int) -> None:
        super().__init__()
        self.body = FasterViT(FasterViTSize(heads=(1, 2, 4, 8), width=32, stem=32), size)
        self.fpn = FeaturePyramidNetwork(list(self.body.widths[1:]), 256, LastLevelP6P7(256, 256))

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the maps (B, 256, S / k, S / k), k 8, 16, 32, 64 and 128, of images (B, 3, S, S)."""
        maps = self.body(images)[1:]
        return dict(self.fpn(OrderedDict((str(k), m) for k, m in enumerate(maps))))


def fcos_fastervit(classes: int, size: int) -> Detector:
    """FCOS on a FasterViT with a feature pyramid, 16 M parameters; from scratch, from 64 pixels on."""
    return _fcos(FasterViTPyramid(size), classes, size)


def ssdlite_mobilenet(classes: int, size: int) -> Detector:
    """SSDlite on MobileNetV3-Large, 2.3 M parameters; works at 320 pixels inside, whatever the size."""
    net = ssdlite320_mobilenet_v3_large(
        weights=None,
        weights_backbone=None,
        num_classes=classes + 1,
        score_thresh=_LEAST_SCORE,
        detections_per_img=MOST_DETECTIONS,
        norm_layer=nn.BatchNorm2d,
    )
    return DenseSsd(net, rate=1e-3)
