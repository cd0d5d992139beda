"""Runs bare libraries and their packages on given inputs, for `one_library_test.ts`.

    python one_library.py models.json

Prints a line of JSON for each model: the release, digests of the library and of the one in the package, and the bytes
of each output, by `AOTIModelContainerRunnerCpu` on the library itself and by `aoti_load_package`.
"""

import base64
import hashlib
import json
import sys
import zipfile

import torch
import torch._inductor


def tensor_of(leaf):
    data = bytearray(base64.b64decode(leaf["data"]))
    return torch.frombuffer(data, dtype=getattr(torch, leaf["dtype"])).reshape(leaf["shape"])


def bytes_of(tensor):
    return base64.b64encode(bytes(tensor.contiguous().flatten().view(torch.uint8).tolist())).decode()


def member(package):
    with zipfile.ZipFile(package) as file:
        name = next(name for name in file.namelist() if name.endswith(".so"))
        return hashlib.sha256(file.read(name)).hexdigest()


def main(path):
    for model in json.load(open(path)):
        runner = torch._C._aoti.AOTIModelContainerRunnerCpu(f"./{model['library']}", 1)
        package = torch._inductor.aoti_load_package(model["package"])
        sets = [[tensor_of(leaf) for leaf in leaves] for leaves in model["sets"]]
        print(json.dumps({
            "model": model["name"],
            "torch": torch.__version__,
            "library": hashlib.sha256(open(model["library"], "rb").read()).hexdigest(),
            "packaged": member(model["package"]),
            "bare": [[bytes_of(t) for t in runner.run(leaves)] for leaves in sets],
            "loaded": [[bytes_of(t) for t in package.loader.run(leaves)] for leaves in sets],
        }), flush=True)


main(sys.argv[1])
