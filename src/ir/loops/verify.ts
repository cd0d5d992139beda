/**
 * Checks loops. What is checked:
 *
 * - a buffer's name stands for one buffer; memory is written before it is read, on every way through branches and loops
 * - every symbol of a statement is an axis of it, a loaded index, or declared (or bound) before; axes run over `[0, extent)`
 * - indices have the rank of their buffers, and do not provably leave them
 * - scalars have the types that their functions give, and what is stored has the buffer's type
 * - reductions, contractions and branches are of one piece: types of sums, truth values that are tested, carried and
 *   next buffers that fit
 * - results and effects name buffers that hold something
 *
 * @module
 */
import type { Diagnostic } from "../../base/mod.ts";
import { type Expr, isNonNegative, rangeOf, sub, type Sym, symsOf } from "../expr/mod.ts";
import { printType } from "../graph/mod.ts";
import { reduceFns, scalarFns, scalarResult } from "../scalar/mod.ts";
import { printStatement } from "./print.ts";
import { scalarsOf } from "./scalars.ts";
import type { Block, Buffer, Loops, LoopStatement, Scalar } from "./types.ts";
import { axesOfStatement, loadedIndices, rootsOf, storeOf, storesOf, symbolsOfStatement } from "./walk.ts";

/** What is wrong with loops; nothing, if they are well formed. */
export function verifyLoops(loops: Loops): readonly Diagnostic[] {
  const check = new Check(loops);
  check.run();
  return check.found;
}

/** Names of buffers that hold something at a point of the run. */
type Filled = ReadonlySet<string>;

class Check {
  readonly found: Diagnostic[] = [];
  readonly #buffers = new Map<string, Buffer>();
  readonly #symbols = new Set<Sym>();
  #statement: LoopStatement | undefined;

  constructor(readonly loops: Loops) {}

  #report(problem: string): void {
    const s = this.#statement;
    this.found.push({
      reason: "bad-loops",
      message: `Cannot use loops ${this.loops.name}: ${s ? `${printStatement(s)[0]}: ` : ""}${problem}`,
      ...(s?.origin &&
        {
          at: {
            ...(s.origin.file && { file: s.origin.file }),
            ...(s.origin.line && { line: s.origin.line }),
          },
        }),
    });
  }

  run(): void {
    const { symbols, inputs, constants, body, outputs, effects } = this.loops;
    symbols.forEach((decl) => this.#symbols.add(decl.sym));
    const given = [...inputs, ...constants].map((x) => x.buffer);
    given.forEach((b) => this.#known(b));
    const filled = this.#block(body, new Set(given.map((b) => b.name)));
    this.#statement = undefined;
    for (const { leaf, buffer } of outputs) {
      if (leaf.kind === "tensor" && !buffer) this.#report(`output "${leaf.label}" has no buffer`);
      if (buffer) this.#reads(buffer, filled);
    }
    for (const { target, from } of effects) {
      this.#reads(from, filled);
      if (target.role !== "input" && target.role !== "constant") {
        this.#report(`${target.name} is written at the end, but is not given`);
      }
    }
  }

  /** One name is one buffer. */
  #known(buffer: Buffer): void {
    const known = this.#buffers.get(buffer.name);
    const same = !known ||
      (known.dtype === buffer.dtype && known.role === buffer.role && known.offset === buffer.offset &&
        known.shape.every((e, n) => e === buffer.shape[n]) &&
        known.strides.every((e, n) => e === buffer.strides[n]));
    if (!same) this.#report(`${buffer.name} is the name of two buffers`);
    if (buffer.shape.length !== buffer.strides.length) {
      this.#report(`${buffer.name} has another number of strides than dims`);
    }
    this.#buffers.set(buffer.name, known ?? buffer);
  }

  #reads(buffer: Buffer, filled: Filled): void {
    this.#known(buffer);
    if (!filled.has(buffer.name)) this.#report(`reads ${buffer.name}, where nothing was written`);
  }

  #block(block: Block, before: Filled): Filled {
    let filled = before;
    for (const s of block) filled = this.#one(s, filled);
    return filled;
  }

  /** What is filled after a statement. */
  #one(s: LoopStatement, filled: Filled): Filled {
    this.#statement = s;
    this.#symbolsOf(s);
    this.#scalars(s, filled);
    switch (s.kind) {
      case "scatter":
        this.#reads(s.store.buffer, filled); // the old values
        return filled;
      case "nest":
      case "contraction":
      case "attention": {
        const written = storesOf(s).map((store) => store.buffer);
        written.forEach((b) => this.#known(b));
        return new Set([...filled, ...written.map((b) => b.name)]);
      }
      case "routine":
        s.inputs.forEach((b) => this.#reads(b, filled));
        s.outputs.forEach((b) => this.#known(b));
        s.binds.forEach((sym) => this.#symbols.add(sym));
        return new Set([...filled, ...s.outputs.map((b) => b.name)]);
      case "item":
        this.#reads(s.buffer, filled);
        if (s.buffer.shape.length > 0) this.#report(`${s.buffer.name} is no single value`);
        return filled;
      case "bind":
        return filled;
      case "assert":
        if ("strides" in s.test) this.#tests(s.test, filled);
        return filled;
      case "cond": {
        this.#tests(s.test, filled);
        const then = this.#block(s.then, filled), otherwise = this.#block(s.otherwise, filled);
        return new Set([...then].filter((name) => otherwise.has(name)));
      }
      case "while":
        return this.#while(s, filled);
    }
  }

  #while(s: LoopStatement & { kind: "while" }, filled: Filled): Filled {
    s.carried.forEach((b) => this.#reads(b, filled));
    const fits = s.carried.length === s.next.length &&
      s.carried.every((b, n) => printType(b) === printType(s.next[n]!));
    if (!fits) this.#report("carried and next buffers differ in type");
    const tested = this.#block(s.condition, filled);
    this.#statement = s;
    this.#tests(s.test, tested);
    const after = this.#block(s.body, tested);
    this.#statement = s;
    s.next.forEach((b) => this.#reads(b, after));
    return tested;
  }

  #tests(buffer: Buffer, filled: Filled): void {
    this.#reads(buffer, filled);
    if (printType(buffer) !== "bool[]") this.#report(`tests ${buffer.name} : ${printType(buffer)}`);
  }

  #symbolsOf(s: LoopStatement): void {
    const axes = new Map(axesOfStatement(s).map((a) => [a.sym.name, a.sym])), loaded = loadedIndices(s);
    if (axes.size !== axesOfStatement(s).length) this.#report("has two axes of one name");
    for (const { sym, extent } of axesOfStatement(s)) {
      if (sym.below !== extent) this.#report(`axis ${sym.name} is not bounded by its extent`);
    }
    if (s.kind === "item" || s.kind === "bind") this.#symbols.add(s.sym);
    if (s.kind === "routine") s.binds.forEach((sym) => this.#symbols.add(sym));
    for (const x of symbolsOfStatement(s).found) {
      const own = axes.get(x.name);
      if (own === x || loaded.has(x.name) || this.#symbols.has(x)) continue;
      const declared = [...this.#symbols].some((y) => y.name === x.name);
      this.#report(
        own || declared ? `uses ${x.name} with another range` : `uses ${x.name}, which has no value here`,
      );
    }
  }

  #scalars(s: LoopStatement, filled: Filled): void {
    const roots = rootsOf(s), store = storeOf(s);
    if (!store) return;
    const readable = s.kind === "attention"
      ? new Set([...filled, s.highest.buffer.name, s.total.buffer.name])
      : filled;
    const mayBeEmpty = axesOfStatement(s).some((a) => rangeOf(a.extent).min < 1);
    for (const x of scalarsOf(...roots)) {
      if (x.kind === "load") {
        this.#reads(x.buffer, readable);
        this.#index(x.buffer, x.index, mayBeEmpty || isGuarded(roots, x));
      }
      if (x.kind === "accumulator" && s.kind !== "contraction" && s.kind !== "attention") {
        this.#report("uses a contraction's sum, but is none");
      }
      const problem = typeProblem(x);
      if (problem) this.#report(problem);
    }
    storesOf(s).forEach(({ buffer, index }) => this.#index(buffer, index, mayBeEmpty));
    this.#storedType(s, store.buffer);
  }

  #storedType(s: LoopStatement, buffer: Buffer): void {
    if (s.kind === "contraction") {
      if (s.a.dtype !== s.accumulate || s.b.dtype !== s.accumulate) {
        this.#report(`sums ${s.a.dtype} times ${s.b.dtype} in ${s.accumulate}`);
      }
      if (s.epilogue.dtype !== buffer.dtype) this.#report(`stores ${s.epilogue.dtype} in ${buffer.dtype}`);
    } else if (s.kind === "attention") {
      const types = [s.q, s.k, s.v, s.score, ...[s.highest, s.total].map((x) => x.buffer)].map((x) =>
        x.dtype
      );
      if (types.some((t) => t !== s.accumulate)) this.#report(`mixes ${types.join(", ")} in ${s.accumulate}`);
      if (s.epilogue.dtype !== buffer.dtype) this.#report(`stores ${s.epilogue.dtype} in ${buffer.dtype}`);
    } else if (s.kind === "nest" || s.kind === "scatter") {
      const reduce = s.kind === "nest" ? s.reduce : undefined;
      if (reduce && !reduceFns.includes(reduce.fn)) this.#report(`knows no reduction ${reduce.fn}`);
      const made = reduce && reduce.fn.startsWith("arg") ? "i64" : s.value.dtype;
      if (made !== buffer.dtype) this.#report(`stores ${made} in ${buffer.dtype}`);
    }
  }

  /** Rank, and positions that are surely outside, unless nothing may be touched at all. */
  #index(buffer: Buffer, index: readonly Expr[], mayBeIdle: boolean): void {
    if (index.length !== buffer.shape.length) {
      return this.#report(`gives ${index.length} indices for ${buffer.name} : ${printType(buffer)}`);
    }
    index.forEach((e, n) => {
      const size = buffer.shape[n]!;
      const outside = rangeOf(e).max < 0 || (rangeOf(size).min > 0 && isNonNegative(sub(e, size)));
      if (outside && !mayBeIdle) this.#report(`touches ${buffer.name} outside of dim ${n}`);
    });
  }
}

/** True if a load stands below a predicate anywhere: it may never happen. */
function isGuarded(roots: readonly Scalar[], load: Scalar): boolean {
  const all = scalarsOf(...roots);
  return all.some((x) => x.kind === "guarded" && scalarsOf(x.value).includes(load)) ||
    all.some((x) => x.kind === "bound" && symsOf(x.size).length > 0 && scalarsOf(x.body).includes(load));
}

/** What is wrong with the type of a scalar. */
function typeProblem(x: Scalar): string | undefined {
  switch (x.kind) {
    case "apply": {
      const row = scalarFns[x.fn], types = x.args.map((a) => a.dtype);
      if (row.arity !== x.args.length) return `${x.fn} takes ${row.arity} arguments, not ${x.args.length}`;
      const values = x.fn === "where" ? types.slice(1) : types;
      if (values.some((t) => t !== values[0])) return `${x.fn} of ${types.join(", ")}`;
      return scalarResult(x.fn, types) === x.dtype
        ? undefined
        : `${x.fn} gives ${scalarResult(x.fn, types)}, not ${x.dtype}`;
    }
    case "load":
      return x.buffer.dtype === x.dtype ? undefined : `loads ${x.buffer.dtype} as ${x.dtype}`;
    case "guarded":
      if (x.value.dtype !== x.other.dtype) return `chooses between ${x.value.dtype} and ${x.other.dtype}`;
      return x.dtype === x.value.dtype ? undefined : `is ${x.dtype} of ${x.value.dtype}`;
    case "bound":
      return x.value.dtype === "i64" ? undefined : `loads an index of ${x.value.dtype}`;
    default:
      return undefined;
  }
}
