"""Models of language for zoo.py: encoders, decoders with caches, recurrent nets, mixtures of experts, state spaces."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.export import Dim


def ids(batch, length, vocabulary=500):
    return torch.randint(0, vocabulary, (batch, length))


def heads(x, count):
    batch, length, width = x.shape
    return x.view(batch, length, count, width // count).transpose(1, 2)


def joined(x):
    batch, count, length, width = x.shape
    return x.transpose(1, 2).reshape(batch, length, count * width)


class BertLayer(nn.Module):
    def __init__(self, width, count):
        super().__init__()
        self.count = count
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width, eps=1e-12) for _ in range(2))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, mask):
        q, k, v = (heads(m(x), self.count) for m in (self.query, self.key, self.value))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + mask
        mixed = self.dropout(scores.softmax(-1)) @ v
        x = self.norms[0](x + self.dropout(self.out(joined(mixed))))
        return self.norms[1](x + self.dropout(self.down(F.gelu(self.up(x)))))


class Bert(nn.Module):
    def __init__(self, width=128, layers=4):
        super().__init__()
        self.words, self.places, self.kinds = nn.Embedding(500, width, 0), nn.Embedding(64, width), nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(BertLayer(width, 4) for _ in range(layers))
        self.pooler, self.head = nn.Linear(width, width), nn.Linear(width, 3)
        self.register_buffer("positions", torch.arange(64).expand(1, -1), persistent=False)

    def forward(self, tokens, mask):
        length = tokens.shape[1]
        x = self.words(tokens) + self.places(self.positions[:, :length]) + self.kinds(torch.zeros_like(tokens))
        x, lowest = self.norm(x), torch.finfo(x.dtype).min
        far = (1.0 - mask[:, None, None, :].to(x.dtype)) * lowest
        for layer in self.layers:
            x = layer(x, far)
        pooled = torch.tanh(self.pooler(x[:, 0]))
        return x, self.head(pooled)


class GptBlock(nn.Module):
    def __init__(self, width, count):
        super().__init__()
        self.count = count
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))

    def forward(self, x, cache=None):
        q, k, v = (heads(t, self.count) for t in self.qkv(self.before(x)).chunk(3, -1))
        if cache is not None:
            k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=cache is None)
        x = x + self.out(joined(mixed))
        return x + self.mlp(self.after(x)), (k, v)


class Gpt(nn.Module):
    """With `cached`, one more token: caches come in and go out."""

    def __init__(self, cached=False, width=128, layers=4):
        super().__init__()
        self.cached = cached
        self.words, self.places = nn.Embedding(500, width), nn.Embedding(128, width)
        self.blocks = nn.ModuleList(GptBlock(width, 4) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 500, bias=False)
        self.head.weight = self.words.weight

    def forward(self, tokens, caches=None):
        past = caches[0][0].shape[2] if self.cached else 0
        x = self.words(tokens) + self.places(torch.arange(past, past + tokens.shape[1]))
        kept = []
        for n, block in enumerate(self.blocks):
            x, cache = block(x, caches[n] if self.cached else None)
            kept.append(cache)
        logits = self.head(self.norm(x))
        return (logits, kept) if self.cached else logits


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        wide = x.float()
        return self.weight * (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype)


def turned(x, cos, sin):
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat((-right, left), -1) * sin


class LlamaBlock(nn.Module):
    """Grouped queries, rotary positions; keys and values are written into buffers of a fixed length."""

    def __init__(self, width, count, groups, room):
        super().__init__()
        self.count, self.groups, size = count, groups, width // count
        self.query, self.out = nn.Linear(width, width, False), nn.Linear(width, width, False)
        self.key, self.value = nn.Linear(width, groups * size, False), nn.Linear(width, groups * size, False)
        self.gate, self.up = nn.Linear(width, 2 * width, False), nn.Linear(width, 2 * width, False)
        self.down = nn.Linear(2 * width, width, False)
        self.norms = nn.ModuleList(RmsNorm(width) for _ in range(2))
        self.register_buffer("keys", torch.zeros(1, groups, room, size))
        self.register_buffer("values", torch.zeros(1, groups, room, size))

    def forward(self, x, at, cos, sin, mask):
        y = self.norms[0](x)
        q = turned(heads(self.query(y), self.count), cos, sin)
        k, v = turned(heads(self.key(y), self.groups), cos, sin), heads(self.value(y), self.groups)
        self.keys.index_copy_(2, at, k)
        self.values.index_copy_(2, at, v)
        more = self.count // self.groups
        k, v = self.keys.repeat_interleave(more, 1), self.values.repeat_interleave(more, 1)
        x = x + self.out(joined(F.scaled_dot_product_attention(q, k, v, attn_mask=mask)))
        y = self.norms[1](x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, width=128, layers=3, count=4, room=32):
        super().__init__()
        self.words = nn.Embedding(500, width)
        self.blocks = nn.ModuleList(LlamaBlock(width, count, 2, room) for _ in range(layers))
        self.norm, self.head = RmsNorm(width), nn.Linear(width, 500, False)
        size = width // count
        self.register_buffer("rates", 1.0 / 10000 ** (torch.arange(0, size, 2).float() / size), persistent=False)
        self.room = room

    def forward(self, tokens, at):
        angles = torch.outer(at.float(), self.rates.float())
        angles = torch.cat((angles, angles), -1)
        x = self.words(tokens)
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        mask = torch.arange(self.room)[None, :] <= at[:, None]
        for block in self.blocks:
            x = block(x, at, cos, sin, mask[None, None])
        return self.head(self.norm(x))


class Rotary(nn.Module):
    """Llama without a cache, rotations as complex numbers, as the original code has it."""

    def __init__(self, width=64, count=4):
        super().__init__()
        self.count, self.size = count, width // count
        self.words, self.qk, self.head = nn.Embedding(500, width), nn.Linear(width, 2 * width), nn.Linear(width, 500)

    def forward(self, tokens):
        rates = 1.0 / 10000 ** (torch.arange(0, self.size, 2).float() / self.size)
        turns = torch.polar(torch.ones(tokens.shape[1], self.size // 2), torch.outer(torch.arange(tokens.shape[1]), rates))

        def rotated(t):
            pairs = torch.view_as_complex(heads(t, self.count).reshape(*t.shape[:1], self.count, t.shape[1], -1, 2))
            return torch.view_as_real(pairs * turns).flatten(3)

        x = self.words(tokens)
        q, k = (rotated(t) for t in self.qk(x).chunk(2, -1))
        return self.head(joined(F.scaled_dot_product_attention(q, k, heads(x, self.count), is_causal=True)))


class T5(nn.Module):
    """Encoder and decoder layer with buckets of relative positions."""

    def __init__(self, width=96, count=4):
        super().__init__()
        self.count = count
        self.words, self.bias = nn.Embedding(500, width), nn.Embedding(32, count)
        self.projections = nn.ModuleList(nn.Linear(width, width, False) for _ in range(12))
        self.up, self.gate, self.down = nn.Linear(width, 256, False), nn.Linear(width, 256, False), nn.Linear(256, width, False)
        self.norms = nn.ModuleList(RmsNorm(width) for _ in range(5))

    def buckets(self, rows, columns, both):
        distance = torch.arange(columns)[None, :] - torch.arange(rows)[:, None]
        count, start = 32, torch.zeros_like(distance)
        if both:
            count //= 2
            start = (distance > 0).long() * count
            distance = distance.abs()
        else:
            distance = -torch.min(distance, torch.zeros_like(distance))
        exact = count // 2
        far = exact + (torch.log(distance.float() / exact) / math.log(128 / exact) * (count - exact)).long()
        far = torch.min(far, torch.full_like(far, count - 1))
        return start + torch.where(distance < exact, distance, far)

    def attend(self, n, x, y, bias):
        q, k, v = (heads(self.projections[4 * n + i](t), self.count) for i, t in enumerate((x, y, y)))
        scores = torch.einsum("bhid,bhjd->bhij", q, k)
        scores = scores if bias is None else scores + bias
        return self.projections[4 * n + 3](joined(scores.float().softmax(-1).type_as(scores) @ v))

    def forward(self, source, target):
        x, y = self.words(source), self.words(target)
        both = self.bias(self.buckets(source.shape[1], source.shape[1], True)).permute(2, 0, 1)[None]
        x = x + self.attend(0, self.norms[0](x), self.norms[0](x), both)
        x = x + self.down(F.gelu(self.gate(self.norms[1](x)), approximate="tanh") * self.up(self.norms[1](x)))
        length = target.shape[1]
        behind = self.bias(self.buckets(length, length, False)).permute(2, 0, 1)[None]
        behind = behind + torch.full((length, length), float("-inf")).triu(1)
        y = y + self.attend(1, self.norms[2](y), self.norms[2](y), behind)
        y = y + self.attend(2, self.norms[3](y), x, None)
        return self.norms[4](y) @ self.words.weight.T * (y.shape[-1] ** -0.5)


class Encoder(nn.Module):
    """nn.TransformerEncoder with padding."""

    def __init__(self, width=64):
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, 4, 128, batch_first=True, activation="gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 3, nn.LayerNorm(width), enable_nested_tensor=False)

    def forward(self, x, padding):
        return self.encoder(x, src_key_padding_mask=padding)


class Translator(nn.Module):
    """nn.Transformer, with its causal mask."""

    def __init__(self, width=64):
        super().__init__()
        self.words, self.head = nn.Embedding(500, width), nn.Linear(width, 500)
        self.body = nn.Transformer(width, 4, 2, 2, 128, batch_first=True)

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        return self.head(self.body(self.words(source), self.words(target), tgt_mask=mask, tgt_is_causal=True))


class Tagger(nn.Module):
    def __init__(self, kind, width=48):
        super().__init__()
        self.words = nn.Embedding(500, 32)
        self.body = kind(32, width, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * width, 9)

    def forward(self, tokens):
        states, last = self.body(self.words(tokens))
        return F.log_softmax(self.head(states), -1), last


class Translated(nn.Module):
    """Recurrent encoder and decoder with attention, unrolled for some steps."""

    def __init__(self, width=48):
        super().__init__()
        self.words, self.reads = nn.Embedding(500, width), nn.GRU(width, width, batch_first=True)
        self.cell, self.score, self.head = nn.GRUCell(2 * width, width), nn.Linear(width, width), nn.Linear(width, 500)

    def forward(self, tokens):
        memory, last = self.reads(self.words(tokens))
        state, word, found = last[0], tokens[:, 0], []
        for _ in range(4):
            weight = torch.bmm(memory, self.score(state).unsqueeze(2)).squeeze(2).softmax(-1)
            seen = torch.bmm(weight.unsqueeze(1), memory).squeeze(1)
            state = self.cell(torch.cat((self.words(word), seen), -1), state)
            logits = self.head(state)
            word = logits.argmax(-1)
            found.append(logits)
        return torch.stack(found, 1), word


class Experts(nn.Module):
    """A layer of experts, two for each token."""

    def __init__(self, width=64, count=4):
        super().__init__()
        self.router = nn.Linear(width, count, False)
        self.up, self.down = nn.Parameter(torch.randn(count, width, 128) / 8), nn.Parameter(torch.randn(count, 128, width) / 11)

    def forward(self, x):
        flat = x.view(-1, x.shape[-1])
        weight, chosen = torch.topk(self.router(flat).softmax(-1, dtype=torch.float), 2, -1)
        weight = weight / weight.sum(-1, keepdim=True)
        share = torch.zeros(flat.shape[0], self.up.shape[0]).scatter_(1, chosen, weight)
        hidden = F.silu(torch.einsum("td,edf->tef", flat, self.up))
        return torch.einsum("tef,efd,te->td", hidden, self.down, share).view_as(x), F.one_hot(chosen, 4).sum((0, 1))


class StateSpace(nn.Module):
    """A selective state space with its gated causal convolution, as a product of decays by cumulative sums."""

    def __init__(self, width=48, size=8):
        super().__init__()
        self.into, self.conv = nn.Linear(width, 2 * width), nn.Conv1d(width, width, 4, groups=width, padding=3)
        self.select, self.step = nn.Linear(width, 2 * size + 4, False), nn.Linear(4, width)
        self.rates, self.skip = nn.Parameter(torch.log(torch.arange(1.0, size + 1)).repeat(width, 1)), nn.Parameter(torch.ones(width))
        self.out, self.size = nn.Linear(width, width), size

    def forward(self, x):
        length = x.shape[1]
        y, gate = self.into(x).chunk(2, -1)
        y = F.silu(self.conv(y.transpose(1, 2))[..., :length].transpose(1, 2))
        raw, b, c = self.select(y).split([4, self.size, self.size], -1)
        step = F.softplus(self.step(raw))
        decay = (step.unsqueeze(-1) * -torch.exp(self.rates)).cumsum(1)
        state = (decay.neg().exp() * (step * y).unsqueeze(-1) * b.unsqueeze(2)).cumsum(1) * decay.exp()
        return self.out(((state * c.unsqueeze(2)).sum(-1) + y * self.skip) * F.silu(gate))


class Greedy(nn.Module):
    """Decodes within the graph: a loop whose state is the text so far."""

    def __init__(self):
        super().__init__()
        self.model = Gpt(width=64, layers=2)

    def forward(self, text, known):
        def unfinished(text, at):
            return at < text.shape[1]

        def step(text, at):
            logits = self.model(text)
            word = logits.argmax(-1).gather(1, (at - 1).expand(text.shape[0], 1))
            return torch.where(torch.arange(text.shape[1]) == at, word, text), at + 1

        return torch._higher_order_ops.while_loop(unfinished, step, (text, known))


batch, length = Dim("batch", min=1, max=32), Dim("length", min=2, max=63)
both = {0: batch, 1: length}


def bert():
    sets = [(ids(b, n), (torch.arange(n)[None] < torch.tensor([[n], [n - 3], [2]])[:b]).long()) for b, n in ((1, 7), (3, 20))]
    return Bert(), sets, {"tokens": both, "mask": both}


def gpt_cached():
    def caches(past):
        return [tuple(torch.randn(2, 4, past, 32) for _ in range(2)) for _ in range(4)]

    past = Dim("past", min=1, max=100)
    dynamic = {"tokens": None, "caches": [({2: past}, {2: past}) for _ in range(4)]}
    return Gpt(cached=True), [(ids(2, 1), caches(5)), (ids(2, 1), caches(11))], dynamic


def llama():
    return Llama(), [(ids(1, 5), torch.arange(5)), (ids(1, 9), torch.arange(3, 12))], {"tokens": {1: length}, "at": {0: length}}


def encoder():
    sets = [(torch.randn(b, n, 64), torch.arange(n)[None] >= torch.tensor([[n], [n - 3]])[:b]) for b, n in ((1, 6), (2, 17))]
    return Encoder(), sets, {"x": both, "padding": both}


def padded():
    module, sets, _ = encoder()
    return module, sets[-1:], None


MODELS = {
    "bert": bert,
    "gpt": lambda: (Gpt(), [(ids(1, 5),), (ids(2, 33),)], {"tokens": both}),
    "gpt_cached": gpt_cached,
    "llama": llama,
    "rotary_complex": lambda: (Rotary(), [(ids(2, 12),)], None),
    "t5": lambda: (T5(), [(ids(2, 14), ids(2, 9))], None),
    "t5_dynamic": lambda: (T5(), [(ids(1, 40), ids(1, 4)), (ids(2, 14), ids(2, 9))],
                           {"source": both, "target": {0: batch, 1: Dim("target_length", min=2, max=64)}}),
    "encoder": encoder,
    "encoder_fixed": padded,
    "translator": lambda: (Translator(), [(ids(2, 11), ids(2, 7))], None),
    "lstm_tagger": lambda: (Tagger(nn.LSTM), [(ids(2, 13),)], None),
    "gru_tagger": lambda: (Tagger(nn.GRU), [(ids(2, 13),)], None),
    "rnn_tagger": lambda: (Tagger(nn.RNN), [(ids(2, 13),)], None),
    "lstm_any_batch": lambda: (Tagger(nn.LSTM), [(ids(1, 13),), (ids(5, 13),)], {"tokens": {0: batch}}),
    "gru_attention": lambda: (Translated(), [(ids(3, 10),)], None),
    "experts": lambda: (Experts(), [(torch.randn(1, 5, 64),), (torch.randn(2, 16, 64),)], {"x": both}),
    "state_space": lambda: (StateSpace(), [(torch.randn(2, 24, 48),)], None),
    "greedy": lambda: (Greedy(), [(ids(2, 10), torch.tensor(4))], None),
}
