import assert from "node:assert/strict";
import { asInt, type Expr, int, print, sym } from "../../src/ir/expr/mod.ts";
import { GraphBuilder, type Value } from "../../src/ir/graph/mod.ts";
import type { DType } from "../../src/base/mod.ts";
import { type ArgValue, atenOp, makeArgs } from "../../src/ops/mod.ts";

const g = new GraphBuilder(), batch = sym("s0", { min: 2 });

function tensor(dtype: DType, ...shape: (number | Expr)[]): Value {
  return g.input("x", { dtype, shape: shape.map((size) => typeof size === "number" ? int(size) : size) });
}

const t = (value: Value): ArgValue => ({ kind: "tensor", value });
const n = (value: number): ArgValue =>
  Number.isInteger(value) ? { kind: "int", expr: int(value) } : { kind: "float", float: value };
const list = (...values: number[]): ArgValue => ({ kind: "ints", exprs: values.map((v) => int(v)) });

/** `f32[2, 3]` of the first result, or of all of them. */
function typeOf(target: string, given: Record<string, ArgValue>): string {
  const op = atenOp(target)!, args = makeArgs(op.schema, given, [], () => []);
  const out = op.build(g, args), all = (Array.isArray(out) ? out : [out]) as Value[];
  return all.map(({ type }) => `${type.dtype}[${type.shape.map((e) => print(e)).join(", ")}]`).join(" ");
}

Deno.test("arithmetic promotes as torch.result_type: dims outrank 0-d tensors, those outrank numbers", () => {
  const add = (self: ArgValue, other: ArgValue) => typeOf("aten.add.Tensor", { self, other });
  assert.equal(add(t(tensor("i32", 2)), t(tensor("i64"))), "i32[2]");
  assert.equal(add(t(tensor("i64", 2)), n(0.5)), "f32[2]");
  assert.equal(add(t(tensor("bf16", 2)), n(0.5)), "bf16[2]");
  assert.equal(add(t(tensor("bf16", 2)), t(tensor("f16", 2))), "f32[2]");
  assert.equal(add(t(tensor("f32", 2)), t(tensor("f64"))), "f32[2]");
  assert.equal(add(t(tensor("i64", 2)), t(tensor("f64"))), "f64[2]");
  assert.equal(add(t(tensor("bool", 2)), n(1)), "i64[2]");
  assert.equal(add(t(tensor("u8", 2)), t(tensor("i8", 2))), "i16[2]");
});

Deno.test("integers divide to floats, floor to integers, and sum to i64", () => {
  const self = t(tensor("i32", 4));
  assert.equal(typeOf("aten.div.Tensor", { self, other: n(2) }), "f32[4]");
  assert.equal(
    typeOf("aten.div.Tensor_mode", { self, other: n(2), rounding_mode: { kind: "string", text: "floor" } }),
    "i32[4]",
  );
  assert.equal(typeOf("aten.sqrt.default", { self }), "f32[4]");
  assert.equal(typeOf("aten.sum.default", { self }), "i64[]");
  assert.equal(typeOf("aten.amax.default", { self }), "i32[]");
  assert.equal(typeOf("aten.max.dim", { self, dim: n(0) }), "i32[] i64[]");
});

Deno.test("reshape() keeps dynamic sizes symbolic and groups what belongs together", () => {
  const x = tensor("f32", batch, 3, 4);
  assert.equal(typeOf("aten.view.default", { self: t(x), size: list(-1, 12) }), "f32[s0, 12]");
  assert.equal(typeOf("aten.flatten.using_ints", { self: t(x) }), "f32[12*s0]");
  const node = g.nodes.at(-2)!;
  assert.ok(node.op.kind === "remap");
  assert.equal(print(node.op.index[0]!), "i0");
});

Deno.test("convolutions have the sizes of their windows, also for dynamic images", () => {
  const x = tensor("f32", batch, 4, 9, batch), weight = tensor("f32", 6, 2, 3, 3);
  const options = { stride: list(2), padding: list(1), dilation: list(1), groups: n(2) };
  const text = typeOf("aten.conv2d.default", { input: t(x), weight: t(weight), ...options });
  assert.equal(text, "f32[s0, 6, 5, (s0 + 1) // 2]");
});

Deno.test("ceil_mode drops a window that would start in the padding", () => {
  const self = t(tensor("f32", 1, 5)), options = { kernel_size: list(2), stride: list(3), padding: list(1) };
  const ceil: ArgValue = { kind: "bool", truth: true };
  assert.equal(typeOf("aten.max_pool1d.default", { self, ...options, ceil_mode: ceil }), "f32[1, 2]");
});

Deno.test("advanced indices that are apart put their dims first", () => {
  const x = tensor("f32", 2, 3, 4), at = tensor("i64", 5);
  const indices = (...values: (Value | null)[]): ArgValue => ({ kind: "tensors", values });
  assert.equal(typeOf("aten.index.Tensor", { self: t(x), indices: indices(null, at, at) }), "f32[2, 5]");
  assert.equal(typeOf("aten.index.Tensor", { self: t(x), indices: indices(at, null, at) }), "f32[5, 3]");
});

Deno.test("einsum reads ellipses, diagonals and implicit outputs", () => {
  const tensors = (...values: Value[]): ArgValue => ({ kind: "tensors", values });
  const spec = (text: string): ArgValue => ({ kind: "string", text });
  const a = tensor("f32", 2, 3, 4), b = tensor("f32", 4, 5), square = tensor("f32", 3, 3);
  assert.equal(
    typeOf("aten.einsum.default", { equation: spec("...ij,jk->...ik"), tensors: tensors(a, b) }),
    "f32[2, 3, 5]",
  );
  assert.equal(typeOf("aten.einsum.default", { equation: spec("ii"), tensors: tensors(square) }), "f32[]");
  assert.equal(typeOf("aten.einsum.default", { equation: spec("ba"), tensors: tensors(b) }), "f32[5, 4]");
});

Deno.test("makeArgs() fills in defaults and names what is missing, unknown or of the wrong kind", () => {
  const { schema } = atenOp("aten.max_pool2d.default")!, self = t(tensor("f32", 1, 4, 4));
  const make = (given: Record<string, ArgValue>) => makeArgs(schema, given, [], () => []);
  assert.deepEqual(make({ self, kernel_size: list(2) }).ints("padding").map((e) => asInt(e)), [0, 0]);
  assert.throws(
    () => make({ self }),
    /Cannot compile aten\.max_pool2d\.default: argument "kernel_size" is missing/,
  );
  assert.throws(() => make({ self, kernel_size: list(2), size: n(1) }), /argument "size" is unknown/);
  assert.throws(
    () => make({ self, kernel_size: n(0.5) }).ints("kernel_size"),
    /is of kind float, not a list of ints/,
  );
});
