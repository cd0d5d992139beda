"""Operators that an exported program can hold, as JSON: python operators.py > operators.json; see coverage.ts.

Families: what PyTorch's tables decompose, what AOTInductor lowers besides, further aten operators, gradients, and the
libraries whose operators exports keep. Left out is what no export of dense tensors on a CPU holds: `out=` forms, named
and sparse and nested tensors, other back ends, lists and dictionaries of TorchScript.
"""

import json
import re
import sys

import torch
import torch._decomp
import torch._inductor.lowering
import torch.ao.quantization.fx._decomposed  # noqa: F401  declares quantized_decomposed

try:
    import torchvision  # noqa: F401  declares torchvision
except ImportError:
    print("torchvision is not installed: its family is empty", file=sys.stderr)

LIBRARIES = ("quantized_decomposed", "torchvision")
OTHER_NAMES = re.compile(
    r"sparse|csr|csc|bsr|bsc|coo|mkldnn|cudnn|miopen|mps|nested|jagged|named|_test|cufft|xla|vulkan|batch_dim|cslt"
    r"|hspmm|^s?spaddmm|^smm$|coalesce|_indices|_values|_nnz|^values|^indices|fbgemm|mkl_|_fw_|_dual|names|align_|_cuda"
    r"|cuda|triton|version|grad$|requires_grad|is_leaf|is_inference|output_nr|set_data|pinned|^_?q_|qscheme|int_repr"
    r"|quantized|affine_quantized|^quantize_|^dequantize$|_foobar|record_stream|numpy_T$|_philox|_spsolve|_spdiags"
)
OTHER_SCHEMAS = re.compile(r"Dict|Dimname|Storage|Stream|__torch__|str\[\]|str dim|t\[\]|Generator\? generator, str|\.\.\.")


def overloads(keys):
    return {str(key) for key in keys if isinstance(key, torch._ops.OpOverload)}


def exportable(schema):
    """True where the operator takes or gives tensors, writes nothing but its arguments, and is of no other back end."""
    text, name, overload = str(schema), schema.name.split("::")[1], schema.overload_name
    if "Tensor" not in text or OTHER_SCHEMAS.search(text):
        return False
    if schema.name.startswith("aten::") and OTHER_NAMES.search(name):
        return False
    if re.search(r"(^|_)out$", overload) or any(a.is_out for a in schema.arguments):
        return False
    return not re.search(r"hacked_twin|prim_|names?$|dimname", overload)


def main():
    schemas = {}
    for schema in torch._C._jit_get_all_schemas():
        namespace, name = schema.name.split("::")
        if namespace in ("aten", *LIBRARIES) and exportable(schema):
            schemas[f"{namespace}.{name}.{schema.overload_name or 'default'}"] = schema
    tables = [torch._decomp.decomposition_table, torch._decomp.core_aten_decompositions()]
    if hasattr(torch.export, "default_decompositions"):
        tables.append(dict(torch.export.default_decompositions().items()))
    decomposed = set().union(*map(overloads, tables))
    lowered = overloads(torch._inductor.lowering.lowerings)
    families = {name: [] for name in ("decomposed", "lowered", "further", "gradients", *LIBRARIES)}
    for target in sorted(schemas):
        namespace, name, _ = target.split(".")
        if namespace in LIBRARIES:
            family = namespace
        elif "backward" in name:
            family = "gradients"
        else:
            family = "decomposed" if target in decomposed else "lowered" if target in lowered else "further"
        families[family].append(target)
    print(json.dumps({"release": torch.__version__, "families": families}))


main()
