/**
 * Interning of scalar DAGs: equal computations are one object, so `===` compares and a body's sharing is explicit.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { type Expr, type Pred, printPred, substitute, substitutePred, type Sym } from "../expr/mod.ts";
import { heldAs, type Num, type ScalarFn, scalarResult } from "../scalar/mod.ts";
import type { Buffer, Scalar, ScalarOf } from "./types.ts";

/** A substitution of axis and index symbols by expressions. */
export type IndexMap = ReadonlyMap<string, Expr>;

type Fresh<K extends Scalar["kind"]> = Omit<ScalarOf<K>, "id">;

/** Distinguishes scalars of all tables; never printed, never an order. */
let nextId = 0;

/** Makes scalars; one per lowering or scheduling run. */
export class Scalars {
  readonly #table = new Map<string, Scalar>();
  #fresh = 0;

  #intern<K extends Scalar["kind"]>(key: string, make: Fresh<K>): Scalar {
    const known = this.#table.get(key);
    if (known) return known;
    const scalar = { ...make, id: nextId++ } as unknown as Scalar;
    this.#table.set(key, scalar);
    return scalar;
  }

  /** A number as `dtype` holds it. */
  literal(given: Num, dtype: DType): Scalar {
    const value = heldAs(given, dtype);
    const text = Object.is(value, -0) ? "-0" : String(value);
    return this.#intern<"literal">(`#${dtype}:${typeof value}:${text}`, { kind: "literal", dtype, value });
  }

  /** An index expression as data. */
  index(expr: Expr, dtype: DType = "i64"): Scalar {
    return this.#intern<"index">(`i${dtype}:${expr.id}`, { kind: "index", dtype, expr });
  }

  /** A predicate as data. */
  truth(pred: Pred): Scalar {
    return this.#intern<"truth">(`t${printPred(pred)}`, { kind: "truth", dtype: "bool", pred });
  }

  /** The element of a buffer at `index`. */
  load(buffer: Buffer, index: readonly Expr[]): Scalar {
    const key = `l${buffer.name}:${buffer.dtype}[${index.map((e) => e.id).join(",")}]`;
    return this.#intern<"load">(key, { kind: "load", dtype: buffer.dtype, buffer, index });
  }

  /** A function of scalars; its type follows from theirs. */
  apply(fn: ScalarFn, ...args: readonly Scalar[]): Scalar {
    const dtype = scalarResult(fn, args.map((a) => a.dtype));
    return this.#intern<"apply">(`${fn}(${args.map((a) => a.id).join(",")})`, {
      kind: "apply",
      dtype,
      fn,
      args,
    });
  }

  /** The scalar in another type; itself where it has that. */
  cast(arg: Scalar, dtype: DType): Scalar {
    if (arg.dtype === dtype) return arg;
    return this.#intern<"cast">(`c${dtype}(${arg.id})`, { kind: "cast", dtype, arg });
  }

  /** `value` where `pred` holds, else `other`. */
  guarded(pred: Pred, value: Scalar, other: Scalar): Scalar {
    if (pred.kind === "bool") return pred.value ? value : other;
    const key = `g${printPred(pred)}?${value.id}:${other.id}`;
    return this.#intern<"guarded">(key, { kind: "guarded", dtype: value.dtype, pred, value, other });
  }

  /** `body` with `sym` standing for a loaded index, checked against `size`; `wrap`: negative ones count from the end. */
  bound(sym: Sym, value: Scalar, size: Expr, wrap: boolean, body: Scalar): Scalar {
    const key = `b${sym.name}=${value.id}<${size.id}${wrap ? "w" : ""}:${body.id}`;
    return this.#intern<"bound">(key, { kind: "bound", dtype: body.dtype, sym, value, size, wrap, body });
  }

  /** The sum that an epilogue follows. */
  accumulator(dtype: DType): Scalar {
    return this.#intern<"accumulator">(`a${dtype}`, { kind: "accumulator", dtype });
  }

  /** Index expressions with symbols replaced. */
  static indices(index: readonly Expr[], map: IndexMap): readonly Expr[] {
    return index.map((e) => substitute(e, map));
  }

  /** A number unique in this table, for names of loaded indices. */
  freshId(): number {
    return this.#fresh++;
  }

  /** `s` with axis symbols replaced. */
  substitute(s: Scalar, map: IndexMap): Scalar {
    return this.rewrite(s, map, () => undefined);
  }

  /**
   * `s` with symbols replaced and leaves exchanged: `leaf` sees each load and accumulator after substitution and may
   * give another scalar for it.
   */
  rewrite(
    s: Scalar,
    map: IndexMap,
    leaf: (s: ScalarOf<"load"> | ScalarOf<"accumulator">) => Scalar | undefined,
  ): Scalar {
    return this.rebuild(s, (x, go) => {
      switch (x.kind) {
        case "index":
          return this.index(substitute(x.expr, map), x.dtype);
        case "truth":
          return this.truth(substitutePred(x.pred, map));
        case "load": {
          const load = this.load(x.buffer, x.index.map((e) => substitute(e, map))) as ScalarOf<"load">;
          return leaf(load) ?? load;
        }
        case "accumulator":
          return leaf(x);
        case "guarded":
          return this.guarded(substitutePred(x.pred, map), go(x.value), go(x.other));
        case "bound":
          return this.bound(x.sym, go(x.value), substitute(x.size, map), x.wrap, go(x.body));
      }
    });
  }

  /** `root` from its leaves up: what `own` makes of a scalar, or else the same of its operands made anew. */
  rebuild(root: Scalar, own: (s: Scalar, go: (operand: Scalar) => Scalar) => Scalar | undefined): Scalar {
    const done = new Map<Scalar, Scalar>();
    const go = (s: Scalar): Scalar => {
      const made = done.get(s) ?? own(s, go) ?? this.#of(s, go);
      done.set(s, made);
      return made;
    };
    return go(root);
  }

  #of(s: Scalar, go: (operand: Scalar) => Scalar): Scalar {
    switch (s.kind) {
      case "apply":
        return this.apply(s.fn, ...s.args.map(go));
      case "cast":
        return this.cast(go(s.arg), s.dtype);
      case "guarded":
        return this.guarded(s.pred, go(s.value), go(s.other));
      case "bound":
        return this.bound(s.sym, go(s.value), s.size, s.wrap, go(s.body));
      default:
        return s;
    }
  }
}

/** The direct operands of a scalar. */
export function operandsOf(s: Scalar): readonly Scalar[] {
  switch (s.kind) {
    case "apply":
      return s.args;
    case "cast":
      return [s.arg];
    case "guarded":
      return [s.value, s.other];
    case "bound":
      return [s.value, s.body];
    default:
      return [];
  }
}

/** Every scalar reachable from `roots`, operands first, each once. */
export function scalarsOf(...roots: readonly Scalar[]): readonly Scalar[] {
  const seen = new Set<Scalar>();
  const go = (s: Scalar) => {
    if (seen.has(s)) return;
    for (const operand of operandsOf(s)) if (!seen.has(operand)) go(operand);
    seen.add(s);
  };
  roots.forEach(go);
  return [...seen];
}

/** Every load reachable from `roots`. */
export function loadsOf(...roots: readonly Scalar[]): readonly ScalarOf<"load">[] {
  return scalarsOf(...roots).filter((s) => s.kind === "load");
}

/** True for what reads memory, and constants alone. */
export function readsConstants(root: Scalar): boolean {
  const loads = loadsOf(root);
  return loads.length > 0 && loads.every(({ buffer }) => buffer.role === "constant");
}

/** Loads that no guard hides and that no loaded index leads to. */
export function alwaysLoaded(...roots: readonly Scalar[]): readonly ScalarOf<"load">[] {
  const found = new Set<ScalarOf<"load">>();
  const visit = (s: Scalar): void => {
    if (s.kind === "load") found.add(s);
    else if (s.kind !== "guarded" && s.kind !== "bound") operandsOf(s).forEach(visit);
  };
  roots.forEach(visit);
  return [...found];
}
