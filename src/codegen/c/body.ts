/**
 * Prints scalar DAGs as vector statements: each scalar once, in the outermost loop that has what it needs.
 *
 * A scope is the body of one loop (or of a choice). A scalar goes to the innermost scope among those of the loops
 * that it depends on, but never out of a choice that guards a load.
 *
 * @module
 */
import { type Expr, type Pred, printPred, symsOfPred } from "../../ir/expr/mod.ts";
import type { Scalar, ScalarOf } from "../../ir/loops/mod.ts";
import { LanePrinter } from "./lanes.ts";
import { divisorOf, type Scope } from "./scope.ts";
import { callee, carried, literalText, vectorType } from "./types.ts";

export type { VectorLoop } from "./scope.ts";
export { KernelContext, type LocalPlace } from "./kernel_context.ts";

/** Prints the scalars of one stage. */
export class BodyPrinter extends LanePrinter {
  /** The accumulators of a contraction, for epilogues. */
  accumulator: string | undefined;

  /** C name of the variable that holds `s`. Under a mask, what is new stays inside: its loads need the mask. */
  emit(s: Scalar): string {
    if (s.kind === "accumulator") return this.accumulator!;
    const varies = this.varies(this.kernel.depends.of(s));
    const masked = this.mask ? `${s.id}@${this.mask}` : undefined;
    for (const scope of this.scopes) {
      const known = scope.known.get(`${s.id}`) ?? (masked && scope.known.get(masked));
      if (known) return known;
    }
    const scope = masked ? this.inner : this.home(s);
    const name = this.within(scope, () => this.#print(s, scope, varies));
    scope.known.set(masked ?? `${s.id}`, name);
    return name;
  }

  #print(s: Scalar, scope: Scope, varies: boolean): string {
    const type = vectorType(s.dtype);
    switch (s.kind) {
      case "literal":
        return this.declare(scope, type, `aoti_set1_${carried(s.dtype)}(${literalText(s.value, s.dtype)})`);
      case "index":
        return this.declare(scope, type, this.index(s, varies));
      case "truth":
        return this.declare(
          scope,
          "vbool",
          varies ? this.lanes(s.pred) : `aoti_set1_bool(${this.pred(s.pred)})`,
        );
      case "load":
        return this.declare(scope, type, this.load(s, varies));
      case "apply":
        return this.declare(scope, type, this.#apply(s));
      case "cast":
        return this.#cast(s, scope);
      case "guarded":
        return this.#guarded(s, scope);
      case "bound":
        return this.#bound(s);
      case "accumulator":
        return this.accumulator!;
    }
  }

  #apply(s: ScalarOf<"apply">): string {
    const [inner] = s.args;
    if (s.fn === "exp" && inner!.dtype === "f32" && inner!.kind === "apply" && inner!.fn === "neg") {
      this.kernel.use("exp", "f32");
      return `aoti_exp_minus_f32(${this.emit(inner!.args[0]!)})`;
    }
    const args = s.args.map((a) => this.emit(a));
    const over = carried(s.fn === "where" ? s.args[1]!.dtype : s.args[0]!.dtype);
    this.kernel.use(s.fn, over);
    const [first, last] = [s.args[0]!, s.args.at(-1)!].map((a) => this.varies(this.kernel.depends.of(a)));
    const isShared = this.vector?.isLong === true && first && !last;
    if (s.fn === "div" && over === "f32" && isShared) {
      const divisor = divisorOf(this.scopes, s.args[1]!, args[1]!, () => this.fresh());
      return `aoti_over_f32(${args[0]}, ${divisor})`;
    }
    return `aoti_${callee(s, over)}_${over}(${args.join(", ")})`;
  }

  #cast(s: ScalarOf<"cast">, scope: Scope): string {
    const arg = this.emit(s.arg), from = carried(s.arg.dtype), to = carried(s.dtype);
    const same = from === to ? arg : `aoti_cvt_${from}_${to}(${arg})`;
    if (to !== s.dtype) return this.declare(scope, "vf32", `aoti_round_${s.dtype}_f32(${same})`);
    return from === to ? arg : this.declare(scope, vectorType(s.dtype), same);
  }

  #guarded(s: ScalarOf<"guarded">, scope: Scope): string {
    const varies = this.varies(
      new Set(symsOfPred(s.pred).flatMap((x) => [...this.kernel.depends.ofExpr(x)])),
    );
    return varies ? this.#maskedValue(s) : this.#choice(s, scope);
  }

  #maskedValue(s: ScalarOf<"guarded">): string {
    const other = this.emit(s.other);
    const test = this.#test(s.pred), outer = this.mask;
    const mask = outer ? this.declare(this.inner, "vbool", `aoti_and_bool(${outer}, ${test})`) : test;
    this.mask = mask;
    const isLoad = s.value.kind === "load" && this.varies(this.kernel.depends.of(s.value)) &&
      this.kernel.locals.get(s.value.buffer.name)?.kind !== "register" &&
      !this.scopes.some((scope) => scope.known.has(`${s.value.id}`)); // then it was loaded without the mask
    const value = this.emit(s.value);
    this.mask = outer;
    const isZero = s.other.kind === "literal" &&
      (s.other.value === false || Object.is(Number(s.other.value), 0));
    if (isZero && isLoad) {
      return value; // lanes that a mask leaves out are loaded as zeros
    }
    const type = carried(s.dtype);
    return this.declare(
      this.inner,
      vectorType(s.dtype),
      `aoti_select_${type}(${mask}, ${value}, ${other})`,
    );
  }

  /** The mask of a predicate, made in the outermost loop that has what it takes, choices notwithstanding. */
  #test(pred: Pred): string {
    const depends = new Set(symsOfPred(pred).flatMap((x) => [...this.kernel.depends.ofExpr(x)]));
    const index = this.scopes.findLastIndex((scope) => scope.loop !== undefined && depends.has(scope.loop));
    const key = `where ${printPred(pred)}`;
    const known = this.scopes.find((scope) => scope.known.has(key))?.known.get(key);
    if (known) return known;
    const loaded = symsOfPred(pred).some((x) => this.kernel.depends.ofExpr(x).size > 1);
    const scope = loaded || index < 0 ? this.inner : this.scopes[index]!;
    const name = this.within(scope, () => this.declare(scope, "vbool", this.lanes(pred)));
    scope.known.set(key, name);
    return name;
  }

  #choice(s: ScalarOf<"guarded">, scope: Scope): string {
    const name = this.fresh();
    scope.block.line(`${vectorType(s.dtype)} ${name};`);
    this.within(scope, () => {
      const branch = (value: Scalar) =>
        this.inBlock(() => this.block.line(`${name} = ${this.emit(value)};`)).pieces;
      const condition = this.pred(s.pred);
      scope.block.push({ kind: "choice", condition, then: branch(s.value), otherwise: branch(s.other) });
    });
    return name;
  }

  /** Introduces a loaded index, checked, then its body. */
  #bound(s: ScalarOf<"bound">): string {
    this.introduce(s.sym.name, s.value, s.size, s.wrap);
    return this.emit(s.body);
  }

  /** Declares `symbol` as the checked index `value` in the scope where it belongs. */
  introduce(symbol: string, value: Scalar, size: Expr, wrap: boolean): void {
    const loaded = this.emit(value), scope = this.home(value);
    const varies = this.varies(this.kernel.depends.of(value));
    const home = varies || this.mask ? this.inner : scope;
    const name = this.fresh("x"), limit = this.names.expr(size), flag = wrap ? 1 : 0;
    if (varies) {
      const mask = this.mask ?? "aoti_set1_bool(1)";
      const count = this.vector!.count;
      home.block.line(
        `const vi64 ${name} = aoti_check_index_lanes(${loaded}, ${limit}, ${flag}, ${mask}, ${count}, args->error);`,
      );
    } else {
      const live = this.mask ? `aoti_hany_bool(${this.mask})` : "1";
      home.block.line(
        `const int64_t ${name} = aoti_check_index(aoti_lane_i64(${loaded}, 0), ${limit}, ${flag}, ${live}, args->error);`,
      );
    }
    const at = this.scopes.indexOf(home);
    this.scopes.slice(at).forEach((inner) => inner.names.set(symbol, name));
  }
}
