/**
 * `_foreach_…`: an operator of another row on each tensor of a list.
 *
 * A row names the other operator, which of its arguments are lists here, and which of these are taken apart. Nothing is
 * computed in this file.
 *
 * @module
 */
import { isInteger } from "../../base/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { int } from "../../ir/expr/mod.ts";
import { select } from "../views.ts";
import { buildRow, type Find } from "./derived.ts";
import { op } from "./schema.ts";
import type { Args, ArgValue, AtenOp } from "./types.ts";

/** Arguments of the other operator for tensor `n` of the list. */
type Given = (g: GraphBuilder, a: Args, n: number) => Readonly<Record<string, ArgValue>>;

const tensor = (value: Value): ArgValue => ({ kind: "tensor", value });

/** Number `n` of a list of Scalars; an int where the result is one. */
function numberAt(a: Args, name: string, n: number): ArgValue {
  const float = a.floats(name)[n]!, result = a.recorded[n]?.dtype;
  return result && isInteger(result) ? { kind: "int", expr: int(float) } : { kind: "float", float };
}

/** `_foreach_<schema>`, each result that of `base` with the arguments `given` for its position. */
function each(find: Find, schema: string, base: string, given: Given): AtenOp {
  const row = find(`aten.${base}`);
  return op(`_foreach_${schema}`, (g, a) => {
    const count = a.tensors(a.schema.args[0]!.name).length;
    return Array.from({ length: count }, (_, n) => buildRow(g, row, given(g, a, n)));
  });
}

const self = (a: Args, n: number) => ({ self: tensor(a.tensors("self")[n]!) });
const at = (a: Args, name: string, n: number) => tensor(a.tensors(name)[n]!);

const unary =
  "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round rsqrt sigmoid sign sin sinh sqrt tan tanh trunc"
    .split(" ");

function unaryRows(find: Find): AtenOp[] {
  return unary.map((name) =>
    each(find, `${name}(Tensor[] self) -> Tensor[]`, `${name}.default`, (_, a, n) => self(a, n))
  );
}

/** The operators behind the forms of one of two operands: beside a tensor, beside a number. */
interface Binary {
  readonly list: string;
  readonly scalar: string;
  /** True where `list` scales its second operand. */
  readonly alpha: boolean;
}

const binary: Readonly<Record<string, Binary>> = {
  add: { list: "add.Tensor", scalar: "add.Scalar", alpha: true },
  sub: { list: "sub.Tensor", scalar: "sub.Scalar", alpha: true },
  mul: { list: "mul.Tensor", scalar: "mul.Scalar", alpha: false },
  div: { list: "div.Tensor", scalar: "div.Scalar", alpha: false },
  maximum: { list: "maximum.default", scalar: "clamp_min.default", alpha: false },
  minimum: { list: "minimum.default", scalar: "clamp_max.default", alpha: false },
  clamp_min: { list: "maximum.default", scalar: "clamp_min.default", alpha: false },
  clamp_max: { list: "minimum.default", scalar: "clamp_max.default", alpha: false },
};
const bounds: Readonly<Record<string, string>> = {
  "clamp_min.default": "min",
  "clamp_max.default": "max",
};

function binaryRows(find: Find): AtenOp[] {
  return Object.entries(binary).flatMap(([name, { list, scalar, alpha }]) => {
    const more = (a: Args): Readonly<Record<string, ArgValue>> => alpha ? { alpha: a.given("alpha") } : {};
    const scale = alpha ? ", *, Scalar alpha=1" : "";
    const beside = bounds[scalar] ?? "other";
    const rows = [
      each(find, `${name}.List(Tensor[] self, Tensor[] other${scale}) -> Tensor[]`, list, (_, a, n) => ({
        ...self(a, n),
        other: at(a, "other", n),
        ...more(a),
      })),
      each(find, `${name}.Scalar(Tensor[] self, Scalar scalar) -> Tensor[]`, scalar, (_, a, n) => ({
        ...self(a, n),
        [beside]: a.given("scalar"),
      })),
      each(find, `${name}.ScalarList(Tensor[] self, Scalar[] scalars) -> Tensor[]`, scalar, (_, a, n) => ({
        ...self(a, n),
        [beside]: numberAt(a, "scalars", n),
      })),
    ];
    const withTensor = `${name}.Tensor(Tensor[] self, Tensor other${
      name === "add" ? scale : ""
    }) -> Tensor[]`;
    if (!["add", "mul", "div"].includes(name)) return rows;
    return [
      ...rows,
      each(
        find,
        withTensor,
        list,
        (_, a, n) => ({ ...self(a, n), other: tensor(a.tensor("other")), ...more(a) }),
      ),
    ];
  });
}

function powerRows(find: Find): AtenOp[] {
  return [
    each(find, "pow.List(Tensor[] self, Tensor[] exponent) -> Tensor[]", "pow.Tensor_Tensor", (_, a, n) => ({
      ...self(a, n),
      exponent: at(a, "exponent", n),
    })),
    each(find, "pow.Scalar(Tensor[] self, Scalar exponent) -> Tensor[]", "pow.Tensor_Scalar", (_, a, n) => ({
      ...self(a, n),
      exponent: a.given("exponent"),
    })),
    each(
      find,
      "pow.ScalarList(Tensor[] self, Scalar[] exponent) -> Tensor[]",
      "pow.Tensor_Scalar",
      (_, a, n) => ({
        ...self(a, n),
        exponent: numberAt(a, "exponent", n),
      }),
    ),
    op("_foreach_pow.ScalarAndTensor(Scalar self, Tensor[] exponent) -> Tensor[]", (g, a) => {
      const row = find("aten.pow.Scalar");
      return a.tensors("exponent").map((exponent) =>
        buildRow(g, row, { self: a.given("self"), exponent: tensor(exponent) })
      );
    }),
  ];
}

/** `self + value*tensor1*tensor2` and `self + value*tensor1/tensor2`. */
function ternaryRows(find: Find): AtenOp[] {
  return ["addcmul", "addcdiv"].flatMap((name) => {
    const forms: readonly (readonly [string, Given])[] = [
      ["Scalar", (_, a) => ({ value: a.given("value") })],
      ["ScalarList", (_, a, n) => ({ value: numberAt(a, "scalars", n) })],
      ["Tensor", (g, a, n) => ({ value: tensor(select(g, a.tensor("scalars"), 0, int(n))) })],
    ];
    const last = { Scalar: "Scalar value=1", ScalarList: "Scalar[] scalars", Tensor: "Tensor scalars" };
    return forms.map(([form, value]) =>
      each(
        find,
        `${name}.${form}(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, ${
          last[form as keyof typeof last]
        }) -> Tensor[]`,
        `${name}.default`,
        (g, a, n) => ({
          ...self(a, n),
          tensor1: at(a, "tensor1", n),
          tensor2: at(a, "tensor2", n),
          ...value(g, a, n),
        }),
      )
    );
  });
}

function lerpRows(find: Find): AtenOp[] {
  const ends: Given = (_, a, n) => ({ ...self(a, n), end: at(a, "tensors1", n) });
  return [
    each(
      find,
      "lerp.List(Tensor[] self, Tensor[] tensors1, Tensor[] weights) -> Tensor[]",
      "lerp.Tensor",
      (g, a, n) => ({ ...ends(g, a, n), weight: at(a, "weights", n) }),
    ),
    each(
      find,
      "lerp.Scalar(Tensor[] self, Tensor[] tensors1, Scalar weight) -> Tensor[]",
      "lerp.Scalar",
      (g, a, n) => ({ ...ends(g, a, n), weight: a.given("weight") }),
    ),
    each(
      find,
      "lerp.ScalarList(Tensor[] self, Tensor[] tensors1, Scalar[] weight) -> Tensor[]",
      "lerp.Scalar",
      (g, a, n) => ({ ...ends(g, a, n), weight: numberAt(a, "weight", n) }),
    ),
  ];
}

function otherRows(find: Find): AtenOp[] {
  return [
    each(
      find,
      "norm.Scalar(Tensor[] self, Scalar ord=2, ScalarType? dtype=None) -> Tensor[]",
      "linalg_vector_norm.default",
      (_, a, n) => {
        const dtype = a.dtypeOrNone("dtype");
        return { ...self(a, n), ord: a.given("ord"), ...(dtype && { dtype: { kind: "dtype", dtype } }) };
      },
    ),
    each(find, "max(Tensor[] self) -> Tensor[]", "max.default", (_, a, n) => self(a, n)),
    each(find, "mm(Tensor[] self, Tensor[] mat2) -> Tensor[]", "mm.default", (_, a, n) => ({
      ...self(a, n),
      mat2: at(a, "mat2", n),
    })),
    each(
      find,
      "clone(Tensor[] self, *, MemoryFormat? memory_format=None) -> Tensor[]",
      "clone.default",
      (_, a, n) => self(a, n),
    ),
    each(find, "zero(Tensor[] self) -> Tensor[]", "zeros_like.default", (_, a, n) => self(a, n)),
    each(
      find,
      "copy(Tensor[] self, Tensor[] src, bool non_blocking=False) -> Tensor[]",
      "copy.default",
      (_, a, n) => ({ ...self(a, n), src: at(a, "src", n) }),
    ),
  ];
}

/** Rows of this family; `find` gives the rows that they are made of. */
export function foreachOps(find: Find): readonly AtenOp[] {
  return [unaryRows, binaryRows, powerRows, ternaryRows, lerpRows, otherRows].flatMap((rows) => rows(find));
}
