"""Models of images, sound, tables, graphs and science for zoo.py that need nothing but PyTorch."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.export import Dim


def normed(inner, outer, kernel=3, stride=1, **options):
    conv = nn.Conv2d(inner, outer, kernel, stride, kernel // 2, bias=False, **options)
    return nn.Sequential(conv, nn.BatchNorm2d(outer), nn.SiLU())


class UNet(nn.Module):
    """Transposed convolutions on the way up, for images of any size that halves three times."""

    def __init__(self, widths=(16, 32, 64, 128)):
        super().__init__()
        self.down = nn.ModuleList(normed(a, b) for a, b in zip((3, *widths), widths))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList(normed(2 * a, a) for a in widths[:-1])
        self.head = nn.Conv2d(widths[0], 2, 1)

    def forward(self, x):
        kept = []
        for n, down in enumerate(self.down):
            x = down(x if n == 0 else F.max_pool2d(x, 2))
            kept.append(x)
        for grow, up, skip in zip(reversed(self.grow), reversed(self.up), reversed(kept[:-1])):
            x = up(torch.cat((grow(x), skip), 1))
        return self.head(x)


class Residual(nn.Module):
    def __init__(self, inner, outer, time):
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(8, inner), nn.SiLU(), nn.Conv2d(inner, outer, 3, padding=1))
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(time, 2 * outer))
        self.norm, self.second = nn.GroupNorm(8, outer), nn.Conv2d(outer, outer, 3, padding=1)
        self.skip = nn.Identity() if inner == outer else nn.Conv2d(inner, outer, 1)

    def forward(self, x, time):
        scale, shift = self.time(time)[:, :, None, None].chunk(2, 1)
        h = self.norm(self.first(x)) * (1 + scale) + shift
        return self.skip(x) + self.second(F.silu(h))


class Spatial(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.qkv, self.out = nn.GroupNorm(8, width), nn.Conv2d(width, 3 * width, 1), nn.Conv2d(width, width, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, 3, 4, c // 4, h * w).transpose(-1, -2).unbind(1)
        return x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(-1, -2).reshape(b, c, h, w))


class Diffusion(nn.Module):
    """One denoising step."""

    def __init__(self, width=32):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(width, 64), nn.SiLU(), nn.Linear(64, 64))
        self.stem, self.width = nn.Conv2d(3, width, 3, padding=1), width
        self.a, self.b, self.c, self.d = (Residual(*io, 64) for io in ((width, width), (width, 64), (64, 64), (64 + width, width)))
        self.shrink, self.attend = nn.Conv2d(width, width, 3, 2, 1), Spatial(64)
        self.grow = nn.Conv2d(64, 64, 3, padding=1)
        self.head = nn.Sequential(nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, 3, 3, padding=1))

    def forward(self, x, step):
        rates = torch.exp(torch.arange(self.width // 2, dtype=torch.float32) * (-math.log(10000) / (self.width // 2)))
        angles = step[:, None].float() * rates[None]
        time = self.time(torch.cat((angles.cos(), angles.sin()), -1).to(x.dtype))
        first = self.a(self.stem(x), time)
        h = self.c(self.attend(self.b(self.shrink(first), time)), time)
        h = self.grow(F.interpolate(h, scale_factor=2.0, mode="nearest"))
        noise = self.head(self.d(torch.cat((h, first), 1), time))
        alpha = torch.cos(step.to(x.dtype) / 1000 * math.pi / 2)[:, None, None, None] ** 2
        return ((x - (1 - alpha).sqrt() * noise) / alpha.sqrt()).clamp(-4, 4)


class Vae(nn.Module):
    """Encoder, the mean of its code, decoder of transposed convolutions."""

    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, 16, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, 32, 4, 2, 1), nn.ELU(), nn.Flatten())
        self.mean, self.spread, self.into = nn.Linear(32 * 49, 8), nn.Linear(32 * 49, 8), nn.Linear(8, 32 * 49)
        self.dec = nn.Sequential(nn.Unflatten(1, (32, 7, 7)), nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.BatchNorm2d(16), nn.ReLU(),
                                 nn.ConvTranspose2d(16, 1, 3, 2, 1, output_padding=1), nn.Sigmoid())

    def forward(self, x):
        code = self.enc(x)
        mean, spread = self.mean(code), self.spread(code)
        divergence = -0.5 * torch.sum(1 + spread - mean.pow(2) - spread.exp(), 1)
        return self.dec(self.into(mean)), mean, divergence


class Quantised(nn.Module):
    """A code book: the nearest entry of each place."""

    def __init__(self):
        super().__init__()
        self.into, self.book, self.out = nn.Conv2d(3, 16, 4, 4), nn.Embedding(32, 16), nn.ConvTranspose2d(16, 3, 4, 4)

    def forward(self, x):
        z = self.into(x).permute(0, 2, 3, 1)
        nearest = torch.cdist(z.reshape(-1, 16), self.book.weight).argmin(1)
        return self.out(self.book(nearest).view_as(z).permute(0, 3, 1, 2)), nearest


class Observed(nn.Module):
    """Training for quantisation: ranges are observed while the model runs, those of weights row by row."""

    def __init__(self):
        super().__init__()
        from torch.ao import quantization as q

        fake = q.FusedMovingAvgObsFakeQuantize
        self.conv, self.head = nn.Conv2d(3, 8, 3, stride=2), nn.Linear(8, 5)
        self.activations = nn.ModuleList(q.default_fused_act_fake_quant() for _ in range(3))
        self.weights = nn.ModuleList(q.default_fused_per_channel_wt_fake_quant() for _ in range(2))
        assert all(isinstance(m, fake) for m in (*self.activations, *self.weights))
        self(torch.randn(1, 3, 9, 9))  # statistics of rows have no size before

    def forward(self, x):
        x = self.activations[0](x)
        x = nn.functional.conv2d(x, self.weights[0](self.conv.weight), self.conv.bias, 2)
        x = self.activations[1](x.relu()).mean((2, 3))
        return self.activations[2](nn.functional.linear(x, self.weights[1](self.head.weight), self.head.bias))


class Yolo(nn.Module):
    """A one-stage detector: split blocks, pooled pyramid, decoded boxes."""

    def __init__(self):
        super().__init__()
        self.stem, self.next = normed(3, 16, stride=2), normed(16, 32, stride=2)
        self.left, self.right, self.join = normed(32, 16, 1), normed(32, 16, 1), normed(32, 32, 1)
        self.deep, self.pool = normed(32, 64, stride=2), normed(64 * 4, 64, 1)
        self.heads = nn.ModuleList((nn.Conv2d(64 + 32, 3 * 9, 1), nn.Conv2d(64, 3 * 9, 1)))
        self.register_buffer("anchors", torch.rand(2, 3, 2) * 30 + 5)

    def forward(self, x):
        x = self.next(self.stem(x))
        x = self.join(torch.cat((self.left(x) + x[:, :16], self.right(x)), 1))
        y = self.deep(x)
        pools = [y]
        for _ in range(3):
            pools.append(F.max_pool2d(pools[-1], 5, 1, 2))
        y = self.pool(torch.cat(pools, 1))
        found = []
        for n, part in enumerate((torch.cat((F.interpolate(y, scale_factor=2.0), x), 1), y)):
            raw = self.heads[n](part)
            b, _, h, w = raw.shape
            raw = raw.view(b, 3, 9, h, w).permute(0, 1, 3, 4, 2).sigmoid()
            rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
            grid = torch.stack((columns, rows), -1).view(1, 1, h, w, 2).float()
            centre = (raw[..., :2] * 2 - 0.5 + grid) * (4 << n)
            size = (raw[..., 2:4] * 2) ** 2 * self.anchors[n].view(1, 3, 1, 1, 2)
            found.append(torch.cat((centre, size, raw[..., 4:]), -1).view(b, -1, 9))
        found = torch.cat(found, 1)
        scores, order = found[..., 4].topk(10, 1)
        return found.gather(1, order.unsqueeze(-1).expand(-1, -1, 9)), scores


class Mixer(nn.Module):
    def __init__(self, width=64, places=64):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(9))
        mlp = lambda a, b: nn.Sequential(nn.Linear(a, b), nn.GELU(), nn.Dropout(0.1), nn.Linear(b, a))
        self.across, self.along = nn.ModuleList(mlp(places, 32) for _ in range(4)), nn.ModuleList(mlp(width, 128) for _ in range(4))
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        for n in range(4):
            x = x + self.across[n](self.norms[2 * n](x).transpose(1, 2)).transpose(1, 2)
            x = x + self.along[n](self.norms[2 * n + 1](x))
        return self.head(self.norms[8](x).mean(1))


class Enlarge(nn.Module):
    """Super resolution with pixel shuffling over a bicubic base."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.Tanh(), nn.Conv2d(32, 9, 3, padding=1, padding_mode="reflect"), nn.PixelShuffle(3))

    def forward(self, x):
        return self.body(x) + F.interpolate(x, scale_factor=3, mode="bicubic", align_corners=False)


class Style(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.ReflectionPad2d(4), nn.Conv2d(3, 16, 9), nn.InstanceNorm2d(16, affine=True), nn.PReLU(16),
                                  nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReplicationPad2d(1), nn.Conv2d(16, 3, 3), nn.Hardtanh())

    def forward(self, x):
        return self.body(x)


class Transformer2d(nn.Module):
    """A spatial transformer."""

    def __init__(self):
        super().__init__()
        self.where = nn.Sequential(nn.Conv2d(1, 8, 7), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 121, 6), nn.Tanh())
        self.what = nn.Sequential(nn.Conv2d(1, 8, 5), nn.AvgPool2d(2), nn.Softplus(), nn.Flatten(), nn.Linear(8 * 144, 10))

    def forward(self, x):
        grid = F.affine_grid(self.where(x).view(-1, 2, 3), x.shape, align_corners=False)
        return self.what(F.grid_sample(x, grid, align_corners=False))


class Speech(nn.Module):
    """Strided convolutions over raw sound, then attention with convolved positions."""

    def __init__(self, width=64):
        super().__init__()
        sizes = ((10, 5), (3, 2), (3, 2), (2, 2))
        self.features = nn.ModuleList(nn.Conv1d(1 if n == 0 else width, width, k, s, bias=False) for n, (k, s) in enumerate(sizes))
        self.first, self.norm = nn.GroupNorm(width, width), nn.LayerNorm(width)
        self.places = torch.nn.utils.parametrizations.weight_norm(nn.Conv1d(width, width, 16, padding=8, groups=4), dim=2)
        self.attend, self.head = nn.MultiheadAttention(width, 4, batch_first=True), nn.Linear(width, 32)

    def forward(self, sound):
        x = F.layer_norm(sound, sound.shape[-1:]).unsqueeze(1)
        for n, conv in enumerate(self.features):
            x = conv(x)
            x = F.gelu(self.first(x) if n == 0 else x)
        x = self.norm(x.transpose(1, 2))
        x = x + F.gelu(self.places(x.transpose(1, 2))[..., :-1]).transpose(1, 2)
        return F.log_softmax(self.head(x + self.attend(x, x, x, need_weights=False)[0]), -1)


class Spectrogram(nn.Module):
    """Mel features of a sound by a short-time Fourier transform, and a small classifier of them."""

    def __init__(self):
        super().__init__()
        self.register_buffer("window", torch.hann_window(256))
        self.register_buffer("mel", torch.rand(129, 24) * (torch.rand(129, 24) > 0.8))
        self.head = nn.Sequential(nn.Conv1d(24, 16, 3), nn.BatchNorm1d(16), nn.GLU(1), nn.AdaptiveMaxPool1d(4), nn.Flatten(), nn.Linear(32, 5))

    def forward(self, sound):
        spectrum = torch.stft(sound, 256, 128, window=self.window, return_complex=True)
        power = spectrum.abs().pow(2).transpose(1, 2)
        logs = torch.clamp(power @ self.mel, min=1e-6).log10().transpose(1, 2)
        return self.head((logs - logs.mean(-1, keepdim=True)) / (logs.std(-1, keepdim=True) + 1e-5))


class Denoise(nn.Module):
    """A mask over the spectrum, and back to sound."""

    def __init__(self):
        super().__init__()
        self.register_buffer("window", torch.hann_window(128))
        self.mask = nn.GRU(65, 65, batch_first=True)

    def forward(self, sound):
        spectrum = torch.stft(sound, 128, 32, window=self.window, return_complex=True)
        mask = torch.sigmoid(self.mask(spectrum.abs().transpose(1, 2))[0]).transpose(1, 2)
        return torch.istft(spectrum * mask, 128, 32, window=self.window, length=sound.shape[-1])


class Wave(nn.Module):
    """Dilated causal convolutions with gates."""

    def __init__(self, width=24):
        super().__init__()
        self.stem, self.head = nn.Conv1d(1, width, 1), nn.Conv1d(width, 16, 1)
        self.gates = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=2**n) for n in range(6))
        self.mixes = nn.ModuleList(nn.Conv1d(width, 2 * width, 1) for _ in range(6))

    def forward(self, x):
        x, total = self.stem(x), 0
        for n, (gate, mix) in enumerate(zip(self.gates, self.mixes)):
            a, b = gate(F.pad(x, (2**n, 0))).chunk(2, 1)
            more, skip = mix(torch.tanh(a) * torch.sigmoid(b)).chunk(2, 1)
            x, total = x + more, total + skip
        return self.head(F.relu(total))


class Clicks(nn.Module):
    """Recommendation: bags of categories, crossed with numbers."""

    def __init__(self, width=16):
        super().__init__()
        self.bags = nn.ModuleList(nn.EmbeddingBag(200, width, mode=mode) for mode in ("sum", "mean", "max"))
        self.bottom = nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, width), nn.ReLU())
        self.top = nn.Sequential(nn.Linear(width + 6, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, numbers, items, offsets):
        x = self.bottom(numbers)
        parts = torch.stack([x, *(bag(items[n], offsets[n]) for n, bag in enumerate(self.bags))], 1)
        crossed = parts @ parts.transpose(1, 2)
        row, column = torch.tril_indices(4, 4, -1)
        return torch.sigmoid(self.top(torch.cat((x, crossed[:, row, column]), 1))).squeeze(-1)


class Table(nn.Module):
    """A table with columns of classes and of numbers, the numbers in bins."""

    def __init__(self, sizes=(7, 30, 4)):
        super().__init__()
        self.columns = nn.ModuleList(nn.Embedding(n, min(16, n)) for n in sizes)
        width = sum(min(16, n) for n in sizes) + 5 * 2
        self.norm = nn.BatchNorm1d(5)
        self.register_buffer("edges", torch.linspace(-2, 2, 9))
        self.bins = nn.Embedding(10, 1)
        self.body = nn.Sequential(nn.Linear(width, 64), nn.BatchNorm1d(64), nn.Mish(), nn.Dropout(0.2), nn.Linear(64, 3))

    def forward(self, classes, numbers):
        known = torch.nan_to_num(numbers, nan=0.0)
        binned = self.bins(torch.bucketize(known, self.edges)).squeeze(-1)
        columns = [embed(classes[:, n]) for n, embed in enumerate(self.columns)]
        return self.body(torch.cat((*columns, self.norm(known), binned), 1)).softmax(-1)


class Graphs(nn.Module):
    """Messages along edges: mean of neighbours, then attention over them."""

    def __init__(self, width=32):
        super().__init__()
        self.own, self.other = nn.Linear(8, width), nn.Linear(8, width)
        self.score, self.head = nn.Linear(2 * width, 1), nn.Linear(width, 4)

    def forward(self, x, edges):
        source, target = edges[0], edges[1]
        degree = torch.zeros(x.shape[0]).index_add(0, target, torch.ones(edges.shape[1])).clamp(min=1)
        mean = torch.zeros_like(x).index_add(0, target, x[source]) / degree[:, None]
        h = F.leaky_relu(self.own(x) + self.other(mean))
        raw = self.score(torch.cat((h[source], h[target]), 1)).squeeze(1)
        most = torch.full((x.shape[0],), -1e9).scatter_reduce(0, target, raw, "amax")
        weight = (raw - most[target]).exp()
        total = torch.zeros(x.shape[0]).scatter_add(0, target, weight)
        mixed = torch.zeros_like(h).index_add(0, target, h[source] * (weight / total[target])[:, None])
        return self.head(mixed).log_softmax(-1), F.normalize(mixed, dim=1)


class Points(nn.Module):
    """A cloud of points: nearest neighbours, edge features, the largest."""

    def __init__(self):
        super().__init__()
        self.edge = nn.Sequential(nn.Conv2d(6, 32, 1), nn.BatchNorm2d(32), nn.LeakyReLU(0.2))
        self.head = nn.Linear(64, 6)

    def forward(self, x):
        inner = -2 * x.transpose(2, 1) @ x
        square = x.square().sum(1, keepdim=True)
        near = (-square - inner - square.transpose(2, 1)).topk(8, -1)[1]
        b, c, n = x.shape
        rows = (near + torch.arange(b).view(-1, 1, 1) * n).view(-1)
        flat = x.transpose(2, 1).reshape(b * n, c)
        around = flat[rows].view(b, n, 8, c)
        own = flat.view(b, n, 1, c).expand(-1, -1, 8, -1)
        y = self.edge(torch.cat((around - own, own), 3).permute(0, 3, 1, 2)).amax(-1)
        return self.head(torch.cat((y.amax(-1), y.mean(-1)), 1))


class Radiance(nn.Module):
    """Rays through a field: positions as waves, density, transmittance."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(39, 64), nn.ReLU(), nn.Linear(64, 4))
        self.register_buffer("waves", 2.0 ** torch.arange(6))

    def forward(self, origin, direction):
        depth = torch.linspace(2, 6, 16)
        points = origin[:, None] + direction[:, None] * depth[:, None]
        angles = (points[..., None] * self.waves).flatten(-2)
        raw = self.body(torch.cat((points, angles.sin(), angles.cos()), -1))
        step = torch.cat((depth.diff(), torch.tensor([1e10])))
        alpha = 1 - torch.exp(-F.relu(raw[..., 3]) * step)
        clear = torch.cumprod(torch.cat((torch.ones_like(alpha[:, :1]), 1 - alpha + 1e-10), 1), 1)[:, :-1]
        weight = alpha * clear
        return (weight[..., None] * raw[..., :3].sigmoid()).sum(1), (weight * depth).sum(1)


class Fourier(nn.Module):
    """A neural operator: products of low frequencies."""

    def __init__(self, width=8, modes=5):
        super().__init__()
        self.into, self.skip, self.out = nn.Conv1d(2, width, 1), nn.Conv1d(width, width, 1), nn.Conv1d(width, 1, 1)
        self.weight, self.modes = nn.Parameter(torch.randn(width, width, modes, dtype=torch.cfloat) / width), modes

    def forward(self, x):
        x = self.into(x)
        low = torch.fft.rfft(x)[..., : self.modes]
        mixed = torch.einsum("bix,iox->box", low, self.weight)
        full = F.pad(mixed, (0, x.shape[-1] // 2 + 1 - self.modes))
        return self.out(F.gelu(torch.fft.irfft(full, n=x.shape[-1]) + self.skip(x)))


class Flow(nn.Module):
    """Couplings that can be undone, with the logarithm of their determinant."""

    def __init__(self):
        super().__init__()
        self.nets = nn.ModuleList(nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 8)) for _ in range(4))

    def forward(self, x):
        volume = x.new_zeros(x.shape[0])
        for net in self.nets:
            a, b = x.chunk(2, 1)
            scale, shift = net(a).chunk(2, 1)
            scale = torch.tanh(scale)
            x, volume = torch.cat((b * scale.exp() + shift, a), 1), volume + scale.sum(1)
        prior = torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(1)
        return x, prior + volume


class Reader(nn.Module):
    """Text in images: convolutions, columns, recurrence."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU6(), nn.MaxPool2d((4, 2)), nn.Conv2d(16, 32, 3, padding=1), nn.Hardswish(), nn.MaxPool2d((4, 1)))
        self.rnn, self.head = nn.LSTM(64, 32, bidirectional=True), nn.Linear(64, 20)

    def forward(self, x):
        columns = self.conv(x).flatten(1, 2).permute(2, 0, 1)
        best = self.head(self.rnn(columns)[0]).log_softmax(-1)
        return best, best.argmax(-1).T


class Forecast(nn.Module):
    """A series: trend and season by moving averages, one line each; the past scales the result."""

    def __init__(self, past=48, future=12):
        super().__init__()
        self.trend, self.season, self.mean = nn.Linear(past, future), nn.Linear(past, future), nn.AvgPool1d(9, 1)

    def forward(self, x):
        centre, spread = x.mean(1, keepdim=True), x.std(1, keepdim=True, unbiased=False) + 1e-5
        x = ((x - centre) / spread).transpose(1, 2)
        trend = self.mean(F.pad(x, (4, 4), mode="replicate"))
        y = self.trend(trend) + self.season(x - trend)
        return y.median(-1).values, y.transpose(1, 2) * spread + centre


def clicks():
    offsets = torch.sort(torch.randint(0, 20, (3, 6)), 1)[0]
    offsets[:, 0] = 0
    return Clicks(), [(torch.randn(6, 13), torch.randint(0, 200, (3, 20)), offsets)], None


def table():
    def rows(n):
        numbers = torch.randn(n, 5)
        numbers[0, 2] = float("nan")
        return torch.stack([torch.randint(0, size, (n,)) for size in (7, 30, 4)], 1), numbers

    rowed = {0: Dim("rows", min=1, max=1024)}
    return Table(), [rows(1), rows(9)], {"classes": rowed, "numbers": rowed}


def graphs():
    sets = [(torch.randn(n, 8), torch.randint(0, n, (2, e))) for n, e in ((5, 3), (12, 40))]
    return Graphs(), sets, {"x": {0: Dim("nodes", min=2, max=1000)}, "edges": {1: Dim("edges", min=2, max=5000)}}


def unet():
    height, width = Dim("height", min=2, max=32), Dim("width", min=2, max=32)
    return UNet(), [(torch.randn(1, 3, 32, 48),), (torch.randn(1, 3, 64, 40),)], {"x": {2: 8 * height, 3: 8 * width}}


def sound(module, length, **options):
    return lambda: (module(**options), [(torch.randn(2, length),)], None)


def plane(module, channels, size, batch=1):
    return lambda: (module(), [(torch.randn(batch, channels, size, size),)], None)


MODELS = {
    "unet": unet,
    "diffusion": lambda: (Diffusion(), [(torch.randn(2, 3, 16, 16), torch.tensor([7, 500]))], None),
    "vae": lambda: (Vae(), [(torch.rand(n, 1, 28, 28),) for n in (1, 4)], {"x": {0: Dim("batch", min=1, max=99)}}),
    "quantised": plane(Quantised, 3, 32, 2),
    "observed": plane(Observed, 3, 9, 2),
    "yolo": plane(Yolo, 3, 64, 2),
    "mixer": plane(Mixer, 3, 32, 2),
    "enlarge": plane(Enlarge, 1, 20),
    "style": plane(Style, 3, 24),
    "spatial_transformer": plane(Transformer2d, 1, 28, 3),
    "speech": sound(Speech, 2000),
    "spectrogram": sound(Spectrogram, 4000),
    "denoise": sound(Denoise, 1024),
    "wave": lambda: (Wave(), [(torch.randn(2, 1, 128),)], None),
    "clicks": clicks,
    "table": table,
    "graphs": graphs,
    "points": lambda: (Points(), [(torch.randn(2, 3, 50),)], None),
    "radiance": lambda: (Radiance(), [(torch.randn(32, 3), torch.randn(32, 3))], None),
    "fourier": lambda: (Fourier(), [(torch.randn(2, 2, 64),)], None),
    "flow": lambda: (Flow(), [(torch.randn(n, 8),) for n in (2, 7)], {"x": {0: Dim.AUTO}}),
    "reader": plane(Reader, 1, 32, 2),
    "forecast": lambda: (Forecast(), [(torch.randn(3, 48, 4),)], None),
}
