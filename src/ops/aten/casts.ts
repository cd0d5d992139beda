/**
 * Conversions, copies and operators that do nothing to values.
 *
 * @module
 */
import type { GraphBuilder } from "../../ir/graph/mod.ts";
import { op, viewOp } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** The tensor argument as it is. */
function copy(schema: string, name = "self"): AtenOp {
  return op(schema, (_, a) => a.tensor(name));
}

/** The tensor argument itself: writes through the result reach it. */
function alias(schema: string): AtenOp {
  return viewOp(schema, (_, a) => a.tensor("self"));
}

const toDtype = (g: GraphBuilder, a: Args) => {
  const x = a.tensor("self");
  return g.cast(x, a.dtypeOrNone("dtype") ?? x.type.dtype);
};

/** Rows of this family. */
export const castOps: readonly AtenOp[] = [
  ...[
    "to.dtype(Tensor self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor",
    "to.dtype_layout(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor",
    "to.device(Tensor self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor",
    "_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
  ].map((schema) => op(schema, toDtype)),
  op(
    "to.other(Tensor self, Tensor other, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor",
    (g, a) => g.cast(a.tensor("self"), a.tensor("other").type.dtype),
  ),
  op(
    "type_as(Tensor self, Tensor other) -> Tensor",
    (g, a) => g.cast(a.tensor("self"), a.tensor("other").type.dtype),
  ),
  op(
    "prims::convert_element_type(Tensor a, ScalarType dtype) -> Tensor",
    (g, a) => g.cast(a.tensor("a"), a.dtypeOrNone("dtype")!),
  ),
  copy("prims::device_put(Tensor a, Device device, bool non_blocking=False) -> Tensor", "a"),
  copy("clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor"),
  copy("lift_fresh_copy(Tensor self) -> Tensor"),
  copy("lift(Tensor self) -> Tensor"),
  copy("alias_copy(Tensor self) -> Tensor"),
  copy("detach_copy(Tensor self) -> Tensor"),
  copy("positive(Tensor self) -> Tensor"),
  copy("conj_physical(Tensor self) -> Tensor"),
  copy("_fw_primal(Tensor self, int level) -> Tensor"),
  ...[
    "alias(Tensor self) -> Tensor",
    "detach(Tensor self) -> Tensor",
    "lift_fresh(Tensor self) -> Tensor",
    "contiguous(Tensor self, *, MemoryFormat memory_format=contiguous_format) -> Tensor",
    "real(Tensor self) -> Tensor",
    "conj(Tensor self) -> Tensor",
    "_conj(Tensor self) -> Tensor",
    "resolve_conj(Tensor self) -> Tensor",
    "resolve_neg(Tensor self) -> Tensor",
  ]
    .map(alias),
];
