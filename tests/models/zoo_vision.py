"""Models of torchvision for zoo.py, on small images."""

import torch
import torchvision
from torch import nn
from torch.export import Dim
from torchvision import models
from torchvision.models import detection, optical_flow, segmentation, video


def image(*sizes, batch=1):
    return [(torch.randn(batch, 3, size, size),) for size in sizes]


def classifier(name, size=64, **options):
    return lambda: (getattr(models, name)(weights=None, **options), image(size), None)


def any_batch(name, size=64):
    """For any batch."""
    batches = [(torch.randn(batch, 3, size, size),) for batch in (1, 2, 3)]
    return lambda: (getattr(models, name)(weights=None), batches, {"x": {0: Dim("batch", min=1, max=64)}})


class Dense(nn.Module):
    """The dense prediction without the dictionary around it."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)["out"]


class Flow(nn.Module):
    def __init__(self):
        super().__init__()
        self.raft = optical_flow.raft_small(weights=None)

    def forward(self, a, b):
        return self.raft(a, b, num_flow_updates=2)[-1]


class Boxes(nn.Module):
    """A one-stage detector up to the choice of boxes: backbone, pyramid, heads."""

    def __init__(self):
        super().__init__()
        model = detection.retinanet_resnet50_fpn(weights=None, weights_backbone=None, num_classes=7)
        self.backbone, self.head = model.backbone, model.head

    def forward(self, x):
        return self.head(list(self.backbone(x).values()))


class Regions(nn.Module):
    """Two stages with fixed proposals: pyramid, region pooling, box head, suppression."""

    def __init__(self):
        super().__init__()
        self.body = models.mobilenet_v3_small(weights=None).features
        self.head = nn.Linear(576 * 9, 5)

    def forward(self, x, boxes, scores):
        at = torch.cat((boxes.new_zeros(boxes.shape[0], 1), boxes), 1)
        regions = torchvision.ops.roi_align(self.body(x), at, 3, 1 / 32, 2)
        return self.head(regions.flatten(1)), torchvision.ops.nms(boxes, scores, 0.5)


def boxes(n):
    corners = torch.rand(n, 2) * 40
    return torch.cat((corners, corners + 8 + torch.rand(n, 2) * 30), 1)


def vgg():
    """With a small head: the original one is most of the file."""
    model = models.vgg11_bn(weights=None)
    model.classifier = nn.Sequential(nn.Linear(512 * 49, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, 10))
    return model


def fpn():
    return detection.backbone_utils.resnet_fpn_backbone(backbone_name="resnet18", weights=None)


def maxvit():
    return models.MaxVit((64, 64), 32, 4, [32, 64], [2, 2], 16, 0.0, num_classes=11)


def mvit():
    setting = [models.video.mvit.MSBlockConfig(1, 32, 32, [3, 3, 3], [3, 3, 3], [1, 2, 2], [1, 1, 1]),
               models.video.mvit.MSBlockConfig(2, 32, 64, [3, 3, 3], [3, 3, 3], [1, 1, 1], [1, 2, 2])]
    return video.mvit.MViT((32, 32), 4, setting, True, True, True, False, num_classes=9)


def segmenter(name, **options):
    return lambda: (Dense(getattr(segmentation, name)(weights=None, weights_backbone=None, **options)), image(96), None)


MODELS = {
    "resnet18": any_batch("resnet18"),
    "resnet50": classifier("resnet50"),
    "resnext50": classifier("resnext50_32x4d"),
    "alexnet": classifier("alexnet"),
    "vgg11_bn": lambda: (vgg(), image(32), None),
    "mobilenet_v2": any_batch("mobilenet_v2"),
    "mobilenet_v3_small": classifier("mobilenet_v3_small"),
    "mobilenet_v3_large": classifier("mobilenet_v3_large"),
    "efficientnet_b0": classifier("efficientnet_b0"),
    "efficientnet_v2_s": classifier("efficientnet_v2_s"),
    "densenet121": classifier("densenet121"),
    "regnet_y_400mf": classifier("regnet_y_400mf"),
    "convnext_tiny": classifier("convnext_tiny"),
    "swin_t": classifier("swin_t"),
    "swin_v2_t": classifier("swin_v2_t"),
    "vit_b_16": classifier("vit_b_16", image_size=64),
    "maxvit": lambda: (maxvit(), image(64), None),
    "shufflenet_v2": classifier("shufflenet_v2_x1_0"),
    "squeezenet1_1": classifier("squeezenet1_1"),
    "googlenet": classifier("googlenet", init_weights=False, aux_logits=False, transform_input=True),
    "inception_v3": classifier("inception_v3", 96, init_weights=False, aux_logits=False),
    "mnasnet1_0": classifier("mnasnet1_0"),
    "fcn_resnet50": segmenter("fcn_resnet50"),
    "deeplabv3": segmenter("deeplabv3_mobilenet_v3_large"),
    "lraspp": segmenter("lraspp_mobilenet_v3_large"),
    "resnet_fpn": lambda: (fpn(), image(96), None),
    "retinanet_heads": lambda: (Boxes(), image(64), None),
    "region_heads": lambda: (Regions(), [(image(96)[0][0], boxes(12), torch.rand(12))], None),
    "raft_small": lambda: (Flow(), [(torch.randn(1, 3, 128, 128), torch.randn(1, 3, 128, 128))], None),
    "r3d_18": lambda: (video.r3d_18(weights=None), [(torch.randn(1, 3, 4, 32, 32),)], None),
    "s3d": lambda: (video.s3d(weights=None), [(torch.randn(1, 3, 16, 224, 224),)], None),
    "mvit": lambda: (mvit(), [(torch.randn(1, 3, 4, 32, 32),)], None),
}
