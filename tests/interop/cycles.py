"""A built library in PyTorch: loaded, run and unloaded many times, and what a call costs.

    python cycles.py LIBRARY CYCLES SHAPE…       python cycles.py mlp.so 10000 4,64

The model takes float32 inputs of the shapes. Prints memory, threads and files before and after, then nanoseconds per
call of the runner in Python; fails where something grew.
"""

import os
import sys
import time

import torch

runner_type = torch._C._aoti.AOTIModelContainerRunnerCpu


def look():
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    with open("/proc/self/maps") as file:
        maps = sum(1 for line in file if ".so" in line)
    return {"resident KiB": pages * 4, "threads": len(os.listdir("/proc/self/task")), "files": len(os.listdir("/proc/self/fd")), "mapped libraries": maps}


def cycle(path, inputs):
    return runner_type(path, 1).run(inputs)


def main(path, cycles, *shapes):
    path, cycles = os.path.abspath(path), int(cycles)
    inputs = [torch.rand([int(size) for size in shape.split(",")]) for shape in shapes]
    for _ in range(cycles // 10 + 50):
        cycle(path, inputs)
    before = look()
    for _ in range(cycles):
        cycle(path, inputs)
    after = look()
    print(f"PyTorch {torch.__version__}, {cycles} cycles:", ", ".join(f"{name} {before[name]} to {after[name]}" for name in before))
    assert all(after[name] <= before[name] for name in ("threads", "files", "mapped libraries"))
    assert after["resident KiB"] <= before["resident KiB"] + 2048
    runner, found = runner_type(path, 1), []
    for _ in range(25):
        start = time.perf_counter_ns()
        for _ in range(1000):
            runner.run(inputs)
        found.append((time.perf_counter_ns() - start) / 1000)
    print(f"a call: {sorted(found)[12]:.0f} ns")


main(*sys.argv[1:])
