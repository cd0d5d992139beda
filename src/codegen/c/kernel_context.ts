/**
 * What all bodies of a kernel share: arguments, local memory, names, headers that are needed.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { isSpecial, type ScalarFn } from "../../ir/scalar/mod.ts";
import type { Arguments } from "./arguments.ts";
import { Dependences } from "./depends.ts";

/** Functions that live in the headers of transcendental functions. */
const mathFns: ReadonlySet<ScalarFn> = new Set<ScalarFn>([
  ...[
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
  ] as const,
  ...[
    "atan2",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "erf",
    "erfc",
    "erfinv",
  ] as const,
  ...["pow", "lgamma", "digamma", "hypot", "ldexp"] as const,
]);

/** True for functions of one instruction or a few: those of the headers of transcendental functions are long. */
export function isShort(fn: ScalarFn): boolean {
  return !mathFns.has(fn) && !isSpecial(fn);
}

/** How a result is stored past the caches: on which C condition, and where the ends of its rows wait for the next ones. */
export interface Past {
  readonly condition: string;
  readonly edge?: string;
}

/** Where a buffer that is not an argument lives. */
export type LocalPlace = { readonly kind: "register" | "scratch"; readonly name: string };

/** What all bodies of a kernel share. */
export class KernelContext {
  readonly depends = new Dependences();
  /** Headers of functions: those of an element type, and that of special ones. */
  readonly mathTypes = new Set<DType | "special">();
  /** Further headers, e.g. `past.h`. */
  readonly headers = new Set<string>();
  /** Results stored past the caches, by name. */
  readonly past = new Map<string, Past>();
  #counter = 0;

  constructor(readonly args: Arguments, readonly locals: ReadonlyMap<string, LocalPlace>) {}

  /** A name that nothing else in the kernel has. */
  fresh(prefix = "t"): string {
    return `${prefix}${this.#counter++}`;
  }

  /** Notes that `fn` is computed in `type`. */
  use(fn: ScalarFn, type: DType): void {
    if (mathFns.has(fn) && (type === "f32" || type === "f64")) this.mathTypes.add(type);
    if (isSpecial(fn)) this.mathTypes.add("special");
  }
}
