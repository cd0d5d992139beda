/**
 * Runs loops: every statement as plain loops over dense tensors, floats rounded at each scalar step as kernels do.
 *
 * Buffers are logical here: a load at an index reads that element, whatever the strides; a plan gives them memory.
 * Fresh memory is full of junk (nan, or the least integer), so that what is read before it is written shows.
 *
 * @module
 */
import { evaluate, evaluatePred, type Pred } from "../expr/mod.ts";
import { type Attr, forEachPosition, type GraphOutput, isExpr } from "../graph/mod.ts";
import {
  type AttrValue,
  castScalar,
  denseOf,
  type DenseTensor,
  denseZeros,
  elementOf,
  evaluateScalar,
  literalOf,
  type Num,
  readSymbol,
  type ReduceFn,
  reductionIdentity,
  type RoutineReference,
  RunFailure,
  setElement,
} from "../scalar/mod.ts";
import { elementIndex, Frame } from "./frame.ts";
import type {
  Attention,
  Axis,
  Block,
  Buffer,
  Contraction,
  Loops,
  LoopsOutput,
  LoopStatement,
  Nest,
  RoutineCall,
  ScatterNest,
  Store,
  WhileStatement,
} from "./types.ts";

/** What a run gives: the leaves of the result, and the new contents of the effects' targets. */
export interface EvaluatedLoops {
  readonly outputs: readonly (DenseTensor | null | Num | string)[];
  readonly effects: readonly DenseTensor[];
  readonly symbols: ReadonlyMap<string, number>;
}

/** Runs `loops`. Inputs and constants come in their order; `routines` are references by name. Throws `RunFailure`. */
export function evaluateLoops(
  loops: Loops,
  inputs: readonly DenseTensor[],
  constants: readonly DenseTensor[] = [],
  routines: Readonly<Record<string, RoutineReference>> = {},
): EvaluatedLoops {
  const run = new Run(routines);
  loops.inputs.forEach(({ buffer }, n) => run.give(buffer, inputs[n]!));
  loops.constants.forEach(({ buffer }, n) => run.give(buffer, constants[n]!));
  for (const { sym, from } of loops.symbols) {
    const input = loops.inputs.findIndex((x) => x.input.value === from?.input);
    if (from && input >= 0) run.symbols.set(sym.name, readSymbol(inputs[input]!, from.axis));
  }
  for (const { pred, subject } of loops.guards) {
    if (!evaluatePred(pred, run.symbols)) throw new RunFailure("guard", subject);
  }
  run.block(loops.body);
  return {
    outputs: loops.outputs.map((output) => run.output(output)),
    effects: loops.effects.map(({ target }) => run.memory(target)),
    symbols: run.symbols,
  };
}

const steps = { sum: "add", prod: "mul", min: "min", max: "max", any: "or", all: "and" } as const;

class Run {
  readonly symbols = new Map<string, number>();
  readonly #memory = new Map<string, DenseTensor>();

  constructor(readonly routines: Readonly<Record<string, RoutineReference>>) {}

  /** Memory that comes from outside: copied, as effects may write it. */
  give(buffer: Buffer, tensor: DenseTensor): void {
    this.#memory.set(buffer.name, { ...tensor, data: tensor.data.slice() });
  }

  /** The memory of a buffer; there is none before the first write. */
  memory(buffer: Buffer): DenseTensor {
    const tensor = this.#memory.get(buffer.name);
    if (!tensor) throw new RangeError(`Cannot read ${buffer.name}: nothing was written there`);
    return tensor;
  }

  #shape(buffer: Buffer): number[] {
    return buffer.shape.map((size) => evaluate(size, this.symbols));
  }

  /** Memory to write: made at the first write, and again when sizes have changed since. */
  #writable(buffer: Buffer): DenseTensor {
    const shape = this.#shape(buffer), known = this.#memory.get(buffer.name);
    if (known && shape.every((size, n) => size === known.shape[n])) return known;
    const tensor = denseZeros(buffer.dtype, shape), junk = literalOf(NaN, buffer.dtype);
    for (let n = 0; n < tensor.data.length; n++) setElement(tensor, n, junk);
    this.#memory.set(buffer.name, tensor);
    return tensor;
  }

  output({ leaf, buffer }: LoopsOutput): DenseTensor | null | Num | string {
    if (buffer) return this.memory(buffer);
    return this.#fixed(leaf);
  }

  #fixed(leaf: GraphOutput): DenseTensor | null | Num | string {
    switch (leaf.kind) {
      case "tensor":
        throw new RangeError(`Cannot give output ${leaf.label}: it has no buffer`);
      case "size":
        return denseOf("i64", [], [BigInt(evaluate(leaf.expr, this.symbols))]);
      case "truth":
        return denseOf("bool", [], [evaluatePred(leaf.pred, this.symbols)]);
      case "fixed":
        return leaf.value;
    }
  }

  block(block: Block): void {
    block.forEach((statement) => this.#statement(statement));
  }

  #statement(s: LoopStatement): void {
    switch (s.kind) {
      case "nest":
        return this.#nest(s);
      case "contraction":
        return this.#contraction(s);
      case "attention":
        return this.#attention(s);
      case "scatter":
        return this.#scatter(s);
      case "routine":
        return this.#routine(s);
      case "item":
        return void this.symbols.set(s.sym.name, Number(elementOf(this.memory(s.buffer), 0)));
      case "bind":
        return void this.symbols.set(s.sym.name, evaluate(s.expr, this.symbols));
      case "assert":
        if (!this.#holds(s.test)) throw new RunFailure("assert", s.message);
        return;
      case "cond":
        return this.block(this.#holds(s.test) ? s.then : s.otherwise);
      case "while":
        return this.#while(s);
    }
  }

  #holds(test: Buffer | Pred): boolean {
    return "strides" in test ? Boolean(elementOf(this.memory(test), 0)) : evaluatePred(test, this.symbols);
  }

  #frame(): Frame {
    return new Frame((buffer) => this.memory(buffer), this.symbols);
  }

  /** Visits every point of the axes in row-major order. */
  #loop(frame: Frame, axes: readonly Axis[], visit: (n: number) => void): void {
    const extents = axes.map(({ extent }) => frame.expr(extent)());
    forEachPosition(extents, (at, n) => {
      axes.forEach((axis, d) => frame.set(axis.sym.name, at[d]!));
      visit(n);
    });
  }

  /** Writes elements of a store; `combine` sees the old value. */
  #writer(frame: Frame, { buffer, index }: Store): (of: (old: Num) => Num) => void {
    const tensor = this.#writable(buffer), at = index.map((e) => frame.expr(e));
    return (of) => {
      const n = elementIndex(tensor, at.map((e) => e()), buffer);
      setElement(tensor, n, of(elementOf(tensor, n)));
    };
  }

  #nest({ axes, value, reduce, store }: Nest): void {
    const frame = this.#frame(), write = this.#writer(frame, store), of = frame.scalar(value);
    this.#loop(frame, axes, () => {
      frame.renew();
      const result = reduce ? this.#reduction(frame, reduce.fn, reduce.over, of, value.dtype) : of();
      write(() => result);
    });
  }

  #reduction(frame: Frame, fn: ReduceFn, over: readonly Axis[], of: () => Num, dtype: Buffer["dtype"]): Num {
    if (fn === "argmin" || fn === "argmax") return this.#place(frame, fn, over, of);
    let total = reductionIdentity(fn, dtype);
    this.#loop(frame, over, () => {
      total = evaluateScalar(steps[fn], [total, of()], dtype);
    });
    return total;
  }

  /** Position of the best value; 0 for no values. */
  #place(frame: Frame, fn: "argmin" | "argmax", over: readonly Axis[], of: () => Num): Num {
    let best: Num | undefined, place = 0;
    this.#loop(frame, over, (n) => {
      const value = of();
      if (best === undefined || beats(fn, value, best)) [best, place] = [value, n];
    });
    return BigInt(place);
  }

  #contraction({ batch, m, n, k, a, b, accumulate, epilogue, store }: Contraction): void {
    const frame = this.#frame(), write = this.#writer(frame, store);
    const [left, right, last] = [frame.scalar(a), frame.scalar(b), frame.scalar(epilogue)];
    this.#loop(frame, [...batch, ...m, ...n], () => {
      let total = literalOf(0, accumulate);
      frame.renew();
      this.#loop(frame, k, () => {
        total = evaluateScalar(
          "add",
          [total, evaluateScalar("mul", [left(), right()], accumulate)],
          accumulate,
        );
      });
      frame.accumulator = total;
      frame.renew();
      const result = last();
      write(() => result);
    });
  }

  #attention(s: Attention): void {
    const frame = this.#frame(),
      type = s.accumulate,
      add = (a: Num, b: Num) => evaluateScalar("add", [a, b], type);
    const [highest, total, out] = [s.highest, s.total, s.store].map((store) => this.#writer(frame, store));
    const [q, k, v, score, last] = [s.q, s.k, s.v, s.score, s.epilogue].map((x) => frame.scalar(x));
    const zero = literalOf(0, type);
    const dot = (axes: readonly Axis[], factor: (n: number) => Num, other: () => Num): Num => {
      let sum = zero;
      this.#loop(frame, axes, (n) => {
        sum = add(sum, evaluateScalar("mul", [factor(n), other()], type));
      });
      return sum;
    };
    this.#loop(frame, [...s.batch, ...s.rows], () => {
      const scores: Num[] = [];
      let most = reductionIdentity("max", type), sum = zero;
      this.#loop(frame, s.columns, () => {
        frame.renew();
        frame.accumulator = dot(s.depth, q!, k!);
        frame.renew();
        scores.push(score!());
        most = evaluateScalar("max", [most, scores.at(-1)!], type);
      });
      const shift = most === -Infinity && s.blind === "zero" ? zero : most;
      const powers = scores.map((x) =>
        evaluateScalar("exp", [evaluateScalar("sub", [x, shift], type)], type)
      );
      for (const power of powers) sum = add(sum, power);
      const weights = powers.map((p) => castScalar(castScalar(p, type, s.weight), s.weight, type));
      highest!(() => most);
      total!(() => sum);
      this.#loop(frame, s.values, () => {
        frame.renew();
        frame.accumulator = dot(s.columns, (n) => weights[n]!, v!);
        frame.renew();
        const result = last!();
        out!(() => result);
      });
    });
  }

  #scatter({ axes, value, combine, store, bounds }: ScatterNest): void {
    const frame = this.#frame(), of = frame.scalar(value), sets = bounds.map((b) => frame.bound(b));
    const write = this.#writer(frame, store), { dtype } = store.buffer;
    this.#loop(frame, axes, () => {
      frame.renew();
      const next = of();
      sets.forEach((set) => set());
      write((old) => (combine === "set" ? next : evaluateScalar(combine, [old, next], dtype)));
    });
  }

  #routine({ routine, attrs, inputs, outputs, binds }: RoutineCall): void {
    const reference = this.routines[routine];
    if (!reference) throw new RangeError(`Cannot run routine ${routine}: it has no reference`);
    const values = Object.entries(attrs).map(([key, attr]) => [key, this.#attr(attr)] as const);
    const results = reference(inputs.map((buffer) => this.memory(buffer)), Object.fromEntries(values));
    outputs.forEach((buffer, n) => {
      buffer.shape.forEach((size, d) => {
        if (size.kind === "sym" && binds.includes(size)) this.symbols.set(size.name, results[n]!.shape[d]!);
      });
      this.#memory.set(buffer.name, results[n]!);
    });
  }

  #attr(attr: Attr): AttrValue {
    if (attr === null || typeof attr !== "object") return attr;
    return isExpr(attr) ? evaluate(attr, this.symbols) : attr.map((a) => this.#attr(a));
  }

  #while({ carried, next, condition, test, body }: WhileStatement): void {
    for (;;) {
      this.block(condition);
      if (!this.#holds(test)) return;
      this.block(body);
      next.forEach((from, n) => this.give(carried[n]!, this.memory(from)));
    }
  }
}

/** True if `value` takes the place of `best`: the first of equals stays, and so does the first nan. */
function beats(fn: "argmin" | "argmax", value: Num, best: Num): boolean {
  if (best !== best) return false;
  return value !== value || (fn === "argmin" ? value < best : value > best);
}
