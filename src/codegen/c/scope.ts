/**
 * Where scalars are printed: the bodies of loops, and choices within them.
 *
 * @module
 */
import type { Scalar } from "../../ir/loops/mod.ts";
import type { Names } from "./arguments.ts";
import type { BlockBuilder } from "./block.ts";

/** One loop body or choice. */
export interface Scope {
  readonly block: BlockBuilder;
  readonly loop?: string;
  readonly known: Map<string, string>;
  readonly names: Names;
}

/** The vector loop of a stage: its axis symbol, and how many lanes exist (text), `AOTI_LANES` when all. */
export interface VectorLoop {
  readonly symbol: string;
  readonly count: string;
  readonly partial: boolean;
  /** Long, or of a length that the run decides: what is made once for all of it pays. */
  readonly isLong?: boolean;
}

/** The outermost scope that has all loops in `depends`; choices in between keep what is printed there inside. */
export function homeOf(scopes: readonly Scope[], depends: ReadonlySet<string>): Scope {
  const at = scopes.findLastIndex((scope) => scope.loop === undefined || depends.has(scope.loop));
  return scopes[Math.max(0, at)]!;
}

/** C name of what stands for division by `by`, made where `by` is, which is called `name` there. */
export function divisorOf(scopes: readonly Scope[], by: Scalar, name: string, fresh: () => string): string {
  const scope = scopes.find(({ known }) => known.get(`${by.id}`) === name) ?? scopes.at(-1)!;
  const key = `divisor ${by.id}`, known = scope.known.get(key) ?? fresh();
  if (!scope.known.has(key)) {
    scope.block.line(`const aoti_divisor_f32 ${known} = aoti_divide_by_f32(${name});`);
    scope.known.set(key, known);
  }
  return known;
}
