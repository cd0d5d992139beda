/**
 * Which loops a scalar depends on, through its indices, predicates and loaded indices.
 *
 * @module
 */
import { type Expr, symsOf, symsOfPred } from "../../ir/expr/mod.ts";
import { operandsOf, type Scalar } from "../../ir/loops/mod.ts";

/** Answers for a kernel's scalars; remembers them. */
export class Dependences {
  readonly #known = new Map<Scalar, ReadonlySet<string>>();
  /** What a loaded index depends on, by its symbol. */
  readonly #loaded = new Map<string, ReadonlySet<string>>();

  /** Names of symbols that an expression depends on; loaded indices count as what they depend on, and themselves. */
  ofExpr(e: Expr): ReadonlySet<string> {
    return this.#close(symsOf(e).map((s) => s.name));
  }

  /** Loops that a scalar depends on, by symbol. */
  of(s: Scalar): ReadonlySet<string> {
    const known = this.#known.get(s);
    if (known) return known;
    const names = new Set<string>(this.#close(this.#direct(s)));
    if (s.kind === "bound") {
      const value = this.of(s.value);
      this.#loaded.set(s.sym.name, new Set([s.sym.name, ...value]));
    }
    for (const operand of operandsOf(s)) this.of(operand).forEach((n) => names.add(n));
    this.#known.set(s, names);
    return names;
  }

  /** Declares a loaded index that no `bound` scalar introduces (scatter). */
  declare(symbol: string, value: Scalar): void {
    this.#loaded.set(symbol, new Set([symbol, ...this.of(value)]));
  }

  #direct(s: Scalar): readonly string[] {
    switch (s.kind) {
      case "index":
        return symsOf(s.expr).map((x) => x.name);
      case "truth":
      case "guarded":
        return symsOfPred(s.pred).map((x) => x.name);
      case "load":
        return s.index.flatMap((e) => symsOf(e).map((x) => x.name));
      case "bound":
        return symsOf(s.size).map((x) => x.name);
      default:
        return [];
    }
  }

  #close(names: readonly string[]): ReadonlySet<string> {
    return new Set(names.flatMap((n) => [n, ...(this.#loaded.get(n) ?? [])]));
  }
}
