"""Models that call operators of PyTorch: python host_operators.py export OUT | check OUT [NAME…]

`export` writes an archive for each model below and `aoti.config.json`, which gives the operators' schemas; after
`aoti build --config OUT/aoti.config.json`, `check` opens the packages with PyTorch and compares them with the models
themselves. A line for each model, exit code 1 unless all passed.
"""

import json
import re
import resource
import sys
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

library = torch.library.Library("aoti_demo", "FRAGMENT")
schemas = {}
is_old = torch.__version__.startswith("2.6")


def operator(schema, fake=None):
    """Registers the function under it for CPU tensors; `fake` gives types alone, by default the function does."""

    def register(function):
        name = schema.split("(")[0]
        library.define(schema)
        library.impl(name, function, "CPU")
        torch.library.register_fake(f"aoti_demo::{name}", fake or function, lib=library)
        schemas[f"aoti_demo::{name}"] = f"aoti_demo::{schema}"
        return getattr(torch.ops.aoti_demo, name)

    return register


@operator("scale(Tensor x, float s=2.5) -> Tensor")
def scale(x, s=2.5):
    return x * s


@operator(
    "kinds(Tensor x, Tensor? o, Tensor[] ts, Tensor?[] ots, int i, SymInt si, float f, bool b, str st, Device? dev, "
    "SymInt[] li, int[] ki, float[] lf, bool[] lb, str[] ls, Scalar sc, Scalar sf, int? oi, float? of, str? os, int[]? ol, "
    "Tensor? none, *, int last=7, Tensor? kw=None) -> Tensor"
)
def kinds(x, o, ts, ots, i, si, f, b, st, dev, li, ki, lf, lb, ls, sc, sf, oi, of, os, ol, none, last=7, kw=None):
    assert str(dev) == "cpu" and none is None and of is None and len(ots) == 3 and ots[0] is None
    y = x * i + f + si * 10 + (2 if b else 0) + len(st) + sum(li) * 3 + ki[0] - ki[1] + sum(lf) + sum(map(int, lb))
    y = y + len("".join(ls)) + sc + sf + oi + len(os) + sum(ol) + last
    for t in [o, kw, *ts, *ots]:
        y = y if t is None else y - t
    return y


@operator("formats(Tensor x, ScalarType? dt=None, Layout? a=None, MemoryFormat? m=None) -> Tensor")
def formats(x, dt=None, a=None, m=None):
    assert a is torch.strided and m is torch.channels_last
    return x.to(dt).contiguous(memory_format=m) + 1


@operator("two(Tensor x) -> (Tensor, Tensor)")
def two(x):
    return (x + 1).t(), x.sum(1).to(torch.int64)


@operator("several(Tensor x, int n) -> Tensor[]")
def several(x, n):
    return [x[i:] + i for i in range(n)]


@operator("maybe(Tensor x, bool more) -> (Tensor, Tensor?)")
def maybe(x, more):
    return x * 2, (x * 3 if more else None)


@operator("write(Tensor(a!) x, Tensor y, float s) -> ()", fake=lambda x, y, s: None)
def write(x, y, s):
    x.mul_(s).add_(y)


@operator("write_two(Tensor x, Tensor(a!) y, Tensor(b!)? z) -> Tensor", fake=lambda x, y, z: torch.empty_like(x))
def write_two(x, y, z):
    y.add_(x)
    if z is not None:
        z.sub_(1)
    return x + y


@operator("write_all(Tensor(a!)[] xs, Tensor y) -> ()", fake=lambda xs, y: None)
def write_all(xs, y):
    for n, x in enumerate(xs):
        x.add_(y * n)


@operator("types(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) -> (Tensor, Tensor, Tensor, Tensor, Tensor)")
def types(a, b, c, d, e):
    return a.flip(0), b.neg(), c.logical_not(), d * 1j, e + 1


def positive_fake(x):
    return x.new_empty(torch.library.get_ctx().new_dynamic_size()), x.new_empty((1,))


@operator("positive(Tensor x) -> (Tensor, Tensor)", fake=positive_fake)
def positive(x):
    return x[x > 0], x.sum(0, keepdim=True)


@operator("fails(Tensor x) -> Tensor", fake=lambda x: torch.empty_like(x))
def fails(x):
    raise RuntimeError("no luck today")


@operator("lies(Tensor x) -> Tensor", fake=lambda x: torch.empty_like(x))
def lies(x):
    return x.double()


class Kinds(nn.Module):
    def forward(self, x):
        n, a = x.shape[0], scale(x)
        return kinds(x, a, [x, a], [None, a, None], 3, n, 1.5, True, "hey", torch.device("cpu"), [1, 4], [9, 5], [0.5, 1.5],
                     [True, False], ["ab", "c"], 2, 0.25, 7, None, "xy", [1, 2], None, kw=x)  # fmt: skip


class Formats(nn.Module):
    def forward(self, x):
        return formats(x, torch.float64, torch.strided, torch.channels_last)


class Results(nn.Module):
    def forward(self, x):
        return *two(x), *several(x, 3)


class Maybe(nn.Module):
    def forward(self, x):
        a, b = maybe(x, True)
        c, d = maybe(x, False)
        return a, b, c, d


class Unused(nn.Module):
    def forward(self, x):
        return several(x, 3)[0] + two(x)[0].t()


class Writes(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(3))

    def forward(self, x, y):
        z, w = x.clone(), x + 1
        write(z, y, 3.0)
        view = w[0]
        q = write_two(x, w, None)
        r = write_two(view, y[0], self.count)
        write_all([z, w], x)
        return z, w, q, r, view + 0, self.count + 1


class Branch(nn.Module):
    def forward(self, x):
        def yes(x):
            return (scale(x, 2.0) + torch.cond(x.max() > 2, lambda x: scale(x, 5.0), lambda x: x + 1, (x,)),)

        def no(x):
            return (scale(scale(x, 3.0), 4.0).sin(),)

        y = torch.cond(x.sum() > 0, yes, no, (scale(x, -1.0),))[0]
        return scale(y, 10.0)


class Loop(nn.Module):
    def forward(self, n, x):
        def body(n, x):
            a, b = two(x.t())
            return n - 1, scale(a, 0.5)

        n, x = torch.ops.higher_order.while_loop(lambda n, x: n > 0, body, (n, x), ())
        return x, scale(x, 2.0)


class Types(nn.Module):
    def forward(self, a, b, c, d, e):
        return types(a + a, b, c, d * d, e)


class Sizes(nn.Module):
    def forward(self, x):
        y, z = positive(x)
        return scale(y, 3.0).sum(), y + 1, z, positive(y)[0] * 2


class Fallback(nn.Module):
    def forward(self, x):
        y = torch._standard_gamma(x.abs() + 1)
        return y * 2, torch.binomial(torch.full_like(x, 9), x.sigmoid()) + y


class Fails(nn.Module):
    def forward(self, x):
        return fails(x) + 1


class Lies(nn.Module):
    def forward(self, x):
        return lies(x) + 1


batch = torch.export.Dim("batch", min=4, max=64)
x = torch.linspace(-2, 3, 12).reshape(4, 3)
cases = {  # model, sets of inputs, dynamic shapes
    "kinds": (Kinds(), [(x,), (torch.ones(7, 3),)], {"x": {0: batch}}),
    "formats": (Formats(), [(torch.randn(2, 3, 4, 5),)], None),
    "results": (Results(), [(x,), (torch.ones(9, 3),)], {"x": {0: batch}}),
    "maybe": (Maybe(), [(x,)], None),
    "unused": (Unused(), [(x,)], None),
    "writes": (Writes(), [(x, x + 2), (x * 2, x), (x, x)], None),
    "branch": (Branch(), [(x,), (-x,), (x * 9,), (-9 * x,)], None),
    "loop": (Loop(), [(torch.tensor(n), x[:3]) for n in (0, 1, 4)], None),
    "types": (Types(), [(torch.randn(5).bfloat16(), torch.arange(6).reshape(2, 3), torch.tensor([True, False]),
                         torch.randn(2, 3, dtype=torch.complex64), torch.zeros(0, 3))], None),  # fmt: skip
    "sizes": (Sizes(), [(x.flatten(),), (-x.abs().flatten(),), (torch.ones(12),)], None),
    "fallback": (Fallback(), [(torch.randn(5, 5),)], None),
    "fails": (Fails(), [(x,)], None),
    "lies": (Lies(), [(x,)], None),
}
refused = {"fails": "no luck today", "lies": "float64"}
needs_new = {"formats", "maybe"}


def schemas_of(name):
    """The executor of 2.6 fills in no defaults, so there the schema says them; newer ones do with the flag alone."""
    if name != "fallback" or not is_old:
        return schemas
    return {f"aten::{op}": str(getattr(torch.ops.aten, op).default._schema) for op in ("_standard_gamma", "binomial")}


def export(out):
    models = {}
    for name, (model, inputs, shapes) in cases.items():
        torch.export.save(torch.export.export(model, inputs[0], dynamic_shapes=shapes), str(out / f"{name}.pt2"))
        models[name] = {
            "source": {"kind": "exported", "path": f"{name}.pt2"},
            "emit": ["library", "package"],
            "ops": {op: {"schema": schema} for op, schema in schemas_of(name).items()},
            "flags": {"implicit_fallbacks": True} if name == "fallback" else {},
        }
    config = {"models": models, "outDir": "dist", "cacheDir": "cache"}
    (out / "aoti.config.json").write_text(json.dumps(config, indent=1))


def copied(inputs):
    return tuple(t.clone() for t in inputs)


def compare(found, wanted):
    found, wanted = torch.utils._pytree.tree_leaves(found), torch.utils._pytree.tree_leaves(wanted)
    assert len(found) == len(wanted), f"{len(found)} outputs instead of {len(wanted)}"
    for a, e in zip(found, wanted):
        if e is None:
            assert a is None, "a tensor instead of None"
            continue
        torch.testing.assert_close(a, e, atol=1e-5, rtol=1e-5)
        assert a.stride() == e.stride() or a.numel() < 2, f"strides {a.stride()} instead of {e.stride()}"


def check(out, name):
    model, sets, _ = cases[name]
    if is_old and name in needs_new:
        return "not for this release"
    package = torch._inductor.aoti_load_package(str(out / "dist" / name / f"{name}.pt2"))
    if name in refused:
        try:
            package(*sets[0])
        except RuntimeError as error:
            text = str(error).strip().split("\n")[0]
            assert is_old or refused[name] in text, text
            return f"fails: {text}"
        raise AssertionError("should have failed")
    for _ in range(2):
        for inputs in sets:
            mine, theirs = copied(inputs), copied(inputs)
            with torch.no_grad():
                torch.manual_seed(0)
                wanted = model(*theirs)
                torch.manual_seed(0)
            compare(package(*mine), wanted)
            compare(mine, theirs)  # what the model writes to
    return f"{len(sets)} sets of inputs agree with eager"


def leaks(out, name, count=10_000):
    """Resident memory after many runs, in KiB beyond that after the first thousand."""
    package = torch._inductor.aoti_load_package(str(out / "dist" / name / f"{name}.pt2"))
    _, sets, _ = cases[name]

    def run(times):
        for n in range(times):
            try:
                package(*copied(sets[n % len(sets)]))
            except RuntimeError:
                assert name in refused
        return int(re.search(r"VmRSS:\s*(\d+)", Path("/proc/self/status").read_text())[1])

    first = run(count // 10)
    grown = run(count - count // 10) - first
    assert grown < 4096, f"{grown} KiB more after {count} runs"
    return f"{grown} KiB more after {count} runs"


def main():
    command, out, *names = sys.argv[1:]
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    if command == "export":
        return export(out)
    failed = 0
    print(f"PyTorch {torch.__version__}")
    for name in names or cases:
        try:
            print(f"pass {name}: {check(out, name) if command == 'check' else leaks(out, name)}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAIL {name}: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
