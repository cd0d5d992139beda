"""Exports the models of this folder with PyTorch, beside PyTorch's own answers: python make.py OUT [NAME…]

    python make.py .                      # all models of `models`, here
    python make.py . mlp --suffix _2_13   # writes mlp_2_13/, the layout of another release
    python make.py ../build/fixtures --bare tiny tiny_op tiny_relu tiny_weight unknown_ops   # archives only

Works with PyTorch 2.6 and newer; the layout of an archive is that of the release that runs this. Each folder gets
model.pt2, inputs.safetensors, expected.safetensors and cases.json. Seeds are fixed, so another run gives the same
numbers; archives name this file and torch's by relative paths.
"""

import argparse
import json
import re
import unittest.mock
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.export import Dim


class Mlp(nn.Module):
    """64 → 256 → 10 for any batch."""

    def __init__(self):
        super().__init__()
        self.up = nn.Linear(64, 256)
        self.norm = nn.LayerNorm(256)
        self.down = nn.Linear(256, 10)

    def forward(self, x):
        return self.down(self.norm(nn.functional.gelu(self.up(x))))


class ConvNet(nn.Module):
    """A small classifier of 32×32 images: plain and depthwise convolution, batch norm, both kinds of pooling."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2))
        self.depthwise = nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False)
        self.pointwise = nn.Conv2d(16, 32, 1, bias=False)
        self.norm = nn.BatchNorm2d(32)
        self.head = nn.Linear(32, 10)
        for norm in (self.stem[1], self.norm):  # as if trained
            norm.running_mean.normal_(0, 0.1)
            norm.running_var.uniform_(0.5, 2)
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, 0, 0.1)

    def forward(self, image):
        x = self.stem(image)
        x = torch.relu(self.norm(self.pointwise(self.depthwise(x))))
        return self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Branch(nn.Module):
    def __init__(self, hidden, activation):
        super().__init__()
        self.inner = nn.Linear(16, hidden)
        self.outer = nn.Linear(hidden, 8)
        self.activation = activation

    def forward(self, x):
        y = self.outer(self.activation(self.inner(x)))
        return y, y.square().sum(dim=1)


class CondModel(nn.Module):
    """Bright input takes the wide branch, dark input the narrow one; both have parameters and two results."""

    def __init__(self):
        super().__init__()
        self.wide = Branch(64, torch.tanh)
        self.narrow = Branch(16, torch.relu)
        self.register_buffer("shift", torch.linspace(-0.5, 0.5, 16))

    def forward(self, x):
        y, energy = torch.cond(x.mean() > 0, self.wide, self.narrow, (x + self.shift,))
        return torch.softmax(y, dim=1), energy.sqrt()


class Tiny(nn.Module):
    """A product, a reduction and a pointwise tail: three kernels at most, one of them with the activation."""

    def __init__(self, activation=torch.tanh):
        super().__init__()
        self.inner = nn.Linear(8, 4)
        self.outer = nn.Linear(4, 3)
        self.activation = activation

    def forward(self, x):
        return torch.softmax(self.outer(self.activation(self.inner(x))), dim=1)


class UnknownOps(nn.Module):
    """Two custom operators, and a known one between them."""

    def forward(self, x):
        frobnicated = torch.ops.fixture.frobnicate(x)
        return torch.ops.fixture.twiddle(frobnicated + 1)


def define_custom_ops():
    for name in ("frobnicate", "twiddle"):
        op = torch.library.custom_op(f"fixture::{name}", lambda x: x.clone(), mutates_args=(), schema="(Tensor x) -> Tensor")
        op.register_fake(torch.empty_like)


def changed_weight():
    model = Tiny()
    with torch.no_grad():
        model.outer.weight[1, 2] += 0.25
    return model


def ramp(*shape):
    """What the programs of examples/ feed to the models."""
    return ((torch.arange(torch.Size(shape).numel()) * 7 % 11 - 5) / 8).reshape(shape)


def batches(*shape, sizes=(1, 3, 33)):
    return lambda: [(ramp(2, *shape),)] + [(torch.randn(size, *shape),) for size in sizes]


def both_branches():
    ramps = [(ramp(2, 16) + sign,) for sign in (1, -1)]
    return ramps + [(torch.rand(size, 16) * sign,) for size in (1, 5, 24) for sign in (1, -1)]


batch = Dim("batch", min=1, max=4096)
# name: module, sets of inputs, dynamic shapes
models = {
    "mlp": (Mlp, batches(64), {"x": {0: batch}}),
    "convnet": (ConvNet, lambda: [(ramp(1, 3, 32, 32),), (torch.randn(1, 3, 32, 32),)], None),
    "condmodel": (CondModel, both_branches, {"x": {0: batch}}),
}
fixtures = {
    "tiny": (Tiny, batches(8), {"x": {0: batch}}),
    "tiny_op": (lambda: Tiny(torch.sigmoid), batches(8), {"x": {0: batch}}),
    "tiny_relu": (lambda: Tiny(torch.relu), batches(8), {"x": {0: batch}}),
    "tiny_weight": (changed_weight, batches(8), {"x": {0: batch}}),
    "unknown_ops": (UnknownOps, batches(8), {"x": {0: batch}}),
}
SEED = 20240229
TOLERANCE = 2e-5  # another compiler sums in another order


def export(name):
    make, inputs, dynamic = {**models, **fixtures}[name]
    torch.manual_seed(SEED)
    model = make().eval()
    sets = inputs()
    example = sets[-1]  # the largest: a batch of 1 would be taken for a constant
    with torch.no_grad():
        program = torch.export.export(model, example, dynamic_shapes=dynamic)
        without_folders(program)
        loaded_answers = [program.module()(*args) for args in sets]
        answers = [model(*args) for args in sets]
    for loaded, answer in zip(loaded_answers, answers):
        torch.testing.assert_close(loaded, answer)
    return program, sets, [a if isinstance(a, tuple) else (a,) for a in answers]


def without_folders(program):
    """Stack traces keep file and line, relative to the project or to site-packages."""
    here = f"{Path(__file__).resolve().parent}/"
    for module in program.graph_module.modules():
        for node in getattr(getattr(module, "graph", None), "nodes", ()):
            trace = node.meta.get("stack_trace")
            if trace:
                trace = trace.replace(here, "tests/models/")
                node.meta["stack_trace"] = re.sub(r'"[^"]*/(torch/[^"]*)"', r'"\1"', trace)


def save(program, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with unittest.mock.patch("time.localtime", lambda *_: (1980, 1, 1, 0, 0, 0, 1, 1, 0)):  # dates of zip members
        torch.export.save(program, path)


def leaf(tensor, key, tensors):
    tensors[key] = tensor.contiguous()
    return {
        "kind": "tensor",
        "key": key,
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "stride": list(tensor.stride()),
        "storage_offset": tensor.storage_offset(),
    }


def write_case(folder, name, program, sets, answers):
    inputs, expected = {}, {}
    case = {
        "id": "m0",
        "model": "model.pt2",
        "atol": TOLERANCE,
        "rtol": TOLERANCE,
        "ops": sorted({str(n.target) for m in program.graph_module.modules() for n in m.graph.nodes if n.op == "call_function"}),
        "sets": [
            {
                "inputs": [leaf(t, f"m0/s{s}/{i}", inputs) for i, t in enumerate(given)],
                "outputs": [leaf(t, f"m0/s{s}/{i}", expected) for i, t in enumerate(answer)],
                "mutated_inputs": [],
                "mutated_state": [],
            }
            for s, (given, answer) in enumerate(zip(sets, answers))
        ],
    }
    save_file(inputs, folder / "inputs.safetensors")
    save_file(expected, folder / "expected.safetensors")
    (folder / "cases.json").write_text(json.dumps({"name": name, "cases": [case]}, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--suffix", default="", help="added to the name of each folder")
    parser.add_argument("--bare", action="store_true", help="writes OUT/NAME.pt2 only")
    args = parser.parse_args()
    define_custom_ops()
    for name in args.names or models:
        program, sets, answers = export(name)
        path = args.out / f"{name}{args.suffix}.pt2" if args.bare else args.out / f"{name}{args.suffix}" / "model.pt2"
        save(program, path)
        if not args.bare:
            write_case(path.parent, name + args.suffix, program, sets, answers)
        print(f"{path}: {path.stat().st_size} bytes, PyTorch {torch.__version__}")


main()
