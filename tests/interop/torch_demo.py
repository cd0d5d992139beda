"""Opens the runtime's demo libraries in PyTorch, bare and packed: python torch_demo.py LINEAR_DIR EFFECTS_DIR

Each folder holds <name>.so and its weights.bin. Works with PyTorch 2.6 and newer; prints what was checked.
"""
import os, sys, tempfile, threading, zipfile
import torch

linear_dir, effects_dir = sys.argv[1], sys.argv[2]
K, N = 64, 32
runner_type = torch._C._aoti.AOTIModelContainerRunnerCpu
new = not torch.__version__.startswith("2.6")


def weights(version=0):
    w = torch.tensor([[((k * 7 + j * 3 + version) % 11 - 5) / 8 for j in range(N)] for k in range(K)])
    b = torch.tensor([((j + version) % 5 - 2) / 4 for j in range(N)])
    return w, b


def expected(x, version=0):
    w, b = weights(version)
    return torch.relu(x @ w + b)


def message(run):
    try:
        run()
    except RuntimeError as error:
        return str(error)
    raise AssertionError("should have failed")


def check_linear(runner):
    for batch in (1, 7, 300):
        x = torch.randint(-6, 7, (batch, K)).float() / 4
        (y,) = runner.run([x])
        assert torch.equal(y, expected(x)) and y.is_contiguous() and not y.requires_grad
    (y,) = runner.run([x.t().contiguous().t()])  # other strides
    assert torch.equal(y, expected(x))
    with torch.enable_grad():
        runner.run([x])
        assert torch.is_grad_enabled()
    text = message(lambda: runner.run([torch.zeros(5000, K)]))
    assert not new or 'dim "batch" of input "x": 5000 is not in 1..4096' in text, text
    text = message(lambda: runner.run([x.double()]))
    assert not new or 'input "x" is float64, the model takes float32' in text, text
    assert sorted(runner.get_constant_names_to_original_fqns().values()) == ["fc.bias", "fc.weight", "folded_0"]
    return x


def in_threads(runner, x):
    wrong = []

    def work():
        for _ in range(200):
            if not torch.equal(runner.run([x])[0], expected_y):
                wrong.append(1)

    expected_y = expected(x)
    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not wrong


def check_updates(runner, x):
    w, b = weights(1)
    runner.update_constant_buffer({"fc_weight": w, "fc_bias": b}, False, False)
    assert torch.equal(runner.run([x])[0], expected(x, 1))
    w.zero_()  # it was copied
    assert torch.equal(runner.run([x])[0], expected(x, 1))
    w, b = weights(2)
    runner.update_constant_buffer({"fc_weight": w.t().contiguous().t(), "fc_bias": b}, True, True)
    assert torch.equal(runner.run([x])[0], expected(x, 1))
    if not hasattr(runner, "swap_constant_buffer"):  # 2.6 swaps from C++ only
        print("  updates")
        return
    runner.swap_constant_buffer()
    assert torch.equal(runner.run([x])[0], expected(x, 2))
    message(lambda: runner.update_constant_buffer({"fc_bias": b[:3]}, False, False))  # the reason is on stderr
    assert torch.equal(runner.run([x])[0], expected(x, 2))
    print("  updates, swap")


def pack(path, so, weights, name):
    """A flat package, as both 2.6 and newer releases read it."""
    with zipfile.ZipFile(path, "w") as z:
        root = "data/aotinductor/model/"
        z.writestr("version", "0")
        z.writestr("archive_format", "pt2")
        z.writestr(root + "m.wrapper.cpp", f"// {name}")
        z.writestr(root + "m.wrapper_metadata.json", '{"AOTI_DEVICE_KEY": "cpu"}')
        z.write(so, root + "m.wrapper.so")
        z.write(weights, root + "weights.bin")


def check_effects(runner):
    total = 10.0
    for turn in range(3):
        x = torch.arange(6.0).reshape(2, 3)
        out = runner.run([x, torch.tensor(2)])
        total += 21
        assert torch.equal(x, torch.arange(6.0).reshape(2, 3) + 1)
        assert out[0].data_ptr() == x.data_ptr() and out[0] is x
        assert out[1].item() == total and out[4].item() == total and out[3].item() == 6 and out[5].item() == 3
        assert out[3].dtype == torch.int64 and out[3].dim() == 0
    x = torch.arange(6.0).reshape(3, 2).t()
    before = x.clone()
    runner.run([x, torch.tensor(0)])
    assert torch.equal(x, before + 1)
    text = message(lambda: runner.run([x, torch.tensor(9)]))
    assert not new or "index out of range in kernel lookup" in text, text


print("PyTorch", torch.__version__)
runner = runner_type(f"{linear_dir}/linear.so", 1)
x = check_linear(runner)
in_threads(runner, x)
print("  bare library: runs, messages, grad mode, 4 threads")
check_updates(runner, x)
if hasattr(runner, "extract_constants_map"):
    held = runner.extract_constants_map(False)
    assert sorted(held) == ["fc.bias", "fc.weight"] and held["fc.weight"].shape == (K, N)
    fresh = runner_type(f"{linear_dir}/linear.so", 1)
    fresh.extract_constants_map(False)["fc.bias"].fill_(1000)  # in place: ours alone
    assert fresh.run([x])[0].min() > 500
    del held, fresh
    print("  constants extracted, and changed in place")
again = runner_type(f"{linear_dir}/linear.so", 1)
assert torch.equal(again.run([x])[0], expected(x))
del runner, again

check_effects(runner_type(f"{effects_dir}/effects.so", 1))
print("  effects: mutation, input returned as itself, None, shared outputs, bad index")

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "linear.pt2")
    pack(path, f"{linear_dir}/linear.so", f"{linear_dir}/weights.bin", "linear")
    package = torch._inductor.aoti_load_package(path)
    x = torch.randint(-6, 7, (9, K)).float() / 4
    assert torch.equal(package(x), expected(x))
    w, b = weights(3)
    package.load_constants({"fc.weight": w, "fc.bias": b}, check_full_update=True)
    assert torch.equal(package(x), expected(x, 3))
    if new:
        package.load_constants({"fc.weight": w, "fc.bias": b}, check_full_update=True, user_managed=True)
        b += 1
        assert torch.equal(package(x), torch.relu(x @ w + b))
        print("  user-managed constants")
    print("  package: loads, runs, load_constants")

    path = os.path.join(folder, "effects.pt2")
    pack(path, f"{effects_dir}/effects.so", f"{effects_dir}/weights.bin", "effects")
    y = torch.zeros(2, 3)
    got = torch._inductor.aoti_load_package(path)(y, True, torch.tensor(1))
    assert got[0] is y and got[2] is None and got[1].item() == 16
    print("  package with effects")
    try:
        runner_type(__file__.replace("torch_demo.py", "nothing.so"), 1)
    except RuntimeError:
        pass
print("ok")
