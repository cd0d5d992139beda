import { assert, assertEquals } from "@std/assert";
import type { Node, TensorMeta } from "../../src/import/archive/types.ts";
import { graph, i, importGood, ints, meta, node, reasonsOf, t } from "./rig.ts";
import { positions, Run } from "./evaluate.ts";

/** A tensor as PyTorch has it: a view of memory. */
interface Strided {
  readonly name: string;
  readonly memory: number[];
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

function addresses({ offset, shape, strides }: Strided): number[] {
  return positions(shape).map((at) => at.reduce((sum, n, axis) => sum + n * strides[axis]!, offset));
}

function elements(tensor: Strided): number[] {
  return addresses(tensor).map((at) => tensor.memory[at]!);
}

/** A generator of small numbers that is the same on every day. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A random program of views and writes, and what PyTorch's memory model makes of it. */
function randomProgram(seed: number) {
  const random = randomOf(seed), nodes: Node[] = [], tensors = new Map<string, TensorMeta>();
  const start = Array.from({ length: 24 }, (_, n) => n + 1);
  const all: Strided[] = [{
    name: "x",
    memory: [...start],
    offset: 0,
    shape: [2, 3, 4],
    strides: [12, 4, 1],
  }];
  tensors.set("x", meta([2, 3, 4]));
  const define = (made: Omit<Strided, "name">, target: string, args: Parameters<typeof node>[1]) => {
    const name = `v${nodes.length}`;
    all.push({ ...made, name });
    tensors.set(name, meta(made.shape, { strides: made.strides }));
    nodes.push(node(target, args, t(name)));
  };
  for (let step = 0; step < 8; step++) {
    const from = all[random(all.length)]!, rank = from.shape.length, self = t(from.name);
    const d = random(Math.max(rank, 1)),
      size = from.shape[d] ?? 0,
      without = (xs: readonly number[]) => xs.filter((_, n) => n !== d);
    const choice = random(8);
    if (choice === 0 && rank > 1) {
      const index = random(size), offset = from.offset + index * from.strides[d]!;
      define(
        { ...from, offset, shape: without(from.shape), strides: without(from.strides) },
        "aten.select.int",
        { self, dim: i(d), index: i(index) },
      );
    } else if (choice === 1 && rank > 0 && size > 1) {
      const first = random(size - 1),
        by = 1 + random(2),
        shape = [...from.shape],
        strides = [...from.strides];
      shape[d] = Math.ceil((size - first) / by);
      strides[d] = strides[d]! * by;
      const args = { self, dim: i(d), start: i(first), end: i(size), step: i(by) };
      define(
        { ...from, offset: from.offset + first * from.strides[d]!, shape, strides },
        "aten.slice.Tensor",
        args,
      );
    } else if (choice === 2 && rank > 1) {
      const [a, b] = [d, (d + 1) % rank],
        swap = (xs: readonly number[]) => xs.map((x, n) => n === a ? xs[b]! : n === b ? xs[a]! : x);
      define({ ...from, shape: swap(from.shape), strides: swap(from.strides) }, "aten.transpose.int", {
        self,
        dim0: i(a),
        dim1: i(b),
      });
    } else if (choice === 3) {
      define(
        { ...from, shape: [1, ...from.shape], strides: [99, ...from.strides] },
        "aten.unsqueeze.default",
        { self, dim: i(0) },
      );
    } else if (choice === 4) {
      const strides = from.shape.map((_, n) => from.shape.slice(n + 1).reduce((p, s) => p * s, 1));
      const same = from.shape.every((s, n) => s === 1 || strides[n] === from.strides[n]);
      const made = same ? from : { memory: elements(from), offset: 0, shape: from.shape, strides };
      const total = from.shape.reduce((p, s) => p * s, 1), row = { shape: [total], strides: [1] };
      define({ memory: made.memory, offset: made.offset, ...row }, "aten.reshape.default", {
        self,
        shape: ints(-1),
      });
    } else if (choice === 5 && all.length > 1) {
      const source = all.find((other) => other !== from && String(other.shape) === String(from.shape));
      if (!source) continue;
      const values = elements(source);
      addresses(from).forEach((at, n) => from.memory[at] = values[n]!);
      define(from, "aten.copy_.default", { self, src: t(source.name) });
    } else {
      const by = 2 + random(5);
      addresses(from).forEach((at) => from.memory[at]! += by);
      define(from, "aten.add_.Tensor", { self, other: i(by) });
    }
  }
  const outputs = all.map(({ name }) => t(name));
  return { graph: graph({ inputs: [t("x")], outputs, nodes, tensors }), start, all };
}

Deno.test("views and writes of random programs give what strided memory gives", async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const program = randomProgram(seed), { graph: g } = await importGood(program);
    const run = new Run(g, { x: program.start });
    g.outputs.forEach((output, n) => {
      assert(output.kind === "tensor");
      const name = program.all[n]!.name;
      assertEquals([...run.data(output.value)], elements(program.all[n]!), `seed ${seed}, tensor ${name}`);
    });
    const [effect] = g.effects, x = program.all[0]!;
    assertEquals(effect ? [...run.data(effect.value)] : program.start, elements(x), `seed ${seed}, input x`);
  }
});

Deno.test("a write into a transposed view is a permutation, not a scatter", async () => {
  const tensors = new Map([["x", meta([2, 3])], ["v", meta([3, 2], { strides: [1, 3] })], [
    "w",
    meta([3, 2]),
  ]]);
  const nodes = [
    node("aten.t.default", { self: t("x") }, t("v")),
    node("aten.mul_.Tensor", { self: t("v"), other: i(2) }, t("w")),
  ];
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x")], outputs: [t("w")], nodes, tensors }),
  });
  assertEquals(g.nodes.filter((n) => n.op.kind === "scatter").length, 0);
  assertEquals([...new Run(g, { x: [1, 2, 3, 4, 5, 6] }).data(g.effects[0]!.value)], [2, 4, 6, 8, 10, 12]);
});

Deno.test("an in-place operator keeps the type of self", async () => {
  const tensors = new Map([["x", meta([2], { dtype: "bf16" })], ["y", meta([2])], [
    "w",
    meta([2], { dtype: "bf16" }),
  ]]);
  const nodes = [node("aten.add_.Tensor", { self: t("x"), other: t("y") }, t("w"))];
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x"), t("y")], outputs: [t("w")], nodes, tensors }),
  });
  assertEquals(g.effects.map(({ value }) => value.type.dtype), ["bf16"]);
});

Deno.test("an in-place operator may call its tensor by another name than the functional one", async () => {
  const tensors = new Map([["x", meta([2])], ["w", meta([2])]]);
  const nodes = [
    node("aten.dropout_.default", {
      self: t("x"),
      p: { kind: "float", value: 0.5 },
      train: { kind: "bool", value: false },
    }, t("w")),
  ];
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x")], outputs: [t("w")], nodes, tensors }),
  });
  assertEquals(g.outputs.map((o) => o.kind === "tensor" && o.value.name), ["x"]);
});

Deno.test("resize_() reads the first elements under another shape", async () => {
  const nodes = [node("aten.resize_.default", { self: t("x"), size: ints(2) }, t("w"))];
  const tensors = new Map([["x", meta([3])], ["w", meta([2])]]);
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x")], outputs: [t("w")], nodes, tensors }),
  });
  assertEquals(g.outputs.map((o) => o.kind === "tensor" && o.value.type.shape.length), [1]);
});

Deno.test("an operator that changes a tensor's memory itself is refused", async () => {
  const nodes = [node("aten.set_.source_Tensor", { self: t("x"), source: t("y") }, t("w"))];
  const tensors = new Map([["x", meta([2])], ["y", meta([3])], ["w", meta([3])]]);
  const reasons = await reasonsOf({
    graph: graph({ inputs: [t("x"), t("y")], outputs: [t("w")], nodes, tensors }),
  });
  assertEquals(reasons, ["unsupported-mutation"]);
});
