"""Opens packages of case folders in PyTorch, and compares with the answers on file and with the eager module.

    python suite.py [--aoti] [--answers FILE] [--batch N] DIR [FOLDER…]

DIR is what `build_cases.ts` wrote. Each set of inputs starts from a fresh load, and is run twice: what a model keeps
(buffers, mutated inputs) is compared with the eager module after the second run. With `--aoti`, the packages are
AOTInductor's own, compiled here from the same archives. Cases run in processes of their own, several to a process; one
that dies is a crash and the next goes on. FILE gets an answer a line, and what it holds already is not asked again, so
a long run may be stopped and taken up. Works with PyTorch 2.6 and newer; exit code 1 if a case failed.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SECONDS = 600


def cases_of(root, names):
    rows = [row for row in json.loads((root / "built.json").read_text()) if not names or row["folder"] in names]
    return [row for row in rows if row.get("package")], [row for row in rows if not row.get("package")]


# ---- the parent: processes, totals ----


def run_all(options, rows):
    """Yields (row, answer); a worker takes cases from its input and answers on its output, a line for each."""
    worker, done = None, 0
    for row in rows:
        if worker is None or worker.poll() is not None or done >= options.batch:
            stop(worker)
            worker, done = start(options), 0
        try:
            worker.stdin.write(json.dumps(row) + "\n")
            worker.stdin.flush()
            watch = threading.Timer(SECONDS, worker.kill)
            watch.start()
            line = read_answer(worker)
            watch.cancel()
        except BrokenPipeError:
            line = None
        done += 1
        if line is None:
            status = worker.wait()
            yield row, {"status": "crash", "detail": f"the process ended with {status}"}
            worker = None
        else:
            yield row, json.loads(line)
    stop(worker)


def start(options):
    words = [sys.executable, __file__, "--worker", *(["--aoti"] if options.aoti else []), str(options.dir)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def read_answer(worker):
    for line in worker.stdout:
        if line.startswith("@"):
            return line[1:]
    return None


def stop(worker):
    if worker is None:
        return
    worker.stdin.close()
    worker.wait()


def known_answers(options):
    """Answers of an earlier run, by case."""
    if not options.answers or not options.answers.exists():
        return {}
    rows = [json.loads(line) for line in options.answers.read_text().splitlines()]
    return {(row["folder"], row["id"]): row for row in rows}


def main(options):
    built, unbuilt = cases_of(options.dir, options.folders)
    known = known_answers(options)
    answers = [known[key] for key in ((row["folder"], row["id"]) for row in built) if key in known]
    for row, answer in run_all(options, [row for row in built if (row["folder"], row["id"]) not in known]):
        answers.append({**row, **answer})
        if answer["status"] != "pass":
            print(f"{answer['status']:5} {row['folder']}/{row['id']}: {answer.get('detail', '')}", flush=True)
        if options.answers:
            with options.answers.open("a") as file:
                file.write(json.dumps(answers[-1]) + "\n")
    counts = {}
    for answer in answers:
        counts[answer["status"]] = counts.get(answer["status"], 0) + 1
    strides = sum(1 for a in answers if a.get("strides"))
    release = next((a["torch"] for a in answers if "torch" in a), "?")
    whose = "AOTInductor's packages" if options.aoti else "packages"
    total = ", ".join(f"{n} {status}" for status, n in sorted(counts.items(), reverse=True)) or "no cases"
    print(f"PyTorch {release}, {whose}: {total}; {len(unbuilt)} not built; {strides} with other strides than eager")
    return 0 if set(counts) == {"pass"} else 1


# ---- the worker ----


def work(options):
    import torch

    logging.getLogger("torch").setLevel(logging.ERROR)
    torch.set_num_threads(2)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what compilers print is no answer
    for line in sys.stdin:
        row = json.loads(line)
        try:
            found = check_case(torch, options, row)
        except Exception as error:
            found = {"status": "error", "detail": f"{type(error).__name__}: {first_line(error)}"}
        print("@" + json.dumps({**found, "torch": torch.__version__}), file=answer, flush=True)


def first_line(error):
    lines = [line.strip() for line in str(error).strip().split("\n") if line.strip()]
    return " ".join(lines[:4])[:400] if lines else ""


class Failed(Exception):
    pass


def check_case(torch, options, row):
    from safetensors.torch import load_file

    folder = options.dir / row["folder"]
    case = next(c for c in json.loads((folder / "cases.json").read_text())["cases"] if c["id"] == row["id"])
    stored = {which: load_file(folder / f"{which}.safetensors") for which in ("inputs", "expected")}
    with tempfile.TemporaryDirectory() as scratch:
        start, path = time.time(), folder / row["package"]
        if options.aoti:
            path = Path(compile_by_aoti(torch, folder / case["model"], scratch))
        built = time.time() - start
        strides = 0
        for number, values in enumerate(case["sets"]):
            try:
                strides += check_set(torch, row, case, values, stored, path, folder / case["model"])
            except Failed as error:
                return {"status": "FAIL", "detail": f"set {number}: {error}"}
    return {"status": "pass", "strides": strides, "seconds": round(built, 1)}


def compile_by_aoti(torch, archive, scratch):
    program = torch.export.load(archive)
    args, kwargs = program.example_inputs if program.example_inputs else ((), {})
    path = os.path.join(scratch, "own.pt2")
    if torch.__version__.startswith("2.6"):
        return torch._inductor.aoti_compile_and_package(program, args, kwargs, package_path=path)
    return torch._inductor.aoti_compile_and_package(program, package_path=path)


def check_set(torch, row, case, values, stored, path, archive):
    package = OnTensors(torch, row, path) if path.suffix == ".so" else torch._inductor.aoti_load_package(str(path))
    refused = outside_contract(row, values)
    leaves = [leaf_of(torch, leaf, stored["inputs"]) for leaf in values["inputs"]]
    try:
        found = call(torch, package, leaves)
    except RuntimeError as error:
        if refused:
            return 0
        raise Failed(f"refused: {first_line(error)}")
    wanted = [value_of(torch, leaf, stored["expected"]) for leaf in values["outputs"]]
    compare_all(torch, case, "output", found, wanted)
    for mutated in values.get("mutated_inputs", []):
        compare_all(torch, case, f"input {mutated['index']}", [leaves[mutated["index"]]], [stored["expected"][mutated["key"]]])
    strides = sum(1 for f, leaf in zip(found, values["outputs"]) if "stride" in leaf and other_strides(f, leaf["stride"]))
    against_eager(torch, case, values, stored, leaves, package, archive)
    return strides


class OnTensors:
    """A wrapper on at::Tensor (abi_compatible: false), as the operator that its library registers."""

    def __init__(self, torch, row, path):
        torch.ops.load_library(str(path.resolve()))
        self.run = getattr(torch.ops.aoti, row["operator"])
        if "weights" in row:  # a process opens a library once: what earlier sets left goes with the old mapping
            getattr(torch.ops.aoti, row["operator"] + "_load")(str((path.parent / row["weights"]).resolve()))


def other_strides(tensor, wanted):
    return tensor.numel() > 0 and any(n > 1 and a != b for n, a, b in zip(tensor.shape, tensor.stride(), wanted))


def outside_contract(row, values):
    """Another element type than was exported: eager modules run on it, a compiled one refuses it."""
    given = {str(number): leaf.get("dtype") for number, leaf in enumerate(values["inputs"])}
    return any(given[leaf] not in (None, dtype) for leaf, dtype in row["dtypes"].items())


def against_eager(torch, case, values, stored, ours, package, archive):
    """The second run, which sees what the first one left, beside the eager module's."""
    try:
        eager = torch.export.load(archive).module()
        theirs = [leaf_of(torch, leaf, stored["inputs"]) for leaf in values["inputs"]]
        args, kwargs = torch.utils._pytree.tree_unflatten(theirs, eager._in_spec if hasattr(eager, "_in_spec") else in_spec(torch, package))
        with torch.no_grad():
            first = torch.utils._pytree.tree_leaves(eager(*args, **kwargs))
            compare_all(torch, case, "eager", first, [value_of(torch, leaf, stored["expected"]) for leaf in values["outputs"]])
            wanted = torch.utils._pytree.tree_leaves(eager(*args, **kwargs))
    except Exception:
        return  # this release cannot run the archive, or it is random
    found = call(torch, package, ours)
    case = {**case, "atol": 2 * case["atol"], "rtol": 2 * case["rtol"]}  # each may be off by what the answers on file allow
    compare_all(torch, case, "second run's output", found, wanted)
    compare_all(torch, case, "input after two runs", [x for x in ours if isinstance(x, torch.Tensor)], [x for x in theirs if isinstance(x, torch.Tensor)])


def in_spec(torch, package):
    return torch.utils._pytree.treespec_loads(package.loader.get_call_spec()[0])


def call(torch, package, leaves):
    """As a user calls it; classes that only the exporting program had are beyond reach, so then by leaves."""
    if isinstance(package, OnTensors):
        return package.run([x for x in leaves if isinstance(x, torch.Tensor)])
    try:
        args, kwargs = torch.utils._pytree.tree_unflatten(leaves, in_spec(torch, package))
    except Exception:
        return package.loader.run([x for x in leaves if isinstance(x, torch.Tensor)])
    return torch.utils._pytree.tree_leaves(package(*args, **kwargs))


def leaf_of(torch, leaf, stored):
    value = value_of(torch, leaf, stored)
    if leaf["kind"] != "tensor":
        return value
    stride, offset = leaf["stride"], leaf.get("storage_offset", 0)
    span = 1 + sum((n - 1) * s for n, s in zip(value.shape, stride)) if value.numel() else 0
    laid = torch.zeros(offset + span, dtype=value.dtype).as_strided(value.shape, stride, offset)
    single, to = value, laid
    for dim, step in enumerate(stride):
        if step == 0 and value.shape[dim] > 1:
            single, to = single.narrow(dim, 0, 1), to.narrow(dim, 0, 1)
    to.copy_(single)
    return laid


def value_of(torch, leaf, stored):
    if leaf["kind"] != "tensor":
        return leaf.get("value")
    value = stored[leaf["key"]]
    return torch.view_as_complex(value.clone()) if leaf.get("stored_as") else value


def compare_all(torch, case, what, found, wanted):
    if len(found) != len(wanted):
        raise Failed(f"{len(found)} {what}s instead of {len(wanted)}")
    for number, (a, e) in enumerate(zip(found, wanted)):
        name = f"{what} {number}"
        if not isinstance(e, torch.Tensor):
            value = a.item() if isinstance(a, torch.Tensor) else a
            if value != e and not (value != value and e != e):
                raise Failed(f"{name} is {value}, not {e}")
            continue
        if not isinstance(a, torch.Tensor):
            raise Failed(f"{name} is {a}, not a tensor")
        if a.is_complex() and not e.is_complex() and e.dim() == a.dim() + 1:
            e = torch.view_as_complex(e.contiguous())
        try:
            torch.testing.assert_close(a, e, atol=case["atol"], rtol=case["rtol"], equal_nan=True, check_stride=False)
        except AssertionError as error:
            raise Failed(f"{name}: {first_line(error)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--aoti", action="store_true")
    parser.add_argument("--worker", action="store_true")
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--answers", type=Path)
    parser.add_argument("dir", type=Path)
    parser.add_argument("folders", nargs="*")
    chosen = parser.parse_args()
    if chosen.worker:
        work(chosen)
    else:
        sys.exit(main(chosen))
