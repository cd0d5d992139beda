"""Cases exported again by the PyTorch that runs this: each archive is loaded and saved, beside the same numbers.

    python reexport.py CASES OUT [--first] [--only=NAME]

CASES holds case folders (see README.md); OUT gets folders of the same names, on which `aoti verify` runs. --first takes
the first case of each folder. What this PyTorch cannot load or save is listed, and left out of its folder.
"""

import json
import shutil
import sys
import traceback
import warnings
from pathlib import Path

import torch

warnings.filterwarnings("ignore")


def reexport(source: Path, target: Path) -> str | None:
    """Loads and saves one archive; the reason why it cannot, if so."""
    try:
        program = torch.export.load(str(source))
        torch.export.save(program, str(target))
        return None
    except Exception as error:  # whatever this release refuses is what we report
        target.unlink(missing_ok=True)
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {str(error).strip().splitlines()[:1]}"


def folder(source: Path, target: Path, first: bool) -> tuple[int, list[str]]:
    """One case folder; how many cases were kept, and what was not."""
    table = json.loads((source / "cases.json").read_text())
    target.mkdir(parents=True, exist_ok=True)
    refused, kept, done = [], [], {}
    for case in table["cases"][: 1 if first else None]:
        model = case["model"]
        if model not in done:
            done[model] = reexport(source / model, target / model)
        if done[model] is None:
            kept.append(case)
        else:
            refused.append(f"{source.name} {case['id']}: {done[model]}")
    if kept:
        (target / "cases.json").write_text(json.dumps({**table, "cases": kept}))
        for name in ("inputs.safetensors", "expected.safetensors"):
            shutil.copyfile(source / name, target / name)
    else:
        shutil.rmtree(target)
    return len(kept), refused


def main() -> None:
    options = [a for a in sys.argv[1:] if a.startswith("--")]
    cases, out = (Path(a) for a in sys.argv[1:] if not a.startswith("--"))
    only = next((a.split("=")[1] for a in options if a.startswith("--only=")), None)
    kept, refused = 0, []
    for source in sorted(cases.iterdir()):
        if not (source / "cases.json").exists() or only not in (None, source.name):
            continue
        count, odd = folder(source, out / source.name, "--first" in options)
        kept += count
        refused += odd
    print(f"PyTorch {torch.__version__}: {kept} cases exported again, {len(refused)} refused")
    for line in refused:
        print(f"  {line}")


if __name__ == "__main__":
    main()
