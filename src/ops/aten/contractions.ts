/**
 * Products of matrices and vectors.
 *
 * @module
 */
import { addProduct, isNumber, linear, matmul } from "../contract.ts";
import { asInt, int } from "../../ir/expr/mod.ts";
import { isHalf, type Mixed, promoted, wideType } from "../numeric.ts";
import { expand, select, unsqueeze } from "../views.ts";
import { scaled } from "./binary.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";

/** `beta*self + alpha*(product)`, broadcast to the product's shape by the addition. */
function plus(schema: string, product: (g: GraphBuilder, a: Args) => Value): AtenOp {
  return op(schema, (g, a) => {
    const value = product(g, a);
    const out = addProduct(g, a.tensor("self"), value, a.scalar("beta"), a.scalar("alpha"));
    return expand(g, out, value.type.shape);
  });
}

/** Products of batches of matrices, not rounded: half types come back in f32. */
function batches(g: GraphBuilder, a: Args): Value {
  const [x, y] = ["batch1", "batch2"].map((name) => a.tensor(name)) as [Value, Value];
  const wide = wideType(x.type.dtype);
  return g.einsum("byz,bzx->byx", g.cast(x, wide), g.cast(y, wide));
}

/** Rounded once, as PyTorch's kernel does. */
function baddbmm(g: GraphBuilder, a: Args): Value {
  const value = batches(g, a), x = a.tensor("self");
  const out = addProduct(g, g.cast(x, value.type.dtype), value, a.scalar("beta"), a.scalar("alpha"));
  return g.cast(expand(g, out, value.type.shape), a.tensor("batch1").type.dtype);
}

/** Elements by themselves: PyTorch's kernel rounds half types after every step. */
function addr(g: GraphBuilder, a: Args): Value {
  const [x, y] = promoted(g, a.tensor("vec1"), a.tensor("vec2")) as [Value, Value];
  const by = (name: string, value: Value) => scaled(g, value, a.scalar(name));
  const product = g.pointwise(both(x), unsqueeze(g, by("alpha", x), 1), y), beta = a.scalar("beta");
  if (isNumber(beta, 0)) return product;
  const [self, term] = promoted(g, a.tensor("self"), product) as [Value, Value];
  return g.pointwise(self.type.dtype === "bool" ? "or" : "add", by("beta", self), term);
}

const both = (x: Value) => x.type.dtype === "bool" ? "and" : "mul";

/** PyTorch adds the products of half types one after the other, and rounds every sum. */
function addbmm(g: GraphBuilder, a: Args): Value {
  const [x, y] = ["batch1", "batch2"].map((name) => a.tensor(name)) as [Value, Value];
  const count = asInt(x.type.shape[0]!), alpha = a.scalar("alpha"), dtype = x.type.dtype;
  const start = expand(g, a.tensor("self"), [x.type.shape[1]!, y.type.shape[2]!]);
  if (!isHalf(dtype) || count === undefined || count === 0 || count > longestChain) {
    return addProduct(g, start, g.einsum("byz,bzx->yx", x, y), a.scalar("beta"), alpha);
  }
  const value = batches(g, a), one: Mixed = { kind: "int", expr: int(1) };
  return Array.from({ length: count }, (_, n) => select(g, value, 0, int(n))).reduce(
    (sum, term, n) =>
      g.cast(
        addProduct(g, g.cast(sum, term.type.dtype), term, n === 0 ? a.scalar("beta") : one, alpha),
        dtype,
      ),
    start,
  );
}

/** Products that `addbmm` of half types adds one by one; of more, the sum is rounded once. */
const longestChain = 32;

const einsum = (spec: string, left: string, right: string) => (g: GraphBuilder, a: Args) =>
  g.einsum(spec, a.tensor(left), a.tensor(right));

/** Rows of this family. */
export const contractionOps: readonly AtenOp[] = [
  op(
    "linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    (g, a) => linear(g, a.tensor("input"), a.tensor("weight"), a.tensorOrNone("bias")),
  ),
  op("matmul(Tensor self, Tensor other) -> Tensor", (g, a) => matmul(g, a.tensor("self"), a.tensor("other"))),
  op(
    "linalg_matmul(Tensor self, Tensor other) -> Tensor",
    (g, a) => matmul(g, a.tensor("self"), a.tensor("other")),
  ),
  op("mm(Tensor self, Tensor mat2) -> Tensor", einsum("yz,zx->yx", "self", "mat2")),
  op("bmm(Tensor self, Tensor mat2) -> Tensor", einsum("byz,bzx->byx", "self", "mat2")),
  op("mv(Tensor self, Tensor vec) -> Tensor", einsum("yz,z->y", "self", "vec")),
  op("dot(Tensor self, Tensor tensor) -> Tensor", einsum("z,z->", "self", "tensor")),
  op("vdot(Tensor self, Tensor other) -> Tensor", einsum("z,z->", "self", "other")),
  op("outer(Tensor self, Tensor vec2) -> Tensor", outer),
  op("ger(Tensor self, Tensor vec2) -> Tensor", outer),
  plus(
    "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    einsum("yz,zx->yx", "mat1", "mat2"),
  ),
  plus(
    "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    einsum("yz,z->y", "mat", "vec"),
  ),
  op("addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", addr),
  op(
    "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    baddbmm,
  ),
  op("addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", addbmm),
  op("inner(Tensor self, Tensor other) -> Tensor", (g, a) => inner(g, a.tensor("self"), a.tensor("other"))),
];

/** Every element of one vector times every element of the other; types are promoted as in a multiplication. */
function outer(g: GraphBuilder, a: Args): Value {
  const [x, y] = promoted(g, a.tensor("self"), a.tensor("vec2")) as [Value, Value];
  return g.pointwise("mul", unsqueeze(g, x, 1), y);
}

/** Sum over both last dims, the other dims side by side. */
function inner(g: GraphBuilder, x: Value, y: Value): Value {
  const [p, q] = [x.type.shape.length, y.type.shape.length];
  if (p === 0 || q === 0) return g.pointwise("mul", x, y);
  const left = "abcdefghijkl".slice(0, p - 1), right = "mnopqrstuvw".slice(0, q - 1);
  return g.einsum(`${left}z,${right}z->${left}${right}`, x, y);
}
