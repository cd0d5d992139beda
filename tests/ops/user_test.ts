import assert from "node:assert/strict";
import { Refused } from "../../src/base/mod.ts";
import { asInt } from "../../src/ir/expr/mod.ts";
import { buildUserGraph, operatorNames, several, single } from "../../src/ops/user.ts";

Deno.test("names that editors complete are operators of the table", () => {
  for (const name of [...single, ...several]) assert.ok(operatorNames.includes(name), name);
});

Deno.test("buildUserGraph() names inputs, constants, dimensions and outputs", async () => {
  const { graph, storages, data } = await buildUserGraph("mlp", ({ input, constant, ops }) => {
    const x = input("x", { shape: [{ kind: "dim", name: "batch", min: 1, max: 8 }, 3] });
    const w = constant("w", [[1, 2, 3], [4, 5, 6]]), b = constant("b", [0.5, -0.5]);
    return { y: ops.relu(ops.linear(x, w, b)) };
  });
  assert.deepEqual(graph.symbols.map((s) => [s.label, s.sym.min, s.sym.max]), [["batch", 1, 8]]);
  assert.deepEqual(graph.outputs.map((o) => o.label), ["y"]);
  assert.deepEqual(storages, { c0: { offset: 0, bytes: 24 }, c1: { offset: 24, bytes: 8 } });
  assert.equal(new DataView(data.buffer).getFloat32(20, true), 6);
  const out = graph.outputs[0];
  assert.ok(out?.kind === "tensor" && out.value.type.shape.map((e) => asInt(e)).join() === ",2");
});

Deno.test("cond() turns tensors that a branch uses from outside into inputs of both regions", async () => {
  const { graph } = await buildUserGraph("gate", ({ input, ops, cond }) => {
    const x = input("x", { shape: [4] }), y = ops.add(x, 1);
    return cond(ops.gt(ops.sum(x), 0), (z) => ops.mul(z, y), (z) => ops.neg(z), [x]);
  });
  const node = graph.nodes.at(-1)!;
  assert.equal(node.inputs.length, 3); // predicate, x, y
  assert.deepEqual(node.regions?.map((r) => [r.inputs.length, r.outputs.length]), [[2, 1], [2, 1]]);
  const own = new Set(node.regions?.flatMap((r) => [...r.inputs, ...r.nodes.flatMap((n) => n.outputs)]));
  for (const region of node.regions ?? []) {
    for (const inner of region.nodes) assert.ok(inner.inputs.every((value) => own.has(value)));
  }
});

Deno.test("cond() inside a branch captures from both graphs around it", async () => {
  const { graph } = await buildUserGraph("nested", ({ input, ops, cond }) => {
    const x = input("x", { shape: [4] }), p = ops.gt(ops.sum(x), 0);
    return cond(p, () => {
      const y = ops.exp(x);
      return cond(p, () => ops.add(x, y), () => ops.sub(x, y))[0]!;
    }, () => x);
  });
  assert.deepEqual(graph.nodes.at(-1)!.regions?.map((r) => r.inputs.length), [2, 2]); // x and p
});

Deno.test("the form of an operator follows from its arguments", async () => {
  const { graph } = await buildUserGraph("forms", ({ input, ops }) => {
    const x = input("x", { shape: [2, 3], dtype: "int64" });
    return [
      ops.sum(x),
      ops.sum(x, [1], true),
      ops.mean(x, { dtype: "float64" }),
      ops.topk(x, 2)[1],
      ops.pow(x, 2),
    ];
  });
  const types = graph.outputs.map((o) =>
    o.kind === "tensor" && `${o.value.type.dtype}:${o.value.type.shape.map((e) => asInt(e))}`
  );
  assert.deepEqual(types, ["i64:", "i64:2,1", "f64:", "i64:2,2", "i64:2,3"]);
});

Deno.test("mistakes are refused with what was found and the nearest name", async () => {
  const message = async (build: Parameters<typeof buildUserGraph>[1]) => {
    try {
      await buildUserGraph("bad", build);
    } catch (error) {
      if (error instanceof Refused) return `${error.message} ${error.diagnostics[0]?.help ?? ""}`;
      throw error;
    }
    return "";
  };
  assert.match(
    await message(({ input, call }) => call("rleu", input("x", { shape: [1] }))),
    /"rleu" Did you mean "relu"/,
  );
  assert.match(
    await message(({ input, ops }) => ops.linear(input("x", { shape: [1] }))),
    /fit none of its forms It takes linear/,
  );
  assert.match(await message(() => 3), /returns no tensor/);
  assert.match(
    await message(({ input, ops, cond }) => {
      const x = input("x", { shape: [2] });
      return cond(ops.any(x), (y) => y, (y) => ops.sum(y), [x]);
    }),
    /different things: f32\[2\] and f32\[\]/,
  );
});

Deno.test("operands that an operator is not defined for are refused with what was wrong", async () => {
  const of = (dtype: string, name: string) =>
    buildUserGraph("wrong", ({ input, call }) => call(name, input("x", { shape: [2, 3], dtype }), 1));
  await assert.rejects(
    of("int64", "elu"),
    (e) => e instanceof Refused && /aten\.elu.*not defined for i64/.test(e.message),
  );
  await assert.rejects(
    of("int64", "logcumsumexp"),
    (e) => e instanceof Refused && /no logarithm/.test(e.message),
  );
  const negated = buildUserGraph(
    "neg",
    ({ input, ops }) => ops.neg(input("x", { shape: [2], dtype: "bool" })),
  );
  await assert.rejects(negated, (e) => e instanceof Refused && /not defined for bool/.test(e.message));
  const cut = buildUserGraph(
    "cut",
    ({ input, ops }) => ops.constant_pad_nd(input("x", { shape: [2] }), [-2, -1]),
  );
  await assert.rejects(cut, (e) => e instanceof Refused && /takes more from dim 0/.test(e.message));
});
