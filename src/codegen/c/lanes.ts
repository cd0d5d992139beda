/**
 * Prints what lanes of a vector loop read and write: index expressions, predicates, loads and stores.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, type Expr, linear, type Pred, sym, symsOfPred } from "../../ir/expr/mod.ts";
import type { Buffer, ScalarOf, Store } from "../../ir/loops/mod.ts";
import { Names } from "./arguments.ts";
import { indexLoad, plainStore, strideLoad } from "./lane_access.ts";
import { predicateLanes } from "./predicate.ts";
import { ScopeStack } from "./scope.ts";
import { memoryName, vectorType } from "./types.ts";

/** Prints indices and accesses of memory where the loops stand. */
export class LanePrinter extends ScopeStack {
  /** C condition: all of `preds`, none of which varies between lanes. */
  condition(preds: readonly Pred[]): string {
    return preds.map((p) => `(${this.pred(p)})`).join(" && ");
  }

  /** An index expression as a vector. */
  protected index(s: ScalarOf<"index">, varies: boolean): string {
    const type = s.dtype;
    if (!varies) return `aoti_set1_${type}(${this.names.expr(s.expr)})`;
    const line = linear(s.expr, this.vector!.symbol);
    const plain = line && !this.exprVaries(line.coef) && !this.exprVaries(line.rest);
    if (plain) return `aoti_iota_${type}(${this.names.expr(s.expr)}, ${this.names.expr(line.coef)})`;
    const lanes = this.exprLanes(s.expr);
    return type === "i64" ? lanes : `aoti_cvt_i64_${type}(${lanes})`;
  }

  /** A vi64 variable with the expression's value in every lane. */
  protected exprLanes(e: Expr): string {
    const name = this.fresh("ix"), block = this.block;
    const text = this.#laneNames().expr(e);
    block.line(`vi64 ${name}; for (int lane = 0; lane < AOTI_LANES; lane++) ${name}[lane] = ${text};`);
    return name;
  }

  /** Names in which the vector axis and lane-varying loaded indices stand for lane `lane`. */
  #laneNames(): Names {
    const names = new Names(this.kernel.args, this.names);
    const { symbol } = this.vector!;
    for (const [key, text] of names.entries()) {
      if (key === symbol) names.set(key, `(${text} + lane)`);
      else if (key.startsWith("x") && this.exprVaries(sym(key, {}))) {
        names.set(key, `${text}[lane]`);
      }
    }
    return names;
  }

  /** A condition that is the same in all lanes. */
  protected pred(p: Pred): string {
    return this.names.pred(p, symsOfPred(p));
  }

  /** A mask: the predicate in every lane. */
  protected lanes(p: Pred): string {
    const vector = this.vector!;
    return predicateLanes(p, {
      symbol: vector.symbol,
      varies: (e) => this.exprVaries(e),
      text: (e) => this.names.expr(e),
      slow: (q) => {
        const name = this.fresh("m");
        const text = this.#laneNames().pred(q, symsOfPred(q));
        this.block.line(
          `vbool ${name}; for (int lane = 0; lane < AOTI_LANES; lane++) ${name}[lane] = -(${text});`,
        );
        return name;
      },
      uniform: (q) => this.pred(q),
    });
  }

  /** A load; under a mask, of the lanes that are wanted. */
  protected load(s: ScalarOf<"load">, varies: boolean): string {
    const local = this.kernel.locals.get(s.buffer.name);
    if (local?.kind === "register") return local.name;
    const t = memoryName(s.dtype), offset = s.index[0]!;
    const pointer = local ? local.name : this.kernel.args.pointer(s.buffer);
    if (!varies) {
      const load = `aoti_load1_${t}(${pointer} + (${this.names.expr(offset)}))`;
      if (!this.mask) return load;
      return `aoti_hany_bool(${this.mask}) ? ${load} : (${vectorType(s.dtype)}){0}`;
    }
    return this.#varyingLoad(t, pointer, offset);
  }

  #varyingLoad(t: string, pointer: string, offset: Expr): string {
    const lanes = { ...this.vector!, mask: this.mask }, line = linear(offset, lanes.symbol);
    const simple = line && !this.exprVaries(line.coef) && !this.exprVaries(line.rest);
    if (!simple) return indexLoad(t, pointer, this.exprLanes(offset), lanes);
    const stride = { step: asInt(line.coef), stride: this.names.expr(line.coef) };
    return strideLoad(t, `${pointer} + (${this.names.expr(offset)})`, stride, lanes);
  }

  /** The address of a buffer's element where the loops in `at` stand there. */
  addressOf({ buffer, index }: Store, at: ReadonlyMap<string, string>): string {
    return `${this.kernel.args.pointer(buffer)} + (${this.#named(at).expr(index[0]!)})`;
  }

  #named(at: ReadonlyMap<string, string>): Names {
    const names = new Names(this.kernel.args, this.names);
    at.forEach((text, symbol) => names.set(symbol, text));
    return names;
  }

  /** Elements of a loop over `symbol` before the boundary that stores past the caches want, where the loops stand `at`. */
  headOf(
    buffer: Buffer,
    offset: Expr,
    symbol: string,
    at: ReadonlyMap<string, string>,
  ): string | undefined {
    const past = this.kernel.past.get(buffer.name), line = linear(offset, symbol);
    if (past === undefined || !line || asInt(line.coef) !== 1) return undefined;
    const address = `${this.#target(buffer)} + (${this.#named(at).expr(offset)})`;
    return `(${past.condition}) ? aoti_head(${address}, ${bytesOf(buffer.dtype)}) : 0`;
  }

  /** Writes `value` of a vector loop to a flat store. */
  storeLanes(buffer: Buffer, offset: Expr, value: string): void {
    const { symbol, count } = this.vector!;
    const t = memoryName(buffer.dtype), target = this.#target(buffer), line = linear(offset, symbol);
    const varies = this.exprVaries(offset);
    const at = `${target} + (${this.names.expr(offset)})`;
    const simple = line && !this.exprVaries(line.rest);
    if (!varies) this.block.line(`aoti_storen_${t}(${at}, ${value}, 1);`);
    else if (simple && asInt(line.coef) === 1) {
      this.block.line(plainStore(t, at, value, this.vector!, this.kernel.past.get(buffer.name)));
    } else if (simple) {
      this.block.line(`aoti_stores_${t}(${at}, ${value}, ${this.names.expr(line.coef)}, ${count});`);
    } else this.block.line(`aoti_scatter_${t}(${target}, ${this.exprLanes(offset)}, ${value}, ${count});`);
  }

  /** Keeps a sum of lanes: in its register where it has one, else in memory if it is `stored`. */
  keepLanes(buffer: Buffer, offset: Expr, value: string, stored: boolean): void {
    const local = this.kernel.locals.get(buffer.name);
    if (local?.kind === "register") this.block.line(`${local.name} = ${value};`);
    else if (stored) this.storeLanes(buffer, offset, value);
  }

  /** Writes lane 0 of `value`, the same in all lanes. */
  storeOne(buffer: Buffer, offset: Expr, value: string): void {
    const local = this.kernel.locals.get(buffer.name);
    if (local?.kind === "register") return this.block.line(`${local.name} = ${value};`);
    const target = this.#target(buffer);
    this.block.line(
      `aoti_storen_${memoryName(buffer.dtype)}(${target} + (${this.names.expr(offset)}), ${value}, 1);`,
    );
  }

  #target(buffer: Buffer): string {
    return this.kernel.locals.get(buffer.name)?.name ?? this.kernel.args.pointer(buffer, true);
  }
}
