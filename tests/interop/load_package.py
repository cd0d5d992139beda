"""Opens built packages in PyTorch and compares them with the exported programs: python load_package.py DIST MODELS [NAME…]

DIST/<name>/<name>.pt2 is what a build with `emit: ["package"]` wrote, MODELS/<name>/model.pt2 the archive it was built
from. Without names, takes all that have both. Works with PyTorch 2.6 and newer; a line for each check, exit code 1
unless all passed.
"""

import logging
import sys
import threading
import traceback
from pathlib import Path

import torch

BATCHES = (1, 2, 3, 17, 64, 300, 4096)
TOLERANCE = 2e-5
shows_messages = not torch.__version__.startswith("2.6")  # 2.6 prints them to stderr and says only that a call failed


class Model:
    def __init__(self, name, dist, models):
        self.package = torch._inductor.aoti_load_package(str(dist / name / f"{name}.pt2"))
        self.program = torch.export.load(str(models / name / "model.pt2"))
        self.eager = self.program.module()
        nodes = {node.name: node for node in self.program.graph.nodes}
        self.inputs = [nodes[user].meta["val"] for user in self.program.graph_signature.user_inputs]

    @property
    def is_dynamic(self):
        return any(isinstance(size, torch.SymInt) for value in self.inputs for size in value.shape)

    def example(self, batch, sign=1.0):
        """Inputs for one run; symbolic sizes are `batch`. The sign lets a model see that its branches differ."""
        torch.manual_seed(batch)
        shapes = [[batch if isinstance(size, torch.SymInt) else size for size in value.shape] for value in self.inputs]
        return [torch.rand(shape) * sign if sign else torch.randn(shape) for shape in shapes]

    def difference(self, *args):
        with torch.no_grad():
            return largest_difference(self.package(*args), self.eager(*args))


def largest_difference(found, wanted):
    found, wanted = torch.utils._pytree.tree_leaves(found), torch.utils._pytree.tree_leaves(wanted)
    assert len(found) == len(wanted), f"{len(found)} outputs instead of {len(wanted)}"
    for a, e in zip(found, wanted):
        assert a.stride() == e.stride(), f"strides {a.stride()} instead of {e.stride()}"
        torch.testing.assert_close(a, e, atol=TOLERANCE, rtol=TOLERANCE)
    return max((a - e).abs().max().item() for a, e in zip(found, wanted))


def check_numbers(model):
    sizes = BATCHES if model.is_dynamic else (1,)
    worst = max(model.difference(*model.example(size, sign)) for size in sizes for sign in (1.0, -1.0, 0.0))
    return f"agrees with eager for {'batches ' if model.is_dynamic else 'batch '}{', '.join(map(str, sizes))}; largest difference {worst:.1e}"


def check_strides(model):
    """Right or refused: AOTInductor's own libraries answer wrongly here."""
    args = [x.transpose(0, -1).contiguous().transpose(0, -1) for x in model.example(17)]
    try:
        model.difference(*args)
    except RuntimeError as error:
        return f"refuses inputs of other strides: {first_line(error)}"
    return "takes inputs of other strides"


def check_refusal(model):
    if not model.is_dynamic:
        args = [torch.cat([x, x], dim=-1) for x in model.example(1)]
    else:
        args = model.example(5000)
    text = message(lambda: model.package(*args))
    double = message(lambda: model.package(*[x.double() for x in model.example(2)]))
    if shows_messages:
        assert "5000 is not in" in text or "is not 32" in text, text
        assert "float64" in double, double
    return f"refuses wrong sizes and types{f': {text}' if shows_messages else ''}"


def message(run):
    try:
        run()
    except RuntimeError as error:
        return first_line(error)
    raise AssertionError("should have failed")


def first_line(error):
    return str(error).strip().split("\n")[0]


def check_threads(model):
    args = model.example(64)
    expected = model.package(*args)
    problems = []

    def work():
        try:
            for _ in range(50):
                assert largest_difference(model.package(*args), expected) == 0, "threads change the result"
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return "gives the same bits from 4 threads"


def check_constants(model):
    names = set(model.package.get_constant_fqns())
    state = {name: value * 1.5 for name, value in model.eager.state_dict().items() if name in names and value.is_floating_point()}
    assert state, "no constant has the name of a parameter"
    model.package.load_constants(state, check_full_update=False)
    model.eager.load_state_dict(state, strict=False)
    worst = model.difference(*model.example(17, 0.0))
    return f"takes other weights, {len(state)} of {len(names)}; largest difference {worst:.1e}"


def check_kept_constants(model):
    if not shows_messages:
        return "keeps no tensors of the host (newer releases do)"
    names = set(model.package.get_constant_fqns())
    state = {name: value for name, value in model.eager.state_dict().items() if name in names}
    model.package.load_constants(state, check_full_update=True, user_managed=True)
    first = model.difference(*model.example(17, 0.0))
    with torch.no_grad():
        for value in state.values():
            if value.is_floating_point():
                value.mul_(0.75)
    return f"sees edits of tensors it keeps; largest difference {max(first, model.difference(*model.example(17, 0.0))):.1e}"


def main():
    dist, models, *names = sys.argv[1:]
    dist, models = Path(dist), Path(models)
    names = names or sorted(p.parent.name for p in models.glob("*/model.pt2") if (dist / p.parent.name / f"{p.parent.name}.pt2").exists())
    logging.getLogger("torch").setLevel(logging.ERROR)  # newer releases say at length that an archive is of an older one
    print(f"PyTorch {torch.__version__}")
    passed = failed = 0
    for name in names:
        model = None
        for check in (Model, check_numbers, check_strides, check_refusal, check_threads, check_constants, check_kept_constants):
            try:
                if check is Model:
                    model, text = Model(name, dist, models), "loads"
                else:
                    text = check(model)
                print(f"pass {name}: {text}", flush=True)
                passed += 1
            except Exception as error:
                print(f"FAIL {name}: {check.__name__}: {error}", flush=True)
                if not isinstance(error, (AssertionError, RuntimeError)):
                    traceback.print_exc()
                failed += 1
                if model is None:
                    break
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
