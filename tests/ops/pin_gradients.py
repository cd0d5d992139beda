"""Numbers of PyTorch's own for backward rows: python pin_gradients.py writes more of pinned/ (see pin.py)."""

import torch
from pin import inf, nan, pinned, randn, t, write

no, yes = False, True


def like(out):
    return randn(*out.shape) if out.dim() else t(0.75)


def windows():
    """Strides, padding, dilation and groups that leave elements unread; windows that overlap and that hang over."""

    def conv(x, weight, bias, stride, padding, dilation, transposed, extra, groups, mask=(yes, yes, yes)):
        out = torch.ops.aten.convolution.default(x, weight, None, stride, padding, dilation, transposed, extra, groups)
        rest = (bias, stride, padding, dilation, transposed, extra, groups, list(mask))
        return pinned("aten.convolution_backward.default", like(out), x, weight, *rest)

    def pool(name, x, *rest):
        out, at = getattr(torch.ops.aten, f"{name}_with_indices").default(x, *rest)
        return pinned(f"aten.{name}_with_indices_backward.default", like(out), x, *rest, at)

    def mean(name, x, *rest):
        out = getattr(torch.ops.aten, name).default(x, *rest)
        return pinned(f"aten.{name}_backward.default", like(out), x, *rest)

    def adaptive(x, *sizes):
        d = len(sizes)
        out, at = getattr(torch.ops.aten, f"adaptive_max_pool{d}d").default(x, list(sizes))
        part = getattr(torch.ops.aten, f"_adaptive_avg_pool{d}d").default(x, list(sizes))
        return [
            pinned(f"aten.adaptive_max_pool{d}d_backward.default", like(out), x, at),
            pinned(f"aten._adaptive_avg_pool{d}d_backward.default", randn(*part.shape), x),
        ]

    def pad(name, x, *by):
        full = torch.nn.functional.pad(x, by, mode={"reflection": "reflect", "replication": "replicate"}[name])
        return pinned(f"aten.{name}_pad{len(by) // 2}d_backward.default", randn(*full.shape), x, list(by))

    return [
        conv(randn(2, 4, 7), randn(6, 2, 3), [6], [2], [1], [1], no, [0], 2),
        conv(randn(1, 2, 6, 5), randn(3, 2, 3, 2), [3], [2, 1], [1, 0], [1, 2], no, [0, 0], 1),
        conv(randn(1, 2, 6, 5), randn(3, 2, 3, 2), [3], [2, 1], [1, 0], [1, 2], no, [0, 0], 1, (no, yes, no)),
        conv(randn(2, 4, 3, 4), randn(4, 3, 2, 3), [6], [2, 3], [0, 1], [1, 1], yes, [1, 0], 2),
        conv(randn(1, 2, 3), randn(2, 1, 2), [1], [1], [0], [3], yes, [2], 1),
        conv(randn(1, 1, 3, 3, 4), randn(2, 1, 2, 2, 2), [2], [1, 1, 2], [0, 1, 0], [1, 1, 1], no, [0, 0, 0], 1),
        pool("max_pool2d", randn(1, 2, 6, 5), [3, 2], [2, 1], [1, 0], [1, 1], no),
        pool("max_pool3d", randn(2, 3, 4, 5), [2, 2, 2], [1, 2, 2], [0, 1, 0], [1, 1, 1], yes),
        mean("avg_pool2d", randn(1, 2, 6, 5), [3, 2], [2, 1], [1, 0], no, yes, None),
        mean("avg_pool2d", randn(2, 6, 7), [3, 3], [2, 2], [1, 1], yes, no, None),
        mean("avg_pool2d", randn(2, 6, 7), [3, 3], [], [1, 1], yes, yes, None),
        mean("avg_pool2d", randn(1, 1, 4, 4), [2, 2], [2, 2], [0, 0], no, yes, 3),
        mean("avg_pool3d", randn(1, 1, 4, 3, 5), [2, 2, 3], [1, 1, 2], [0, 1, 1], no, no, None),
        *adaptive(randn(1, 2, 5, 7), 3, 4),
        *adaptive(randn(2, 3, 2, 4), 2, 3, 2),
        pad("reflection", randn(2, 4), 3, 2),
        pad("reflection", randn(1, 2, 3, 4), 1, 3, 2, 0),
        pad("replication", randn(1, 2, 3, 4), 1, 3, 2, 5),
        pad("replication", randn(1, 1, 2, 3, 2), 1, 0, 2, 1, 0, 3),
        pinned("aten.unfold_backward.default", randn(2, 3, 4), [2, 8], 1, 4, 2),
        pinned("aten.unfold_backward.default", randn(2, 2, 2), [7, 2], 0, 2, 4),
    ]


def resampling():
    def up(name, shape, outer, corners, *factors):
        flag = [] if corners is None else [corners]
        return pinned(f"aten.{name}_backward.default", randn(*shape[:2], *outer), list(outer), list(shape), *flag, *factors)

    def grid(d, mode, padding, corners, mask=(yes, yes)):
        x, points = randn(1, 2, *range(3, 3 + d)), randn(1, *([2] * d), d) * 1.3
        grad = randn(1, 2, *([2] * d))
        return pinned(f"aten.grid_sampler_{d}d_backward.default", grad, x, points, mode, padding, corners, list(mask))

    return [
        up("upsample_nearest1d", (1, 2, 3), (7,), None),
        up("upsample_nearest2d", (1, 2, 3, 5), (6, 4), None),
        up("upsample_nearest3d", (1, 1, 2, 3, 2), (3, 3, 4), None),
        up("_upsample_nearest_exact1d", (1, 2, 5), (3,), None),
        up("_upsample_nearest_exact2d", (1, 2, 3, 5), (7, 4), None),
        up("_upsample_nearest_exact3d", (1, 1, 2, 3, 2), (3, 5, 4), None),
        up("upsample_linear1d", (1, 2, 4), (7,), no),
        up("upsample_linear1d", (1, 2, 4), (7,), yes),
        up("upsample_bilinear2d", (1, 2, 3, 4), (5, 2), no),
        up("upsample_bilinear2d", (1, 2, 3, 4), (6, 9), no, 2.0, 2.3),
        up("upsample_trilinear3d", (1, 1, 2, 3, 2), (3, 4, 5), yes),
        up("upsample_bicubic2d", (1, 1, 3, 4), (5, 6), no),
        up("upsample_bicubic2d", (1, 1, 3, 4), (5, 6), yes),
        up("_upsample_bilinear2d_aa", (1, 1, 6, 5), (3, 2), no),
        up("_upsample_bicubic2d_aa", (1, 1, 6, 5), (4, 2), no),
        up("_upsample_lanczos2d_aa", (1, 1, 6, 5), (4, 2), no),
        *(grid(2, mode, padding, corners) for mode in (0, 1, 2) for padding in (0, 1, 2) for corners in (no, yes)),
        *(grid(3, mode, padding, yes) for mode in (0, 1) for padding in (0, 1, 2)),
        grid(2, 0, 0, no, (no, yes)),
    ]


def norms():
    def layer(x, shape, weight, bias, mask):
        out, mean, rstd = torch.ops.aten.native_layer_norm.default(x, shape, weight, bias, 1e-5)
        return pinned("aten.native_layer_norm_backward.default", randn(*x.shape), x, shape, mean, rstd, weight, bias, mask)

    def group(x, groups, weight, mask):
        n, c = x.shape[:2]
        sizes = (n, c, x[0, 0].numel(), groups)
        _, mean, rstd = torch.ops.aten.native_group_norm.default(x, weight, None, *sizes, 1e-5)
        return pinned("aten.native_group_norm_backward.default", randn(*x.shape), x, mean, rstd, weight, *sizes, mask)

    def batch(x, weight, train, mask):
        c = x.shape[1]
        mean, square = randn(c), randn(c).abs() + 0.5
        old = mean.clone(), square.clone()
        _, saved, rstd = torch.ops.aten.native_batch_norm.default(x, weight, None, *old, train, 0.1, 1e-5)
        saved, rstd = (saved, rstd) if train else (torch.empty(0), torch.empty(0))
        return pinned("aten.native_batch_norm_backward.default", randn(*x.shape), x, weight, mean, square, saved, rstd, train, 1e-5, mask)

    v, g = randn(3, 2, 2), randn(3, 1, 1)
    w, norm = torch.ops.aten._weight_norm_interface.default(v, g, 0)
    return [
        layer(randn(2, 3, 4), [3, 4], randn(3, 4), randn(3, 4), [yes, yes, yes]),
        layer(randn(5), [5], None, None, [yes, no, no]),
        group(randn(2, 6, 3, 2), 3, randn(6), [yes, yes, yes]),
        group(randn(2, 4, 5), 2, None, [yes, no, no]),
        batch(randn(3, 2, 4), randn(2), yes, [yes, yes, yes]),
        batch(randn(3, 2, 2, 2), None, yes, [yes, no, no]),
        batch(randn(4, 3), randn(3), no, [yes, yes, yes]),
        pinned("aten._weight_norm_interface_backward.default", randn(*w.shape), v, g, norm, 0),
    ]


def losses():
    """Ties, classes that are ignored, probabilities at their ends."""

    def loss(name, x, y, reduction, *rest):
        return pinned(f"aten.{name}_backward.default", randn(*x.shape) if reduction == 0 else t(0.75), x, y, *rest)

    def classes(x, target, weight, reduction, ignored):
        d = "2d" if x.dim() > 2 else ""
        out, total = getattr(torch.ops.aten, f"nll_loss{d}_forward").default(x, target, weight, reduction, ignored)
        return pinned(f"aten.nll_loss{d}_backward.default", like(out), x, target, weight, reduction, ignored, total)

    def margin(x, target, p, weight, reduction):
        out = torch.ops.aten.multi_margin_loss.default(x, target, p, 1, weight, reduction)
        return pinned("aten.multi_margin_loss_backward.default", like(out), x, target, p, 1, weight, reduction)

    def labels(x, target, reduction):
        out, found = torch.ops.aten.multilabel_margin_loss_forward.default(x, target, reduction)
        forward = pinned("aten.multilabel_margin_loss_forward.default", x, target, reduction)
        return [forward, pinned("aten.multilabel_margin_loss_backward.default", like(out), x, target, reduction, found)]

    x, y = randn(2, 3), randn(2, 3)
    p, sides = t([0.0, 0.25, 1.0]), t([-1.0, 1, 1])
    longs = lambda values: torch.tensor(values)
    return [
        *(loss("smooth_l1_loss", x, y, r, r, beta) for r in (0, 1, 2) for beta in (0.0, 0.5, 1.0)),
        *(loss("huber_loss", x, y, r, r, 0.5) for r in (0, 1, 2)),
        *(loss("soft_margin_loss", p, sides, r, r) for r in (0, 1, 2)),
        *(loss("binary_cross_entropy", p, t([1.0, 0.5, 1]), r, None, r) for r in (0, 1, 2)),
        loss("binary_cross_entropy", p, t([1.0, 0.5, 0]), 1, t([1.0, 2, 3]), 1),
        *(classes(randn(3, 4), longs([1, -100, 3]), weight, r, -100) for r in (0, 1, 2) for weight in (None, randn(4))),
        classes(randn(4), longs(2), None, 1, 1),
        *(classes(randn(2, 3, 2, 2), longs([[[0, 1], [2, 2]], [[1, 1], [0, 2]]]), randn(3), r, 2) for r in (0, 1, 2)),
        *(margin(randn(3, 4), longs([1, 0, 3]), power, weight, r) for r in (0, 1, 2) for power, weight in ((1, None), (2, randn(4)))),
        margin(randn(4), longs(2), 1, None, 1),
        *(one for r in (0, 1, 2) for one in labels(randn(2, 4), longs([[1, 3, -1, 0], [0, 2, 3, -1]]), r)),
        *labels(randn(4), longs([2, -1, 0, 1]), 1),
    ]


def selections():
    """Zeros in products, ties of distances, masks without elements."""
    longs = lambda values: torch.tensor(values)
    zeros = t([[2.0, 0, 3, 0, 5], [0, 1, 0, 0, 2], [1, -2, 3, -4, 5]])
    mask = torch.tensor([[True, False, True], [False, False, True]])
    x, y = randn(2, 3, 4), randn(2, 2, 4)
    x[0, 0] = y[0, 1]
    rows = randn(4, 3)
    rows[1] = rows[2]
    glu = randn(2, 4)
    return [
        pinned("aten.value_selecting_reduction_backward.default", randn(2, 3), 1, longs([[0, 1, 3], [2, 2, 0]]), [2, 4, 3], no),
        pinned("aten.value_selecting_reduction_backward.default", randn(2, 1), -1, longs([[1], [0]]), [2, 3], yes),
        pinned("aten.cummaxmin_backward.default", randn(2, 4), randn(2, 4), longs([[0, 0, 2, 2], [0, 1, 1, 3]]), 1),
        pinned("aten.cumprod_backward.default", randn(3, 5), zeros, 1, zeros.cumprod(1)),
        pinned("aten.cumprod_backward.default", randn(3, 5), zeros, 0, zeros.cumprod(0)),
        pinned("aten.index_select_backward.default", randn(2, 3), [2, 4], 1, longs([3, 0, 3])),
        pinned("aten.masked_select_backward.default", randn(3), randn(2, 3), mask),
        pinned("aten.masked_scatter_backward.default", randn(2, 3), mask, [5]),
        pinned("aten.trace_backward.default", t(1.5), [2, 3]),
        *(
            pinned("aten.diagonal_backward.default", torch.diagonal(randn(3, 4, 2), k, 0, 1).clone(), [3, 4, 2], k, 0, 1)
            for k in (-1, 0, 2)
        ),
        *(
            pinned("aten._cdist_backward.default", randn(2, 3, 2), x, y, p, torch.cdist(x, y, p, "donot_use_mm_for_euclid_dist"))
            for p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, inf)
        ),
        *(
            pinned("aten._pdist_backward.default", randn(6), rows, p, torch.ops.aten._pdist_forward.default(rows, p))
            for p in (0.0, 1.0, 1.5, 2.0, inf)
        ),
        pinned("aten.glu_backward.default", randn(2, 2), glu, 1),
        pinned("aten._prelu_kernel_backward.default", randn(2, 3), t([[1.0, -2, 0], [nan, 3, -1]]), randn(2, 3)),
        *(pinned("aten.rrelu_with_noise_backward.default", randn(3), t([1.0, -2, 0]), t([1.0, 0.2, 0.3]), 0.1, 0.4, on, no) for on in (no, yes)),
    ]


def ctc():
    """Repeated labels, a blank that is not the first class, sequences that do not fit, targets one after the other."""
    longs = lambda values: torch.tensor(values)
    logs, targets = randn(6, 3, 4).log_softmax(2), longs([[1, 2, 2], [3, 3, 0], [1, 0, 0]])

    def both(logs, targets, steps, sizes, blank, skip):
        rest = (logs, targets, steps, sizes)
        loss, alpha = torch.ops.aten._ctc_loss.default(*rest, blank, skip)
        forward = pinned("aten._ctc_loss.default", *rest, blank, skip)
        forward["results"] = forward["results"][:1]  # PyTorch leaves parts of the other one as they were
        return [
            forward,
            pinned("aten._ctc_loss_backward.default", randn(3).to(logs.dtype), *rest, loss, alpha, blank, skip),
            *(pinned("aten.ctc_loss.IntList", *rest, blank, r, skip) for r in (0, 1, 2)),
            pinned("aten.ctc_loss.Tensor", logs, targets, longs(steps), longs(sizes), blank, 1, skip),
        ]

    return [
        *both(logs, targets, [6, 5, 4], [3, 2, 1], 0, no),
        *both(logs.double(), longs([1, 2, 2, 3, 3, 1]), [6, 6, 6], [3, 2, 1], 0, no),
        *both(logs, targets, [6, 2, 3], [3, 2, 0], 0, yes),
        *both(logs, longs([[0, 1, 1], [2, 0, 2], [1, 2, 0]]), [6, 6, 5], [3, 3, 2], 3, no),
    ]


def bags():
    longs = lambda values: torch.tensor(values)
    grad, table = randn(3, 2), randn(5, 2)
    index, offsets = longs([1, 4, 1, 0, 3]), longs([0, 3, 3])
    calls = []
    for mode in (0, 1, 2):
        weights = randn(5) if mode == 0 else None
        owner = longs([0, 0, 0, 2, 2])
        _, _, sizes, best = torch.ops.aten._embedding_bag.default(table, index, offsets, no, mode, no, weights)
        rest = (owner, sizes, best, 5, no, mode, weights, -1)
        calls.append(pinned("aten._embedding_bag_dense_backward.default", grad, index, *rest))
        if mode == 0:
            found = (index, offsets, owner, mode, 4)
            calls.append(pinned("aten._embedding_bag_per_sample_weights_backward.default", grad, table, *found))
    data, lengths = t([[1.0, 2], [0, 3], [0, 3], [4, nan], [5, -1], [6, 1]]), longs([2, 0, 4])
    for fn, initial in (("sum", None), ("mean", None), ("max", None), ("min", None), ("prod", None), ("prod", 2.0)):
        out = torch.ops.aten.segment_reduce.default(data, fn, lengths=lengths, axis=0, unsafe=yes, initial=initial)
        given = (randn(3, 2), out, data, fn)
        calls.append(pinned("aten._segment_reduce_backward.default", *given, lengths=lengths, axis=0, initial=initial))
    return calls


def attention():
    q, k, v, mask = randn(1, 2, 3, 4), randn(1, 2, 5, 4), randn(1, 2, 5, 4), randn(3, 5)
    name = "aten._scaled_dot_product_flash_attention_for_cpu"

    def step(causal, **more):
        out, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default(q, k, v, 0.0, causal, **more)
        return pinned(f"{name}_backward.default", randn(*q.shape), q, k, v, out, sums, 0.0, causal, **more)

    return [step(no), step(yes), step(no, attn_mask=mask, scale=0.7)]


families = {f"gradients_{f.__name__}": f for f in (windows, resampling, norms, losses, selections, ctc, bags, attention)}

if __name__ == "__main__":
    write(families)
