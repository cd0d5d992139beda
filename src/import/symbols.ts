/**
 * The symbols of one program: their ranges, what stands for them, and where they are defined.
 *
 * @module
 */
import { type Expr, int, mapPred, type Sym, sym, symsOf } from "../ir/expr/mod.ts";
import type { SymbolDecl, TensorType } from "../ir/graph/mod.ts";
import type { Int, Range, SymExpr, SymInt, TensorMeta } from "./archive/types.ts";
import { refuse } from "../base/mod.ts";
import { type FormulaReader, spelling } from "./formula.ts";
import { intScalar, type Scalar } from "./scalar.ts";
import { readSrepr, symbolAlone } from "./srepr.ts";

/** True for symbols whose values are known only while the model runs. */
function isUnbackedName(name: string): boolean {
  return /^(u|zu|zf)/.test(name);
}

/** A region's own symbols: what they are called here, by the export's name. */
interface Scope {
  readonly suffix: string;
  readonly names: Map<string, string>;
  readonly outerKnown: Map<string, Scalar>;
}

/** Symbols by name, and texts of expressions as scalars. */
export class Symbols {
  readonly #ranges: ReadonlyMap<string, Range>;
  readonly #formula: FormulaReader | undefined;
  readonly #scalars = new Map<string, Scalar | undefined>();
  #known = new Map<string, Scalar>();
  readonly #scopes: Scope[] = [];
  #regions = 0;
  readonly #rewrites: ((e: Expr) => Expr)[] = [];
  readonly #positive = new Map<string, boolean>();
  readonly #decls = new Map<string, SymbolDecl>();
  readonly #narrowed = new Map<
    string,
    { readonly min: number; readonly max: number; readonly label: string }
  >();

  constructor(ranges: ReadonlyMap<string, Range>, formula?: FormulaReader) {
    this.#ranges = ranges;
    this.#formula = formula;
  }

  /** The symbol of a name with the export's range. */
  symbol(name: string): Sym {
    const narrow = this.#narrowed.get(name);
    if (narrow) return sym(name, { min: narrow.min, max: narrow.max });
    const range = this.#ranges.get(name), positive = this.#positive.get(name) ?? false;
    const unbacked = isUnbackedName(name);
    const min = range?.min == null ? (positive ? 1 : unbacked ? -Infinity : 0) : finite(range.min);
    const max = range?.max == null ? Infinity : finite(range.max);
    return sym(unbacked ? this.#scoped(name) : name, { min, max, ...(unbacked && { unbacked }) });
  }

  /** What a symbol is called here: the branches of a cond bind symbols of one name, each for itself. */
  #scoped(name: string): string {
    for (const { names } of this.#scopes.toReversed()) if (names.has(name)) return names.get(name)!;
    const scope = this.#scopes.at(-1);
    if (!scope || this.isDeclared(name)) return name;
    scope.names.set(name, `${name}_${scope.suffix}`);
    return `${name}_${scope.suffix}`;
  }

  /** Runs the conversion of a region: symbols it binds are its own. */
  within<T>(work: () => T): T {
    this.#scopes.push({ suffix: `r${++this.#regions}`, names: new Map(), outerKnown: this.#known });
    this.#known = new Map(this.#known);
    this.#scalars.clear();
    try {
      return work();
    } finally {
      this.#known = this.#scopes.pop()!.outerKnown;
      this.#scalars.clear();
    }
  }

  /** Gives a symbol the user's name and range. */
  narrow(name: string, min: number, max: number, label: string): void {
    this.#narrowed.set(name, { min, max, label });
    this.#scalars.clear();
  }

  /** What the user calls a symbol. */
  labelOf(name: string): string {
    return this.#narrowed.get(name)?.label ?? name;
  }

  /** A symbol of import's own, known while the model runs. */
  invent(hint: string): Sym {
    const base = `u_${hint.replace(/\W/g, "_")}`;
    let name = base;
    for (let n = 1; this.#decls.has(name); n++) name = `${base}_${n}`;
    return sym(name, { unbacked: true });
  }

  /** From now on expressions are rewritten; for sizes like `2*s0` that bind `s0`. */
  rewrite(rewrite: (e: Expr) => Expr): void {
    this.#rewrites.push(rewrite);
    this.#scalars.clear();
  }

  /** Makes a symbol known; the first declaration stays, but for the place to read it. */
  declare(decl: SymbolDecl): void {
    const known = this.#decls.get(decl.sym.name);
    if (!known || (decl.from && !known.from)) this.#decls.set(decl.sym.name, decl);
  }

  /** True for a symbol that has been declared. */
  isDeclared(name: string): boolean {
    return this.#decls.has(name);
  }

  get decls(): readonly SymbolDecl[] {
    return [...this.#decls.values()];
  }

  /** What a text says, if integer algebra can say it. */
  scalar(text: string): Scalar | undefined {
    if (this.#scalars.has(text)) return this.#scalars.get(text);
    const scalar = this.#read(text);
    this.#scalars.set(text, scalar);
    return scalar;
  }

  #read(text: string): Scalar | undefined {
    const symbol = (name: string, positive: boolean) => {
      if (!this.#positive.has(name)) this.#positive.set(name, positive);
      return intScalar(this.symbol(name));
    };
    const alone = symbolAlone(text);
    if (alone) return this.#resolved(symbol(alone.name, alone.positive));
    if (!this.#formula) throw new Error(`A formula in a program that has none: ${text}`);
    const scalar = readSrepr(this.#formula(text), { symbol, known: (part) => this.#known.get(part) });
    return scalar && this.#resolved(scalar);
  }

  /** Remembers that a node computes what `text` says; later texts that contain it use the node's result. */
  learn(text: string, scalar: Scalar): void {
    this.#known.set(spelling(this.#formula!(text)), scalar);
    this.#scalars.clear();
  }

  /** The scalar with rewritten symbols: `2*s0` as a whole, so that it can become an axis's own symbol. */
  #resolved(scalar: Scalar): Scalar {
    const all = (e: Expr) => this.#rewrites.reduce((x, rewrite) => rewrite(x), e);
    if (scalar.kind === "int") return intScalar(all(scalar.expr));
    if (scalar.kind === "bool") return { kind: "bool", pred: mapPred(scalar.pred, all) };
    return scalar.kind === "ratio" ? { kind: "ratio", num: all(scalar.num), den: all(scalar.den) } : scalar;
  }

  /** A size or stride. */
  dim(size: SymInt): Expr {
    const expr = this.dimOrNone(size);
    if (expr) return expr;
    return refuse({
      reason: "unsupported-symbol",
      message: `Cannot read a size: "${(size as SymExpr<Int>).expr}" is not integer algebra`,
    });
  }

  /** A size or stride, undefined where it cannot be said. */
  dimOrNone(size: SymInt): Expr | undefined {
    if (typeof size === "number") return int(size);
    const scalar = this.scalar(size.expr);
    return scalar?.kind === "int" ? scalar.expr : undefined;
  }

  /** Type of a tensor as the export recorded it. */
  type(meta: TensorMeta): TensorType {
    return { dtype: meta.dtype, shape: meta.sizes.map((size) => this.dim(size)) };
  }

  /** `type`, with symbols that nothing declares for sizes that integer algebra cannot say. */
  looseType(meta: TensorMeta): TensorType {
    return { dtype: meta.dtype, shape: meta.sizes.map((size) => this.dimOrNone(size) ?? sym("unknown")) };
  }

  /** Strides as recorded; undefined where one cannot be said. */
  strides(meta: TensorMeta): readonly Expr[] | undefined {
    const strides = meta.strides.map((stride) => this.dimOrNone(stride));
    return strides.every((s) => s !== undefined) ? strides : undefined;
  }

  /** Unbacked symbols of a shape that nothing has defined yet. */
  fresh(shape: readonly Expr[]): readonly Sym[] {
    const unknown = shape.flatMap(symsOf).filter((s) => s.unbacked && !this.isDeclared(s.name));
    return [...new Set(unknown)];
  }
}

/** Bounds beyond exact doubles are no bounds. */
function finite(bound: Int): number {
  const value = Number(bound);
  return Number.isSafeInteger(value) ? value : value < 0 ? -Infinity : Infinity;
}
