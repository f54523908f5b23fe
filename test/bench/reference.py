"""The networks of networks.ts in PyTorch, and the methods of Captum and zennit on them, for `npm run bench`.

Reads one JSON object a line from standard input and answers with one a line: {"network", "work", "batch"} runs the
work once and gives {"milliseconds", "cpuMilliseconds", "mean", "peakBytes"} (mean of the absolute results: a net whose values
vanish is no measure).
"""

import json
import resource
import sys
import time

import torch
from torch import nn

TARGET_CLASS = 281
IMAGE_SIZE = 224


def conv_norm(taken, made, size, stride=1, groups=1):
    conv = nn.Conv2d(taken, made, size, stride, size // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(made, eps=1e-3))


class Bottleneck(nn.Module):
    """He et al. 2015, stride in the 3 x 3 convolution."""

    def __init__(self, taken, width, stride, projects):
        super().__init__()
        self.reduce = conv_norm(taken, width, 1)
        self.spatial = conv_norm(width, width, 3, stride)
        self.expand = conv_norm(width, 4 * width, 1)
        self.project = conv_norm(taken, 4 * width, 1, stride) if projects else nn.Identity()
        # One each: zennit's rules are hooks on modules, and so is its way to split the relevance of a sum.
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(3))
        self.sum = None

    def forward(self, x):
        y = self.expand(self.relus[1](self.spatial(self.relus[0](self.reduce(x)))))
        shortcut = self.project(x)
        return self.relus[2](y + shortcut if self.sum is None else self.sum(torch.stack([y, shortcut], -1)))


def resnet50():
    layers = [conv_norm(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            stride = 2 if block == 0 and width > 64 else 1
            layers.append(Bottleneck(channels, width, stride, projects=block == 0))
            channels = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def mobilenet_v1():
    layers = [conv_norm(3, 32, 3, 2), nn.ReLU6()]
    channels = 32
    for width in (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024):
        stride = 2 if width > channels > 32 else 1
        layers += [conv_norm(channels, channels, 3, stride, groups=channels), nn.ReLU6()]
        layers += [conv_norm(channels, width, 1), nn.ReLU6()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))


def vgg16():
    layers = []
    channels = 3
    for width, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    dense = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)]
    return nn.Sequential(*layers, nn.Flatten(), *dense)


NETWORKS = {"mobilenet-v1": mobilenet_v1, "resnet-50": resnet50, "vgg-16": vgg16}


def build(name):
    """Weights of the same distribution as in networks.ts, so that values stay near one in every layer."""
    torch.manual_seed(1)
    net = NETWORKS[name]().eval().requires_grad_(False)
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.uniform_(module.bias, -0.1, 0.1)
        if isinstance(module, nn.BatchNorm2d):
            for scale in (module.weight, module.running_var):
                scale.uniform_(0.9, 1.1)
            for shift in (module.bias, module.running_mean):
                shift.uniform_(-0.1, 0.1)
    return net


def forward(net, image):
    with torch.inference_mode():
        return net(image)


def gradient(net, image):
    image = image.clone().requires_grad_(True)
    return torch.autograd.grad(net(image)[:, TARGET_CLASS].sum(), image)[0]


def integrated_gradients(net, image):
    from captum.attr import IntegratedGradients

    explained = IntegratedGradients(net).attribute(image, target=TARGET_CLASS, n_steps=50, internal_batch_size=8)
    return explained.detach()


def smoothgrad(net, image):
    from captum.attr import NoiseTunnel, Saliency

    deviation = (0.15 * (image.max() - image.min())).item()
    tunnel = NoiseTunnel(Saliency(net))
    return tunnel.attribute(
        image,
        nt_type="smoothgrad",
        nt_samples=50,
        nt_samples_batch_size=8,
        stdevs=deviation,
        abs=False,
        target=TARGET_CLASS,
    ).detach()


def lrp(net, image):
    from zennit.canonizers import SequentialMergeBatchNorm
    from zennit.composites import EpsilonPlusFlat
    from zennit.layer import Sum

    blocks = [module for module in net.modules() if isinstance(module, Bottleneck)]
    for block in blocks:
        block.sum = Sum()
    image = image.clone().requires_grad_(True)
    with EpsilonPlusFlat(canonizers=[SequentialMergeBatchNorm()]).context(net) as hooked:
        unit = hooked(image)[:, TARGET_CLASS]
        relevance = torch.autograd.grad(unit, image, grad_outputs=unit.detach())[0]
    for block in blocks:
        block.sum = None
    return relevance


def occlusion(net, image):
    from captum.attr import Occlusion

    with torch.inference_mode():
        return Occlusion(net).attribute(
            image,
            sliding_window_shapes=(3, 16, 16),
            strides=(3, 8, 8),
            target=TARGET_CLASS,
            perturbations_per_eval=16,
        )


def rise(net, image, masks=4000, at_once=16, cells=7, share=0.5):
    """Petsiuk et al. 2018: what their program does, in batches."""
    cell = -(-IMAGE_SIZE // cells)
    total = torch.zeros(IMAGE_SIZE, IMAGE_SIZE)
    with torch.inference_mode():
        for _ in range(masks // at_once):
            grids = (torch.rand(at_once, 1, cells, cells) < share).float()
            size = (cells + 1) * cell
            large = nn.functional.interpolate(grids, size=(size, size), mode="bilinear", align_corners=False)
            corners = torch.randint(0, cell, (at_once, 2)).tolist()
            mask = torch.stack([m[:, y : y + IMAGE_SIZE, x : x + IMAGE_SIZE] for m, (y, x) in zip(large, corners)])
            scores = net(image * mask)[:, TARGET_CLASS]
            total += (scores[:, None, None] * mask[:, 0]).sum(0)
    return total / (masks * share)


WORK = {
    "forward": forward,
    "gradient": gradient,
    "integrated-gradients": integrated_gradients,
    "smoothgrad": smoothgrad,
    "lrp": lrp,
    "occlusion": occlusion,
    "rise": rise,
}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    built = {}
    for line in sys.stdin:
        request = json.loads(line)
        name = request["network"]
        if name not in built:
            built = {name: build(name)}
        torch.manual_seed(5)
        image = (torch.rand(request["batch"], 3, IMAGE_SIZE, IMAGE_SIZE) * 2 - 1) * 1.7
        start, start_cpu = time.perf_counter(), time.process_time()
        result = WORK[request["work"]](built[name], image)
        milliseconds = (time.perf_counter() - start) * 1000
        cpu_milliseconds = (time.process_time() - start_cpu) * 1000
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        answer = {
            "milliseconds": milliseconds,
            "cpuMilliseconds": cpu_milliseconds,
            "mean": result.abs().mean().item(),
            "peakBytes": peak,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
