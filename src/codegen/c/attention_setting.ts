/**
 * What the parts of a printed attention share.
 *
 * @module
 */
import { type Expr, sym } from "../../ir/expr/mod.ts";
import type { Axis, Scalar } from "../../ir/loops/mod.ts";
import type { AttentionKernel } from "../../ir/plan/mod.ts";
import type { AttentionPlan } from "../../kernels/mod.ts";
import type { Piece } from "./block.ts";
import type { Operand, PackSetting } from "./contraction_pack.ts";
import { flattenRoles } from "./contraction_roles.ts";

/** Everything about a kernel that its parts share. */
export interface AttentionSetting extends PackSetting {
  readonly kernel: AttentionKernel;
  readonly plan: AttentionPlan;
  readonly dtype: "f32" | "f64";
}

/** The position of a job's row in lines of statistics. */
export const row: Expr = sym("$row", {});

/** An operand over (batch, side, k). */
export function operandOf(
  it: AttentionSetting,
  value: Scalar,
  side: readonly Axis[],
  k: readonly Axis[],
  where: Pick<Operand, "panels" | "from" | "to" | "width">,
): Operand {
  const { batch } = it.kernel.nest;
  const flat = flattenRoles({ roles: [batch, side, k], values: [value], stores: [] }, it.scalars);
  const [own, along, depth] = flat.roles as [readonly Axis[], readonly Axis[], readonly Axis[]];
  return { ...where, value: flat.values[0]!, batch: own, side: along, k: depth };
}

/** Lines as code. */
export function lines(...texts: readonly string[]): Piece[] {
  return texts.map((text) => ({ kind: "line", text }));
}

/** `body` over a range of k, in a scope of its own. */
export function overRange(from: string, to: string, body: readonly Piece[]): Piece {
  const range = lines(`const int64_t k_from = ${from}, k_to = ${to}, kc = k_to - k_from; (void)kc;`);
  return { kind: "group", body: [...range, ...body] };
}
