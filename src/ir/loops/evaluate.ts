/**
 * Runs loops: every statement as plain loops over dense tensors, floats rounded at each scalar step as kernels do.
 *
 * Buffers are logical here: a load at an index reads that element, whatever the strides; a plan gives them memory.
 * Fresh memory is full of junk (nan, or the least integer), so that what is read before it is written shows.
 *
 * @module
 */
import { evaluate, evaluatePred } from "../expr/mod.ts";
import {
  type DenseTensor,
  elementOf,
  type Num,
  readSymbol,
  type RoutineReference,
  RunFailure,
} from "../scalar/mod.ts";
import { Bodies } from "./evaluate_body.ts";
import { State } from "./state.ts";
import type { Block, Loops, LoopStatement, RoutineCall, WhileStatement } from "./types.ts";

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
  const state = new State(), run = new Run(state, routines);
  loops.inputs.forEach(({ buffer }, n) => state.give(buffer, inputs[n]!));
  loops.constants.forEach(({ buffer }, n) => state.give(buffer, constants[n]!));
  for (const { sym, from } of loops.symbols) {
    const input = loops.inputs.findIndex((x) => x.input.value === from?.input);
    if (from && input >= 0) state.symbols.set(sym.name, readSymbol(inputs[input]!, from.axis));
  }
  for (const { pred, subject } of loops.guards) {
    if (!evaluatePred(pred, state.symbols)) throw new RunFailure("guard", subject);
  }
  run.block(loops.body);
  return {
    outputs: loops.outputs.map((output) => state.output(output)),
    effects: loops.effects.map(({ target }) => state.memory(target)),
    symbols: state.symbols,
  };
}

class Run {
  readonly #bodies: Bodies;

  constructor(readonly state: State, readonly routines: Readonly<Record<string, RoutineReference>>) {
    this.#bodies = new Bodies(state);
  }

  block(block: Block): void {
    block.forEach((statement) => this.#statement(statement));
  }

  #statement(s: LoopStatement): void {
    switch (s.kind) {
      case "nest":
        return this.#bodies.nest(s);
      case "contraction":
        return this.#bodies.contraction(s);
      case "attention":
        return this.#bodies.attention(s);
      case "scatter":
        return this.#bodies.scatter(s);
      case "routine":
        return this.#routine(s);
      case "item":
        return void this.state.symbols.set(s.sym.name, Number(elementOf(this.state.memory(s.buffer), 0)));
      case "bind":
        return void this.state.symbols.set(s.sym.name, evaluate(s.expr, this.state.symbols));
      case "assert":
        if (!this.state.holds(s.test)) throw new RunFailure("assert", s.message);
        return;
      case "cond":
        return this.block(this.state.holds(s.test) ? s.then : s.otherwise);
      case "while":
        return this.#while(s);
    }
  }

  #routine({ routine, attrs, inputs, outputs, binds }: RoutineCall): void {
    const reference = this.routines[routine];
    if (!reference) throw new RangeError(`Cannot run routine ${routine}: it has no reference`);
    const values = Object.entries(attrs).map(([key, attr]) => [key, this.state.attr(attr)] as const);
    const results = reference(inputs.map((buffer) => this.state.memory(buffer)), Object.fromEntries(values));
    outputs.forEach((buffer, n) => {
      buffer.shape.forEach((size, d) => {
        if (size.kind === "sym" && binds.includes(size)) {
          this.state.symbols.set(size.name, results[n]!.shape[d]!);
        }
      });
      this.state.put(buffer, results[n]!);
    });
  }

  #while({ carried, next, condition, test, body }: WhileStatement): void {
    for (;;) {
      this.block(condition);
      if (!this.state.holds(test)) return;
      this.block(body);
      next.forEach((from, n) => this.state.give(carried[n]!, this.state.memory(from)));
    }
  }
}
