"""Exports models that people bring, with random weights, as case folders: python zoo.py OUT [NAME…]

    python zoo.py ../build/zoo                            # everything that this environment can make
    python zoo.py ../build/zoo resnet18 bert_decomposed   # NAME, NAME_decomposed, NAME_bf16, NAME_f16 or NAME_amp
    python zoo.py --list

A folder is what make.py writes; cases.json also has `eager_ms`, eager PyTorch's time on one thread. Models of
torchvision are left out where it is not installed. Seeds are fixed.
"""

import argparse
import importlib.util
import json
import statistics
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.utils import _pytree as pytree

import zoo_more
import zoo_text

MODELS = {**zoo_text.MODELS, **zoo_more.MODELS}
if importlib.util.find_spec("torchvision"):
    import zoo_vision

    MODELS |= zoo_vision.MODELS
VARIANTS = ["bert_decomposed", "gpt_decomposed", "unet_decomposed", "reader_decomposed", "encoder_decomposed"]
VARIANTS += ["resnet18_decomposed", "swin_t_decomposed"] if "resnet18" in MODELS else []
VARIANTS += ["llama_bf16", "bert_bf16", "gpt_f16", "unet_bf16", "diffusion_bf16", "encoder_bf16", "bert_amp"]
SUFFIXES = {"_decomposed": None, "_amp": None, "_bf16": torch.bfloat16, "_f16": torch.float16}


class Autocast(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *args):
        with torch.autocast("cpu", torch.bfloat16):
            return self.module(*args)


@torch.no_grad()
def as_if_trained(model):
    """Statistics, and parameters that start as zeros or ones, get values that would show if they were left out."""
    for module in model.modules():
        if isinstance(getattr(module, "running_var", None), torch.Tensor):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.7, 1.4)
    for parameter in model.parameters():
        if parameter.numel() > 1 and (parameter == parameter.flatten()[0]).all():
            parameter += torch.randn_like(parameter) * 0.05


def restore(module, state):
    for name, tensor in module.state_dict().items():
        tensor.copy_(state[name])


def eager_ms(model, args):
    """Median of a few runs on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        model(*args)
        times.append((time.perf_counter() - start) * 1e3)
    torch.set_num_threads(threads)
    return round(statistics.median(times[1:]), 3)


def describe(leaf, key, tensors):
    if not isinstance(leaf, torch.Tensor):
        kind = "none" if leaf is None else type(leaf).__name__
        return {"kind": kind, "value": leaf}
    stored = torch.view_as_real(leaf) if leaf.is_complex() else leaf
    tensors[key] = stored.detach().clone(memory_format=torch.contiguous_format)
    return {
        "kind": "tensor",
        "key": key,
        "dtype": str(leaf.dtype).removeprefix("torch."),
        "shape": list(leaf.shape),
        "stride": list(leaf.stride()),
        "storage_offset": leaf.storage_offset(),
    }


def made(name):
    """The model, its sets of inputs, dynamic shapes, tolerance, and whether its graph is to be decomposed."""
    suffix = next((s for s in SUFFIXES if name.endswith(s) and name not in MODELS), "")
    torch.manual_seed(20240229)
    module, sets, dynamic = MODELS[name.removesuffix(suffix)]()
    module = module.eval()
    as_if_trained(module)
    tolerance = 1e-4
    dtype = SUFFIXES.get(suffix)
    if dtype:
        module = module.to(dtype)
        sets = pytree.tree_map_only(torch.Tensor, lambda t: t.to(dtype) if t.is_floating_point() else t, sets)
    if dtype or suffix == "_amp":
        tolerance = 4e-2
    if suffix == "_amp":
        module, dynamic = Autocast(module), dynamic and {"args": tuple(dynamic.values())}
    return module, sets, dynamic, tolerance, suffix == "_decomposed"


def exported(module, args, dynamic):
    """Loops of PyTorch 2.6 can only be captured strictly."""
    try:
        return torch.export.export(module, args, dynamic_shapes=dynamic, strict=False)
    except torch._dynamo.exc.UncapturedHigherOrderOpError:
        return torch.export.export(module, args, dynamic_shapes=dynamic, strict=True)


@torch.no_grad()
def export(name, folder):
    module, sets, dynamic, tolerance, decompose = made(name)
    program = exported(module, sets[-1], dynamic)
    if decompose:
        program = program.run_decompositions()
    state = {k: v.clone() for k, v in module.state_dict().items()}
    inputs, expected, runs, largest = {}, {}, [], 0.0
    for s, args in enumerate(sets):
        restore(module, state)
        given = [describe(t, f"m0/s{s}/{i}", inputs) for i, t in enumerate(pytree.tree_leaves(args))]
        replayed = pytree.tree_leaves(program.module()(*args))
        restore(module, state)
        answers = pytree.tree_leaves(module(*args))
        torch.testing.assert_close(replayed, answers, rtol=tolerance, atol=tolerance * 10, equal_nan=True)
        outputs = [describe(t, f"m0/s{s}/{i}", expected) for i, t in enumerate(answers)]
        changed = {k: v for k, v in module.state_dict().items() if not torch.equal(v, state[k])}
        for n, (k, v) in enumerate(changed.items()):
            expected[f"m0/s{s}/state{n}"] = v.clone()
        written = [{"name": k, "key": f"m0/s{s}/state{n}"} for n, k in enumerate(changed)]
        runs.append({"inputs": given, "outputs": outputs, "mutated_inputs": [], "mutated_state": written})
        finite = [t.abs()[t.abs().isfinite()].max().item() for t in answers if t.is_floating_point() and t.numel()]
        largest = max([largest, *finite])
    folder.mkdir(parents=True, exist_ok=True)
    restore(module, state)  # which the program shares
    torch.export.save(program, folder / "model.pt2")
    save_file(inputs, folder / "inputs.safetensors")
    save_file(expected, folder / "expected.safetensors")
    ops = sorted({str(n.target) for m in program.graph_module.modules() if hasattr(m, "graph")
                  for n in m.graph.nodes if n.op == "call_function"})
    case = {"id": "m0", "model": "model.pt2", "atol": tolerance * max(1e-3, largest), "rtol": tolerance, "ops": ops,
            "eager_ms": eager_ms(module, sets[-1]), "sets": runs}
    (folder / "cases.json").write_text(json.dumps({"name": folder.name, "cases": [case]}, indent=1) + "\n")
    return f"{(folder / 'model.pt2').stat().st_size >> 10} KiB, {len(program.graph.nodes)} nodes, {case['eager_ms']} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--suffix", default="", help="added to the name of each folder")
    parser.add_argument("--list", action="store_true", help="prints the names")
    args = parser.parse_args()
    if args.list or not args.out:
        return print(*MODELS, *VARIANTS, sep="\n")
    failed = 0
    for name in args.names or [*MODELS, *VARIANTS]:
        try:
            print(f"{name}: {export(name, args.out / (name + args.suffix))}", flush=True)
        except Exception as error:  # of torch.export: the others are still wanted
            failed += 1
            print(f"{name}: cannot be exported: {type(error).__name__}: {str(error)[:600]}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
