"""Numbers of PyTorch's own for rows of operators: python pin.py writes pinned/FAMILY.json beside this file.

Each entry is a call (operator, arguments, named arguments) and its results. `pinned_test.ts` runs the same calls
through the interpreter. Needs PyTorch 2.13; where torchvision is installed (beside 2.6) it writes that
library's family alone. Numbers are typed in or drawn from a fixed seed, so another run writes the same files.
"""

import json
from pathlib import Path

import torch
import torch.ao.quantization.fx._decomposed  # declares quantized_decomposed

inf, nan = float("inf"), float("nan")
SEED = 20240229


def t(values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype)


def randn(*shape):
    """Few digits, so that the files stay readable."""
    return torch.round(torch.randn(*shape) * 64) / 64


def written(x):
    if isinstance(x, torch.Tensor):
        values = [number(v) for v in x.double().flatten().tolist()] if x.is_floating_point() else x.flatten().tolist()
        return {"dtype": str(x.dtype).removeprefix("torch."), "shape": list(x.shape), "values": values}
    if isinstance(x, (list, tuple)):
        return [written(y) for y in x]
    if isinstance(x, torch.dtype):
        return str(x).removeprefix("torch.")
    return number(x) if isinstance(x, float) else x


def number(x):
    if x != x:
        return "nan"
    if x in (inf, -inf):
        return "inf" if x > 0 else "-inf"
    return "-0" if x == 0 and str(x)[0] == "-" else x


def results(out):
    if isinstance(out, torch.Tensor):
        return [written(out)]
    if out is None:
        return []
    return [one for part in out for one in results(part)]


def pinned(name, *args, **named):
    namespace, operator, overload = name.split(".")
    function = getattr(getattr(getattr(torch.ops, namespace), operator), overload)
    given = written(args), {key: written(value) for key, value in named.items()}
    return {"target": name, "args": given[0], "named": given[1], "results": results(function(*args, **named))}


def foreach():
    xs, ys = [t([1.5, -2, 0.25]), t([[0.5], [-3]])], [t([2, -0.5, nan]), t([[4], [inf]])]
    powers = [t([2.0, 0.5, 3.0]), t([[1.0], [2.0]])]
    two = "add sub mul div maximum minimum clamp_min clamp_max".split()
    return [
        *(pinned(f"aten._foreach_{name}.List", xs, ys) for name in two),
        *(pinned(f"aten._foreach_{name}.Scalar", xs, 0.75) for name in two),
        *(pinned(f"aten._foreach_{name}.ScalarList", xs, [0.75, 2.5]) for name in two),
        pinned("aten._foreach_add.List", xs, ys, alpha=3),
        pinned("aten._foreach_add.Tensor", xs, t(0.5), alpha=2),
        pinned("aten._foreach_mul.Tensor", xs, t(0.5)),
        pinned("aten._foreach_pow.List", xs, powers),
        pinned("aten._foreach_pow.ScalarAndTensor", 2, powers),
        pinned("aten._foreach_addcmul.ScalarList", xs, ys, powers, [0.5, 2.0]),
        pinned("aten._foreach_addcdiv.Scalar", xs, ys, powers, 0.5),
        pinned("aten._foreach_addcdiv.Tensor", xs, ys, powers, t([0.5, 2.0])),
        pinned("aten._foreach_lerp.List", xs, ys, powers),
        pinned("aten._foreach_lerp.Scalar", xs, ys, 0.25),
        pinned("aten._foreach_norm.Scalar", xs, 2),
        pinned("aten._foreach_norm.Scalar", xs, inf),
        pinned("aten._foreach_max.default", xs),
        pinned("aten._foreach_abs.default", xs),
        pinned("aten._foreach_sign.default", ys),
        pinned("aten._foreach_sqrt.default", ys),
        pinned("aten._foreach_round.default", xs),
        pinned("aten._foreach_copy.default", xs, powers),
        pinned("aten._foreach_zero.default", xs),
    ]


def fake_quantised():
    """Fake quantisation as training sees it: gradients, and ranges that are observed."""
    x, grad = randn(4, 6) * 3, randn(4, 6)
    mask, yes, no = randn(4, 6) > 0, t([1], torch.int64), t([0], torch.int64)
    scales, zeros = t([0.05, 0.1, 0.02, 0.5]), t([3.2, -4.0, 0.5, 0.0])
    rows = t([[-3.0, 1, 2], [0.5, 1, 2], [-1, -2, -0.5], [0, 0, 0]])

    def observed(x, on, fake, low, high, *more, dtype=torch.int32):
        n = len(low) if isinstance(low, list) else 1
        scale, zero = torch.full([n], 0.25), torch.full([n], 5, dtype=dtype)
        name = "aten._fused_moving_avg_obs_fq_helper_functional.default"
        return pinned(name, x, on, fake, t(low), t(high), scale, zero, 0.01, *more)

    tiny, large = rows * 1e-5, t([[-7.5, 200.25], [0.125, 3]])
    return [
        *(pinned(f"aten.fake_quantize_{kind}_affine_cachemask_backward.default", grad, mask) for kind in ("per_tensor", "per_channel")),
        *(
            pinned("aten._fake_quantize_learnable_per_tensor_affine_backward.default", grad, x, scales[1:2], z, -20, 15, factor)
            for z in (zeros[:1], zeros[1:2], zeros[2:3], zeros[3:], zeros[1:2] + 0.6)
            for factor in (1.0, 0.3)
        ),
        pinned("aten._fake_quantize_learnable_per_channel_affine_backward.default", grad, x, scales, zeros, 0, -20, 15, 0.5),
        pinned("aten._fake_quantize_learnable_per_channel_affine_backward.default", grad.t(), x.t(), scales, zeros, 1, 0, 15),
        *(pinned("aten._fake_quantize_learnable_per_tensor_affine.default", x, scales[1:2], z, -20, 15) for z in (zeros[2:3], zeros[2:3] - 1)),
        pinned("aten._fake_quantize_learnable_per_channel_affine.default", x, scales, zeros - 1, 0, -20, 15),
        *(observed(x, on, fake, inf, -inf, 0, 255, -1) for on in (yes, no) for fake in (yes, no) if on is yes or fake is no),
        *(
            observed(x, yes, yes, low, high, *span, -1, False, symmetric)
            for low, high in ((-2.0, 9.5), (-9.5, 2.0), (0.5, 2.5))
            for span in ((0, 255), (-128, 127))
            for symmetric in (False, True)
        ),
        observed(x, no, yes, -2.0, 9.5, 0, 255, -1, dtype=torch.int64),
        *(observed(y, yes, yes, inf, -inf, 0, 127, -1) for y in (tiny, tiny[1:2], -tiny[1:2], tiny[3:], large)),
        *(
            observed(y, yes, yes, [inf] * 4, [-inf] * 4, -128, 127, 0, True, symmetric)
            for y in (rows, tiny)
            for symmetric in (False, True)
        ),
        observed(rows.reshape(4, 3, 1, 1), yes, yes, [-1.0, -2, -3, -4], [1.0, 2, 3, 4], -8, 7, 0, True, True),
    ]


def quantised():
    """Halves round to even, infinities go to the ends, zero points shift after rounding or before it."""
    x = t([[-300, -1.25, -0.5, 0.5], [2.5, inf, -inf, 126.7]])
    plain = t([[-3.5, 0.25, 7], [1.5, -0.125, 0]])
    q = t([[-128, 127, 0], [5, -7, 64]], torch.int8)
    scales, zeros = t([0.5, 0.125, 2]), t([0, -3, 7], torch.int64)
    space = "quantized_decomposed."
    each, both = t([[0.5], [0.25]]), t([[2.0], [-1.0]])
    return [
        *(
            pinned(f"{space}quantize_per_tensor.default", x, 0.1, zero, low, high, dtype)
            for zero, low, high, dtype in (
                (3, -128, 127, torch.int8),
                (128, 0, 255, torch.uint8),
                (0, -32768, 32767, torch.int16),
                (0, -8, 7, torch.int8),
            )
        ),
        pinned(f"{space}quantize_per_tensor.default", x.bfloat16(), 0.1, 3, -128, 127, torch.int8),
        pinned(f"{space}quantize_per_tensor.tensor", x, t(0.07), t(3, torch.int64), -128, 127, torch.int8),
        pinned(f"{space}quantize_per_tensor.tensor", x, t([0.07]), t([3], torch.int64), -128, 127, torch.int8),
        pinned(
            f"{space}quantize_per_tensor.tensor2",
            *(x, t(0.07), t(3, torch.int64), t(-5, torch.int64), t(6, torch.int64), torch.int8),
        ),
        pinned(f"{space}dequantize_per_tensor.default", q, 0.1, 3, -128, 127, torch.int8),
        pinned(f"{space}dequantize_per_tensor.default", q, 0.1, 3, -128, 127, torch.int8, out_dtype=torch.bfloat16),
        pinned(f"{space}dequantize_per_tensor.tensor", q, t(0.07), t(3, torch.int64), -128, 127, torch.int8),
        pinned(f"{space}quantize_per_channel.default", plain, scales, zeros, 1, -128, 127, torch.int8),
        pinned(f"{space}quantize_per_channel.default", plain.t(), scales, zeros, 0, 0, 15, torch.uint8),
        pinned(f"{space}dequantize_per_channel.default", q, scales, zeros, 1, -128, 127, torch.int8),
        pinned(f"{space}dequantize_per_channel.default", q, scales, None, -1, -128, 127, torch.int8),
        pinned(f"{space}quantize_per_token.default", plain, each, both, -128, 127, torch.int8),
        pinned(f"{space}dequantize_per_token.default", q, each, both, -128, 127, torch.int8, torch.float32),
        pinned(f"{space}quantize_per_channel_group.default", x, t([[0.5, 1], [2, 4]]), t([[0, 1], [2, -1]], torch.int32), -8, 7, torch.int8, 2),
        pinned(f"{space}dequantize_per_channel_group.default", t([[1, 2], [-3, 4]], torch.int8), each, None, -8, 7, torch.int8, 2, torch.float32),
        pinned(f"{space}choose_qparams.tensor", plain, -128, 127, 1e-5, torch.int8),
        pinned(f"{space}choose_qparams.tensor", plain.abs(), 0, 255, 1e-5, torch.uint8),
        pinned(f"{space}choose_qparams.tensor", plain * 0, -128, 127, 1e-5, torch.int8),
        pinned(f"{space}choose_qparams_symmetric.tensor", plain, -127, 127, 1e-5, torch.int8),
        pinned(f"{space}choose_qparams_per_token.default", plain, torch.int8),
        pinned(f"{space}choose_qparams_per_token_asymmetric.default", plain, torch.int8),
        pinned(f"{space}fake_quant_per_channel.default", plain, scales, zeros, 1, -8, 7),
        pinned("aten.fake_quantize_per_tensor_affine.default", x, 0.1, 3, -8, 7),
        pinned("aten.fake_quantize_per_tensor_affine_cachemask.default", x, 0.5, -1, -8, 7),
        pinned("aten.fake_quantize_per_channel_affine_cachemask.default", plain, scales, zeros.int(), 1, -8, 7),
        *(
            pinned(
                "aten._fake_quantize_per_tensor_affine_cachemask_tensor_qparams.default",
                *(plain, t([0.5]), t([2], torch.int32), t([on], torch.int64), -8, 7),
            )
            for on in (0, 1)
        ),
        pinned("aten._fake_quantize_learnable_per_tensor_affine.default", plain, t([0.5]), t([1.5]), -8, 7),
        pinned("aten._fake_quantize_learnable_per_channel_affine.default", plain, scales, t([0.5, -1.5, 99]), 1, -8, 7),
    ]


def optimisers():
    """One step each; results are the lists after it."""

    def step(name, lists, **options):
        after = [[x.clone() for x in one] for one in lists]
        getattr(torch.ops.aten, f"{name}_").default(*after, **options)
        return {
            "target": f"aten.{name}.default",
            "args": written(lists),
            "named": {key: written(value) for key, value in options.items()},
            "results": results(after[: lists_of[name]]),
        }

    lists_of = {"_fused_adam": 5, "_fused_adamw": 5, "_fused_sgd": 3, "_fused_adagrad": 3}
    p, g = [t([1.5, -2, 0.25]), t([[0.5]])], [t([0.5, -1, 4]), t([[-0.25]])]
    mean, square, steps = [x * 0.5 for x in g], [x * x + 0.5 for x in g], [t(3.0), t(1.0)]
    adam_options = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "weight_decay": 0.1, "eps": 1e-8}
    sgd_options = {"weight_decay": 0.1, "momentum": 0.9, "lr": 0.01}
    return [
        step("_fused_adam", [p, g, mean, square, [], steps], **adam_options, amsgrad=False, maximize=False),
        step("_fused_adam", [p, g, mean, square, square, steps], **adam_options, amsgrad=True, maximize=True),
        step("_fused_adamw", [p, g, mean, square, [], steps], **adam_options, amsgrad=False, maximize=False),
        step("_fused_sgd", [p, g, mean], **sgd_options, dampening=0.1, nesterov=False, maximize=False, is_first_step=False),
        step("_fused_sgd", [p, g, mean], **sgd_options, dampening=0.0, nesterov=True, maximize=True, is_first_step=True),
        step("_fused_adagrad", [p, g, square, steps], lr=0.01, lr_decay=0.1, weight_decay=0.1, eps=1e-8, maximize=False),
    ]


def layers():
    x, weight, bias = randn(2, 3, 4), randn(12, 4), randn(12)
    project = randn(4, 4), randn(4)
    causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
    keys = t([[False, False, True], [False, False, False]], torch.bool)
    head = (x, x, x, 4, 2, weight, bias, *project)
    norms = randn(4), randn(4), randn(4), randn(4)
    ffn = randn(6, 4), randn(6), randn(4, 6), randn(4)
    scores, all_hidden = randn(1, 2, 3, 3), t([[True, True, True], [False, True, False], [False, False, False]], torch.bool)
    return [
        pinned("aten._native_multi_head_attention.default", *head),
        pinned("aten._native_multi_head_attention.default", *head, None, True, False),
        pinned("aten._native_multi_head_attention.default", *head, causal, True, True, 0),
        pinned("aten._native_multi_head_attention.default", *head, keys, True, True, 1),
        *(
            pinned("aten._transformer_encoder_layer_fwd.default", x, 4, 2, weight, bias, *project, gelu, first, 1e-5, *norms, *ffn)
            for gelu, first in ((False, False), (True, True))
        ),
        pinned("aten._masked_softmax.default", scores, all_hidden, -1, 0),
        pinned("aten._masked_softmax.default", randn(2, 3), t([[True, False, False], [True, True, False]], torch.bool)),
        pinned("aten._transform_bias_rescale_qkv.default", randn(1, 2, 12), bias, 2),
    ]


def pools():
    holes = t([[[nan, 1, 2, -inf], [3, nan, 5, 0], [-1, -inf, -inf, 4]]])
    return [
        pinned("aten.fractional_max_pool2d.default", randn(1, 2, 5, 6), [2, 2], [2, 3], torch.rand(1, 2, 2)),
        pinned("aten.fractional_max_pool2d.default", randn(2, 5, 6), [3, 2], [1, 4], torch.rand(1, 2, 2)),
        pinned("aten.fractional_max_pool2d.default", holes, [2, 3], [2, 1], torch.rand(1, 1, 2)),
        pinned("aten.fractional_max_pool3d.default", randn(1, 1, 4, 3, 5), [2, 1, 2], [2, 2, 2], torch.rand(1, 1, 3)),
        pinned("aten.conv_tbc.default", randn(4, 1, 2), randn(3, 2, 2), randn(2), 1),
    ]


def composites():
    a, b, c = randn(2, 3), randn(4, 3), randn(1, 3)
    return [
        pinned("aten.pad_sequence.default", [a, b, c], True, -1.5),
        pinned("aten.pad_sequence.default", [a, b, c], False, 0.5, "left"),
        pinned("aten._trilinear.default", randn(2, 3), randn(4, 3, 2), randn(2, 2), [1, 3], [0], [1, 2], [2, 3]),
        pinned("aten._euclidean_dist.default", a, b),
        pinned("aten.norm_except_dim.default", b, 2, 1),
        pinned("aten.norm_except_dim.default", b, 1, -1),
        pinned("aten.glu_jvp.default", randn(2, 1), randn(2, 2), randn(2, 2), 1),
        pinned("aten.narrow.Tensor", b, 0, t(-3, torch.int64), 2),
        pinned("aten._dim_arange.default", a, -1),
        pinned("aten._shape_as_tensor.default", a),
        pinned("aten.resize.default", b, [2, 3]),
        pinned("aten.resize_as.default", b, a),
        pinned("aten.flatten_dense_tensors.default", [a, c]),
        pinned("aten.unflatten_dense_tensors.default", randn(9), [a, c]),
        pinned("aten._addmm_activation.default", t([1, -2]), a, randn(3, 2), beta=0.5, alpha=2),
        pinned("aten._addmm_activation.default", t([1, -2]), a, randn(3, 2), use_gelu=True),
        pinned("aten._add_relu.Tensor", a, randn(2, 3), alpha=2),
        pinned("aten._saturate_weight_to_fp16.default", t([[1e6, -inf, 3]])),
        pinned("aten._is_all_true.default", t([True, False], torch.bool)),
        pinned("aten._cast_Char.default", t([1.7, -3.2])),
        pinned("aten._convolution_mode.default", randn(1, 1, 5), randn(2, 1, 2), None, [1], "same", [2], 1),
        pinned("aten.slow_conv_transpose2d.default", randn(1, 1, 2, 2), randn(1, 1, 2, 2), [2, 2], None, [2, 1], [0, 1], [1, 0]),
        pinned("aten.trapz.x", a, t([0, 0.5, 2])),
        pinned("aten.gradient.tensorarrayint", b, spacing=[t([0, 0.5, 2, 2.25])], dim=0),
        pinned("aten.gradient.tensorarray", b, spacing=[t([0, 0.5, 2, 2.25]), t([3, 1, 0.0])], dim=[0, 1], edge_order=2),
        pinned("aten.view.dtype", t([1.5, -0.0, inf, nan]), torch.int32),
        pinned("aten.view.dtype", t([[1.5, -2]]), torch.uint8),
        pinned("aten.view.dtype", t([1.5, -2]).bfloat16(), torch.float32),
        pinned("aten.view.dtype", t(3, torch.int64), torch.float64),
        pinned("aten.rrelu.default", t([-2, 3, nan])),
        pinned("aten.upsample_linear1d.default", t([[[1, 2, 4]]], torch.float64), [5], False, 1.7),
        pinned("aten.upsample_bicubic2d.default", t([[[[1, 2, 4], [3, -1, 0]]]], torch.float64), [3, 5], True),
    ]


def roundings():
    """Where PyTorch rounds half types on the way, and what it makes of bools, whole numbers and odd shapes."""
    halves = (torch.bfloat16, torch.float16)
    line, plane, volume = randn(1, 2, 5) * 4, randn(1, 1, 4, 3) * 4, randn(1, 1, 2, 3, 4) * 4
    grad, out = randn(3, 5) * 4, randn(3, 5) * 4
    x, y, s = randn(3, 2, 7) * 4, randn(3, 7, 4) * 4, randn(2, 4) * 4
    batch = randn(4, 3, 5) * 4
    ones = t([[True, False, True], [True, True, False]], torch.bool)
    return [
        *(pinned("aten.upsample_linear1d.default", line.to(d), [8], True) for d in halves),
        *(pinned("aten.upsample_bilinear2d.default", plane.to(d), [7, 5], False) for d in halves),
        *(pinned("aten.upsample_trilinear3d.default", volume.to(d), [3, 5, 7], False) for d in halves),
        *(pinned("aten.upsample_bicubic2d.default", plane.to(d), [7, 5], False) for d in halves),
        *(
            pinned("aten.grid_sampler_2d.default", plane.to(d), randn(1, 3, 4, 2).to(d), 2, padding, padding == 2)
            for d in halves
            for padding in (0, 1, 2)
        ),
        pinned("aten._upsample_bilinear2d_aa.default", plane.double(), [3, 2], False),
        pinned("aten._upsample_bicubic2d_aa.default", plane.double(), [3, 2], False),
        pinned("aten._upsample_lanczos2d_aa.default", plane.double(), [3, 2], False),
        pinned("aten._upsample_lanczos2d_aa.vec", plane, None, False, [0.7, 2.3]),
        pinned("aten._upsample_lanczos2d_aa.default", plane, [2, 9], True),
        pinned("aten.range.step", 1, 4),
        pinned("aten.range.step", -1.5, 2, 0.7),
        pinned("aten.range.step", 5, -4, -3, dtype=torch.int64),
        pinned("aten.range.default", 0.5, 3.9, dtype=torch.int32),
        *(
            pinned(f"aten.{name}.default", grad.to(d), out.to(d), dim, d)
            for name in ("_softmax_backward_data", "_log_softmax_backward_data")
            for d in halves
            for dim in (0, 1)
        ),
        *(pinned("aten.sub.Tensor", grad.to(d), out.to(d), alpha=0.3) for d in halves),
        *(pinned("aten.rsub.Tensor", grad.to(d), out.to(d), alpha=-3.125) for d in halves),
        *(pinned("aten.add.Tensor", randn(64).to(d), randn(64).to(d), alpha=0.3) for d in halves),
        *(pinned("aten.baddbmm.default", s.to(d), x.to(d), y.to(d), beta=0.6, alpha=0.2) for d in halves),
        *(pinned("aten.addbmm.default", s.to(d), x.to(d), y.to(d), beta=0.6, alpha=0.2) for d in halves),
        *(pinned("aten.addr.default", s.to(d), s[:, 0].to(d), s[0].to(d), beta=0.6, alpha=0.2) for d in halves),
        pinned("aten.addr.default", t([nan]), s[:, 0], s[0], beta=0, alpha=2),
        pinned("aten.addr.default", ones, ones[:, 0], ones[0], alpha=False),
        *(pinned("aten.native_batch_norm.default", batch.to(d), None, None, None, None, True, 0.1, 1e-5) for d in halves),
        pinned("aten.batch_norm.default", t([]), None, None, t([]), t([]), False, 0.1, 1e-5, False),
        *(pinned("aten.linspace.default", -3.3, 2.7, 6, dtype=d) for d in (*halves, torch.int64)),
        *(pinned("aten.logspace.default", 4.3, 0.7, 4, 5.3, dtype=d) for d in (*halves, torch.int64)),
        *(
            pinned(f"aten.{name}.Scalar", grad.to(d), 0.3)
            for name in ("add", "sub", "rsub", "mul", "div", "fmod", "remainder", "gt", "eq")
            for d in halves
        ),
        *(pinned(f"aten.{name}.Tensor", grad.to(d), t(0.3)) for name in ("add", "mul", "div") for d in halves),
        *(pinned("aten.mul.Tensor", t(0.3), grad.to(d)) for d in halves),
        *(pinned("aten.div.Tensor_mode", t([5.98, -5.99, 7]).to(d), t([0.998, 0.999, 3]).to(d), rounding_mode="trunc") for d in halves),
        *(pinned("aten.div.Scalar_mode", grad.to(d), 0.3, rounding_mode="trunc") for d in halves),
        *(pinned("aten.remainder.Scalar_Tensor", 7.3, grad.to(d)) for d in halves),
        *(pinned("aten.pow.Tensor_Scalar", grad.abs().to(d), 0.3) for d in halves),
        *(pinned("aten.pow.Scalar", 2.7, grad.to(d)) for d in halves),
        *(pinned("aten.gt.Scalar", t([0.3, -0.3, 0.301]).to(d), 0.3) for d in halves),
        pinned("aten.square.default", ones),
        *(pinned("aten.add.Tensor", ones, ~ones, alpha=alpha) for alpha in (True, False)),
        pinned("aten.diff.default", randn(2, 3), 4),
        pinned("aten.diff.default", randn(2, 3), 2, 0, randn(1, 3)),
        pinned("aten.arange.start_step", 0.1, -7.9, -4.0, dtype=torch.uint8),
        pinned("aten.arange.start_step", 0.6, 5.9, 1.7, dtype=torch.int64),
        pinned("aten.sum_to_size.default", ones, [1, 3]),
        pinned("aten.sum_to_size.default", ones, [2, 3]),
        pinned("aten.sum_to_size.default", t(7, torch.uint8), []),
        pinned("aten.masked_scatter.default", t([1, 2, 3]), ones, randn(5)),
        pinned("aten.poisson_nll_loss.default", t([3, 0], torch.int64), t([1, 2], torch.int64), True, False, 1e-8, 0),
        pinned("aten.poisson_nll_loss.default", t([3, 5], torch.int64), t([1, 2], torch.int64), False, True, 1e-8, 1),
        pinned("aten.pad.default", torch.arange(16).reshape(1, 1, 4, 4), [-1, 1, -2, 1], "circular"),
        pinned("aten.pad.default", torch.arange(8).reshape(1, 2, 4), [2, -1], "circular"),
    ]


def packed_weights():
    weight, x = torch.randint(0, 16, (66, 4), dtype=torch.int32), randn(1, 4)
    # the layout of AVX-512, written out: what PyTorch packs depends on the machine
    first, rest = weight[:64].t().reshape(4, 2, 32), weight[64:].t().reshape(4, 1, 2)
    packed = torch.cat([(first[:, 0] | first[:, 1] << 4).flatten(), (rest[..., 0] | rest[..., 1] << 4).flatten()])
    table = randn(2, 66, 2)
    full = (weight - 8) * table[..., 0].t().repeat_interleave(2, 1) + table[..., 1].t().repeat_interleave(2, 1)
    args = [x, packed.reshape(66, 2).to(torch.uint8), 2, table]
    bytes_of = torch.randint(-128, 127, (16, 32), dtype=torch.int8)
    wide, scales = randn(1, 32), torch.rand(16)
    return [
        {"target": "aten._weight_int4pack_mm_for_cpu.default", "args": written(args), "named": {}, "results": results(x @ full.t())},
        {
            "target": "aten._convert_weight_to_int4pack_for_cpu.default",
            "args": [written(weight), 1],
            "named": {},
            "results": results(args[1]),
        },
        pinned("aten._int_mm.default", bytes_of[:2], bytes_of[:4].t().contiguous()),
        pinned("aten._weight_int8pack_mm.default", wide, bytes_of, scales),
        pinned("aten._weight_int8pack_mm.default", wide.bfloat16(), bytes_of, scales.bfloat16()),
    ]


def regions():
    """Boxes outside, of no size, and larger than the image; as many points as bins have pixels, or a fixed number."""
    space, x = "torchvision.", randn(2, 4, 5, 6)
    boxes = t([[0, -2, 1, 7, 4.5], [1, 0.5, 0.5, 0.5, 0.5], [1, 3, 2, 5, 4]])
    offsets, mask = randn(1, 18, 3, 4), torch.rand(1, 9, 3, 4)
    conv = [randn(1, 2, 3, 4), randn(2, 1, 3, 3), offsets, mask, randn(2), 1, 1, 1, 1, 1, 1, 2, 1, True]
    return [
        *(
            pinned(f"{space}roi_align.default", x, boxes, 0.75, 2, 2, points, aligned)
            for points, aligned in ((-1, True), (0, False), (2, True))
        ),
        pinned(f"{space}ps_roi_align.default", x, boxes, 0.75, 2, 2, -1),
        pinned(f"{space}roi_pool.default", x, boxes, 0.75, 2, 2),
        pinned(f"{space}ps_roi_pool.default", x, boxes, 0.75, 2, 2),
        pinned(f"{space}deform_conv2d.default", *conv),
        pinned(f"{space}deform_conv2d.default", *conv[:-1], False),
    ]


families = {
    "composites": composites,
    "fake_quantised": fake_quantised,
    "foreach": foreach,
    "layers": layers,
    "optimisers": optimisers,
    "packed_weights": packed_weights,
    "pools": pools,
    "quantised": quantised,
    "roundings": roundings,
}
try:
    import torchvision  # noqa: F401  beside PyTorch 2.6

    families = {"regions": regions}
except ImportError:
    pass


def write(families):
    folder = Path(__file__).parent / "pinned"
    for name, calls in families.items():
        torch.manual_seed(SEED)
        lines = ",\n".join(json.dumps(call, allow_nan=False) for call in calls())
        (folder / f"{name}.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    write(families)
