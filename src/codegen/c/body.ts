/**
 * Prints scalar DAGs as vector statements: each scalar once, in the outermost loop that has what it needs.
 *
 * A scope is the body of one loop (or of a choice). A scalar goes to the innermost scope among those of the loops
 * that it depends on, but never out of a choice that guards a load.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, type Expr, linear, type Pred, printPred, sym, symsOfPred } from "../../ir/expr/mod.ts";
import type { Buffer, Scalar, ScalarOf, Store } from "../../ir/loops/mod.ts";
import { Names } from "./arguments.ts";
import { BlockBuilder } from "./block.ts";
import type { KernelContext } from "./kernel_context.ts";
import { indexLoad, plainStore, strideLoad } from "./lane_access.ts";
import { divisorOf, homeOf, type Scope, type VectorLoop } from "./scope.ts";
import { predicateLanes } from "./predicate.ts";
import { callee, carried, literalText, memoryName, vectorType } from "./types.ts";

export type { VectorLoop } from "./scope.ts";
export { KernelContext, type LocalPlace } from "./kernel_context.ts";

/** Prints the scalars of one stage. */
export class BodyPrinter {
  #scopes: Scope[];
  #vector: VectorLoop | undefined;
  #mask: string | undefined;
  readonly #k: KernelContext;

  constructor(kernel: KernelContext, block: BlockBuilder, names: Names) {
    this.#k = kernel;
    this.#scopes = [{ block, known: new Map(), names }];
  }

  get #inner(): Scope {
    return this.#scopes[this.#scopes.length - 1]!;
  }

  /** The block that lines of the innermost loop go to. */
  get block(): BlockBuilder {
    return this.#inner.block;
  }

  get names(): Names {
    return this.#inner.names;
  }

  /** Runs `work` inside a loop over `symbol`, called `index` in C; gives the loop's body. */
  inLoop(symbol: string, index: string, work: () => void, vector?: VectorLoop): BlockBuilder {
    const names = new Names(this.#k.args, this.names);
    names.set(symbol, index);
    const scope: Scope = { block: new BlockBuilder(), loop: symbol, known: new Map(), names };
    const before = this.#vector;
    this.#scopes.push(scope);
    if (vector) this.#vector = vector;
    work();
    this.#scopes.pop();
    this.#vector = before;
    return scope.block;
  }

  /** C condition: all of `preds`, none of which varies between lanes. */
  condition(preds: readonly Pred[]): string {
    return preds.map((p) => `(${this.#pred(p)})`).join(" && ");
  }

  /** Runs `work` inside a block of its own, which may run several times; gives the block. */
  inBlock(work: () => void): BlockBuilder {
    const block = new BlockBuilder();
    this.#scopes.push({ block, known: new Map(), names: new Names(this.#k.args, this.names) });
    work();
    this.#scopes.pop();
    return block;
  }

  /** Two ways to the same result. What either prints stays in it, but for masks. */
  inChoice(condition: string, then: () => void, otherwise: () => void): void {
    const outer = this.block;
    const [yes, no] = [this.inBlock(then), this.inBlock(otherwise)];
    outer.push({ kind: "choice", condition, then: yes.pieces, otherwise: no.pieces });
  }

  /** The accumulators of a contraction, for epilogues. */
  accumulator: string | undefined;

  /** Lets `text` stand for `s` in the innermost loop. */
  provide(s: Scalar, text: string): void {
    this.#inner.known.set(`${s.id}`, text);
  }

  /** The address of a buffer's element where the loops in `at` stand there. */
  addressOf({ buffer, index }: Store, at: ReadonlyMap<string, string>): string {
    return `${this.#k.args.pointer(buffer)} + (${this.#named(at).expr(index[0]!)})`;
  }

  #named(at: ReadonlyMap<string, string>): Names {
    const names = new Names(this.#k.args, this.names);
    at.forEach((text, symbol) => names.set(symbol, text));
    return names;
  }

  /** C name of the variable that holds `s`. Under a mask, what is new stays inside: its loads need the mask. */
  emit(s: Scalar): string {
    if (s.kind === "accumulator") return this.accumulator!;
    const varies = this.#varies(this.#k.depends.of(s));
    const masked = this.#mask ? `${s.id}@${this.#mask}` : undefined;
    for (const scope of this.#scopes) {
      const known = scope.known.get(`${s.id}`) ?? (masked && scope.known.get(masked));
      if (known) return known;
    }
    const scope = masked ? this.#inner : this.#home(s);
    const inner = this.#scopes.splice(this.#scopes.indexOf(scope) + 1); // what it takes is printed beside it
    const name = this.#print(s, scope, varies);
    this.#scopes.push(...inner);
    scope.known.set(masked ?? `${s.id}`, name);
    return name;
  }

  #varies(depends: ReadonlySet<string>): boolean {
    return this.#vector !== undefined && depends.has(this.#vector.symbol);
  }

  #home(s: Scalar): Scope {
    return homeOf(this.#scopes, this.#k.depends.of(s));
  }

  #declare(scope: Scope, type: string, value: string): string {
    const name = this.#k.fresh();
    scope.block.line(`const ${type} ${name} = ${value};`);
    return name;
  }

  #print(s: Scalar, scope: Scope, varies: boolean): string {
    const type = vectorType(s.dtype);
    switch (s.kind) {
      case "literal":
        return this.#declare(scope, type, `aoti_set1_${carried(s.dtype)}(${literalText(s.value, s.dtype)})`);
      case "index":
        return this.#declare(scope, type, this.#index(s, varies));
      case "truth":
        return this.#declare(
          scope,
          "vbool",
          varies ? this.#lanes(s.pred) : `aoti_set1_bool(${this.#pred(s.pred)})`,
        );
      case "load":
        return this.#declare(scope, type, this.#load(s, varies));
      case "apply":
        return this.#declare(scope, type, this.#apply(s));
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
    const args = s.args.map((a) => this.emit(a));
    const over = carried(s.fn === "where" ? s.args[1]!.dtype : s.args[0]!.dtype);
    this.#k.use(s.fn, over);
    const [first, last] = [s.args[0]!, s.args.at(-1)!].map((a) => this.#varies(this.#k.depends.of(a)));
    const isShared = this.#vector?.isLong === true && first && !last;
    if (s.fn === "div" && over === "f32" && isShared) {
      const divisor = divisorOf(this.#scopes, s.args[1]!, args[1]!, () => this.#k.fresh());
      return `aoti_over_f32(${args[0]}, ${divisor})`;
    }
    return `aoti_${callee(s, over)}_${over}(${args.join(", ")})`;
  }

  #cast(s: ScalarOf<"cast">, scope: Scope): string {
    const arg = this.emit(s.arg), from = carried(s.arg.dtype), to = carried(s.dtype);
    const same = from === to ? arg : `aoti_cvt_${from}_${to}(${arg})`;
    if (to !== s.dtype) return this.#declare(scope, "vf32", `aoti_round_${s.dtype}_f32(${same})`);
    return from === to ? arg : this.#declare(scope, vectorType(s.dtype), same);
  }

  #index(s: ScalarOf<"index">, varies: boolean): string {
    const type = s.dtype;
    if (!varies) return `aoti_set1_${type}(${this.names.expr(s.expr)})`;
    const line = linear(s.expr, this.#vector!.symbol);
    const plain = line && !this.#varies(this.#k.depends.ofExpr(line.coef)) &&
      !this.#varies(this.#k.depends.ofExpr(line.rest));
    if (plain) return `aoti_iota_${type}(${this.names.expr(s.expr)}, ${this.names.expr(line.coef)})`;
    const lanes = this.#exprLanes(s.expr);
    return type === "i64" ? lanes : `aoti_cvt_i64_${type}(${lanes})`;
  }

  /** A vi64 variable with the expression's value in every lane. */
  #exprLanes(e: Expr): string {
    const name = this.#k.fresh("ix"), block = this.block;
    const text = this.#laneNames().expr(e);
    block.line(`vi64 ${name}; for (int lane = 0; lane < AOTI_LANES; lane++) ${name}[lane] = ${text};`);
    return name;
  }

  /** Names in which the vector axis and lane-varying loaded indices stand for lane `lane`. */
  #laneNames(): Names {
    const names = new Names(this.#k.args, this.names);
    const { symbol } = this.#vector!;
    for (const [key, text] of names.entries()) {
      if (key === symbol) names.set(key, `(${text} + lane)`);
      else if (key.startsWith("x") && this.#varies(this.#k.depends.ofExpr(sym(key, {})))) {
        names.set(key, `${text}[lane]`);
      }
    }
    return names;
  }

  #pred(p: Pred): string {
    return this.names.pred(p, symsOfPred(p));
  }

  #lanes(p: Pred): string {
    const vector = this.#vector!;
    return predicateLanes(p, {
      symbol: vector.symbol,
      varies: (e) => this.#varies(this.#k.depends.ofExpr(e)),
      text: (e) => this.names.expr(e),
      slow: (q) => {
        const name = this.#k.fresh("m");
        const text = this.#laneNames().pred(q, symsOfPred(q));
        this.block.line(
          `vbool ${name}; for (int lane = 0; lane < AOTI_LANES; lane++) ${name}[lane] = -(${text});`,
        );
        return name;
      },
      uniform: (q) => this.#pred(q),
    });
  }

  #load(s: ScalarOf<"load">, varies: boolean): string {
    const local = this.#k.locals.get(s.buffer.name);
    if (local?.kind === "register") return local.name;
    const t = memoryName(s.dtype), offset = s.index[0]!;
    const pointer = local ? local.name : this.#k.args.pointer(s.buffer);
    if (!varies) {
      const load = `aoti_load1_${t}(${pointer} + (${this.names.expr(offset)}))`;
      if (!this.#mask) return load;
      return `aoti_hany_bool(${this.#mask}) ? ${load} : (${vectorType(s.dtype)}){0}`;
    }
    return this.#varyingLoad(t, pointer, offset);
  }

  #varyingLoad(t: string, pointer: string, offset: Expr): string {
    const lanes = { ...this.#vector!, mask: this.#mask }, line = linear(offset, lanes.symbol);
    const simple = line && !this.#varies(this.#k.depends.ofExpr(line.coef)) &&
      !this.#varies(this.#k.depends.ofExpr(line.rest));
    if (!simple) return indexLoad(t, pointer, this.#exprLanes(offset), lanes);
    const stride = { step: asInt(line.coef), stride: this.names.expr(line.coef) };
    return strideLoad(t, `${pointer} + (${this.names.expr(offset)})`, stride, lanes);
  }

  #guarded(s: ScalarOf<"guarded">, scope: Scope): string {
    const varies = this.#varies(new Set(symsOfPred(s.pred).flatMap((x) => [...this.#k.depends.ofExpr(x)])));
    return varies ? this.#maskedValue(s) : this.#choice(s, scope);
  }

  #maskedValue(s: ScalarOf<"guarded">): string {
    const other = this.emit(s.other);
    const test = this.#test(s.pred), outer = this.#mask;
    const mask = outer ? this.#declare(this.#inner, "vbool", `aoti_and_bool(${outer}, ${test})`) : test;
    this.#mask = mask;
    const isLoad = s.value.kind === "load" && this.#varies(this.#k.depends.of(s.value)) &&
      this.#k.locals.get(s.value.buffer.name)?.kind !== "register" &&
      !this.#scopes.some((scope) => scope.known.has(`${s.value.id}`)); // then it was loaded without the mask
    const value = this.emit(s.value);
    this.#mask = outer;
    const isZero = s.other.kind === "literal" &&
      (s.other.value === false || Object.is(Number(s.other.value), 0));
    if (isZero && isLoad) {
      return value; // lanes that a mask leaves out are loaded as zeros
    }
    const type = carried(s.dtype);
    return this.#declare(
      this.#inner,
      vectorType(s.dtype),
      `aoti_select_${type}(${mask}, ${value}, ${other})`,
    );
  }

  /** The mask of a predicate, made in the outermost loop that has what it takes, choices notwithstanding. */
  #test(pred: Pred): string {
    const depends = new Set(symsOfPred(pred).flatMap((x) => [...this.#k.depends.ofExpr(x)]));
    const index = this.#scopes.findLastIndex((scope) => scope.loop !== undefined && depends.has(scope.loop));
    const key = `where ${printPred(pred)}`;
    const known = this.#scopes.find((scope) => scope.known.has(key))?.known.get(key);
    if (known) return known;
    const loaded = symsOfPred(pred).some((x) => this.#k.depends.ofExpr(x).size > 1);
    const scope = loaded || index < 0 ? this.#inner : this.#scopes[index]!;
    const inner = this.#scopes.splice(this.#scopes.indexOf(scope) + 1);
    const name = this.#declare(scope, "vbool", this.#lanes(pred));
    this.#scopes.push(...inner);
    scope.known.set(key, name);
    return name;
  }

  #choice(s: ScalarOf<"guarded">, scope: Scope): string {
    const name = this.#k.fresh(), index = this.#scopes.indexOf(scope);
    const inner = this.#scopes.splice(index + 1);
    scope.block.line(`${vectorType(s.dtype)} ${name};`);
    const branch = (value: Scalar) => {
      const block = new BlockBuilder();
      this.#scopes.push({ block, known: new Map(), names: new Names(this.#k.args, scope.names) });
      block.line(`${name} = ${this.emit(value)};`);
      this.#scopes.pop();
      return block.pieces;
    };
    const condition = scope.names.pred(s.pred, symsOfPred(s.pred));
    scope.block.push({ kind: "choice", condition, then: branch(s.value), otherwise: branch(s.other) });
    this.#scopes.push(...inner);
    return name;
  }

  /** Introduces a loaded index, checked, then its body. */
  #bound(s: ScalarOf<"bound">): string {
    this.introduce(s.sym.name, s.value, s.size, s.wrap);
    return this.emit(s.body);
  }

  /** Declares `symbol` as the checked index `value` in the scope where it belongs. */
  introduce(symbol: string, value: Scalar, size: Expr, wrap: boolean): void {
    const loaded = this.emit(value), scope = this.#home(value);
    const varies = this.#varies(this.#k.depends.of(value));
    const home = varies || this.#mask ? this.#inner : scope;
    const name = this.#k.fresh("x"), limit = this.names.expr(size), flag = wrap ? 1 : 0;
    if (varies) {
      const mask = this.#mask ?? "aoti_set1_bool(1)";
      const count = this.#vector!.count;
      home.block.line(
        `const vi64 ${name} = aoti_check_index_lanes(${loaded}, ${limit}, ${flag}, ${mask}, ${count}, args->error);`,
      );
    } else {
      const live = this.#mask ? `aoti_hany_bool(${this.#mask})` : "1";
      home.block.line(
        `const int64_t ${name} = aoti_check_index(aoti_lane_i64(${loaded}, 0), ${limit}, ${flag}, ${live}, args->error);`,
      );
    }
    const at = this.#scopes.indexOf(home);
    this.#scopes.slice(at).forEach((inner) => inner.names.set(symbol, name));
  }

  /** Writes `value` of a vector loop to a flat store. */
  storeLanes(buffer: Buffer, offset: Expr, value: string): void {
    const { symbol, count } = this.#vector!;
    const t = memoryName(buffer.dtype), target = this.#target(buffer), line = linear(offset, symbol);
    const varies = this.#varies(this.#k.depends.ofExpr(offset));
    const at = `${target} + (${this.names.expr(offset)})`;
    const simple = line && !this.#varies(this.#k.depends.ofExpr(line.rest));
    if (!varies) this.block.line(`aoti_storen_${t}(${at}, ${value}, 1);`);
    else if (simple && asInt(line.coef) === 1) {
      this.block.line(plainStore(t, at, value, this.#vector!, this.#k.past.get(buffer.name)));
    } else if (simple) {
      this.block.line(`aoti_stores_${t}(${at}, ${value}, ${this.names.expr(line.coef)}, ${count});`);
    } else this.block.line(`aoti_scatter_${t}(${target}, ${this.#exprLanes(offset)}, ${value}, ${count});`);
  }

  /** Keeps a sum of lanes: in its register where it has one, else in memory if it is `stored`. */
  keepLanes(buffer: Buffer, offset: Expr, value: string, stored: boolean): void {
    const local = this.#k.locals.get(buffer.name);
    if (local?.kind === "register") this.block.line(`${local.name} = ${value};`);
    else if (stored) this.storeLanes(buffer, offset, value);
  }

  /** A name that nothing else in the kernel has. */
  fresh(prefix: string): string {
    return this.#k.fresh(prefix);
  }

  /** Elements of a loop over `symbol` before the boundary that stores past the caches want, where the loops stand `at`. */
  headOf(
    buffer: Buffer,
    offset: Expr,
    symbol: string,
    at: ReadonlyMap<string, string>,
  ): string | undefined {
    const past = this.#k.past.get(buffer.name), line = linear(offset, symbol);
    if (past === undefined || !line || asInt(line.coef) !== 1) return undefined;
    const address = `${this.#target(buffer)} + (${this.#named(at).expr(offset)})`;
    return `(${past.condition}) ? aoti_head(${address}, ${bytesOf(buffer.dtype)}) : 0`;
  }

  /** Writes lane 0 of `value`, the same in all lanes. */
  storeOne(buffer: Buffer, offset: Expr, value: string): void {
    const local = this.#k.locals.get(buffer.name);
    if (local?.kind === "register") return this.block.line(`${local.name} = ${value};`);
    const target = this.#target(buffer);
    this.block.line(
      `aoti_storen_${memoryName(buffer.dtype)}(${target} + (${this.names.expr(offset)}), ${value}, 1);`,
    );
  }

  #target(buffer: Buffer): string {
    return this.#k.locals.get(buffer.name)?.name ?? this.#k.args.pointer(buffer, true);
  }
}
