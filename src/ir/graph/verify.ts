/**
 * Checks a graph. What is checked:
 *
 * - every value is defined once, before it is read, under a name of its own; a region reads only its inputs and its own
 * - every symbol is declared, or bound by an `item` or a node's `binds` before it is used; one name is one symbol
 * - operands and results have the types that the operation infers from its operands
 * - index maps have the rank of what they index, use only axes of the result (with its extents) and loaded indices, and
 *   do not provably leave what they index
 * - regions take what the node hands them and give what the node gives
 * - outputs and effects name defined values; effects write inputs or constants of the same type
 *
 * Sizes are compared only as far as the algebra decides: what guards check at run time is no error here.
 *
 * @module
 */
import type { Diagnostic } from "../../base/mod.ts";
import { asInt, type Expr, type Pred, type Sym, symsOf, symsOfPred } from "../expr/mod.ts";
import { SymbolSet } from "./symbols.ts";
import type { Effect, Graph, GraphOutput, Node, Origin, Region, Value } from "./types.ts";
import { attrProblems, indexSymbolProblems, nodeProblems, sameType } from "./verify_node.ts";
import { printType } from "./words.ts";

/** What is wrong with a graph; nothing, if it is well formed. */
export function verifyGraph(graph: Graph): readonly Diagnostic[] {
  const check = new Check(graph);
  check.run();
  return check.found;
}

/** Names in scope; a region opens a scope without its surroundings. */
class Scope {
  readonly values = new Set<Value>();
}

class Check {
  readonly found: Diagnostic[] = [];
  readonly #names = new Map<string, Value>();
  readonly #symbols = new Map<string, Sym>();

  constructor(readonly graph: Graph) {}

  #report(problem: string, node?: string, origin?: Origin): void {
    const place = { ...(origin?.file && { file: origin.file }), ...(origin?.line && { line: origin.line }) };
    this.found.push({
      reason: "bad-graph",
      message: `Cannot use graph ${this.graph.name}: ${node ? `%${node}: ` : ""}${problem}`,
      at: { ...place, ...(node && { node }) },
    });
  }

  run(): void {
    const { graph } = this, scope = new Scope();
    graph.symbols.forEach((decl) => this.#declare(decl.sym));
    [...graph.inputs, ...graph.constants].forEach(({ value }) => this.#define(value, scope));
    this.#interface(scope);
    this.#nodes(graph.nodes, scope);
    graph.outputs.forEach((leaf, n) => this.#output(leaf, n, scope));
    graph.effects.forEach((effect) => this.#effect(effect, scope));
  }

  #declare(sym: Sym): void {
    const known = this.#symbols.get(sym.name);
    if (known && known !== sym) {
      this.#report(`symbol ${sym.name} stands for two symbols with different ranges`);
    }
    this.#symbols.set(sym.name, sym);
  }

  #define(value: Value, scope: Scope, origin?: Origin): void {
    const known = this.#names.get(value.name);
    if (known) {
      this.#report(known === value ? "is defined twice" : "is the name of two values", value.name, origin);
    }
    this.#names.set(value.name, value);
    scope.values.add(value);
    this.#uses(value.type.shape, value.name, origin);
  }

  #uses(exprs: readonly Expr[], node?: string, origin?: Origin): void {
    const set = new SymbolSet();
    set.exprs(...exprs);
    this.#known([...set.found], node, origin);
  }

  #known(symbols: readonly Sym[], node?: string, origin?: Origin): void {
    for (const sym of symbols) {
      const known = this.#symbols.get(sym.name);
      if (!known) this.#report(`symbol ${sym.name} is not declared before`, node, origin);
      else if (known !== sym) {
        this.#report(`symbol ${sym.name} has another range where it is declared`, node, origin);
      }
      if (known !== sym) this.#symbols.set(sym.name, sym); // say it once
    }
  }

  #interface(scope: Scope): void {
    const { symbols, guards, inputs, constants } = this.graph;
    for (const { sym, from } of symbols) {
      if (!from) continue;
      if (!scope.values.has(from.input)) {
        this.#report(`symbol ${sym.name} is read from a value that is no input`);
      } else if (from.axis === undefined) {
        const { dtype, shape } = from.input.type;
        if (dtype !== "i64" || shape.length > 0) {
          this.#report(`symbol ${sym.name} is read from what is no integer`, from.input.name);
        }
      } else if (from.input.type.shape[from.axis] !== sym) {
        this.#report(`symbol ${sym.name} is not the size of axis ${from.axis}`, from.input.name);
      }
    }
    guards.forEach(({ pred }) => this.#known(symsOfPred(pred)));
    for (const { value, strides } of inputs) {
      if (strides.length !== value.type.shape.length) {
        this.#report("has another number of strides than dims", value.name);
      }
      this.#uses(strides, value.name);
    }
    for (const { value, strides } of constants) {
      if (strides.length !== value.type.shape.length) {
        this.#report("has another number of strides than dims", value.name);
      }
      if (value.type.shape.some((e) => asInt(e) === undefined)) {
        this.#report("is a constant of no fixed size", value.name);
      }
    }
  }

  #nodes(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes) this.#node(node, scope);
  }

  #node(node: Node, scope: Scope): void {
    const name = node.outputs[0]?.name ?? (node.inputs[0] && `${node.op.kind} of ${node.inputs[0].name}`) ??
      node.op.kind;
    const say = (problem: string) => this.#report(problem, name, node.origin);
    for (const value of node.inputs) {
      if (!scope.values.has(value)) say(`reads %${value.name}, which is not defined here`);
    }
    if (node.op.kind === "item") this.#declare(node.op.symbol);
    node.binds?.forEach((sym) => this.#declare(sym));
    for (const region of node.regions ?? []) this.#region(region, node);
    for (const value of node.outputs) this.#define(value, scope, node.origin);
    this.#known(indexSymbolProblems(node, say), name, node.origin);
    this.#known(attrProblems(node), name, node.origin);
    nodeProblems(node).forEach(say);
  }

  #region(region: Region, node: Node): void {
    const scope = new Scope();
    region.inputs.forEach((value) => this.#define(value, scope, node.origin));
    this.#nodes(region.nodes, scope);
    for (const value of region.outputs) {
      if (!scope.values.has(value)) {
        this.#report(`returns %${value.name}, which is not its own`, region.name, node.origin);
      }
    }
  }

  #output(leaf: GraphOutput, n: number, scope: Scope): void {
    const say = (problem: string) => this.#report(`output ${n} ("${leaf.label}") ${problem}`);
    if (leaf.kind === "size") this.#uses([leaf.expr]);
    if (leaf.kind === "truth") this.#known(symsOfPred(leaf.pred as Pred));
    if (leaf.kind !== "tensor") return;
    if (!scope.values.has(leaf.value)) say(`is %${leaf.value.name}, which is not defined`);
    if (leaf.strides && leaf.strides.length !== leaf.value.type.shape.length) {
      say("has another number of strides than dims");
    }
    leaf.strides?.forEach((e) => this.#known(symsOf(e)));
  }

  #effect({ target, value }: Effect, scope: Scope): void {
    const given = [...this.graph.inputs, ...this.graph.constants].some((x) => x.value === target);
    if (!given) this.#report("is written at the end, but is no input or constant", target.name);
    if (!scope.values.has(value)) {
      this.#report(`takes over %${value.name}, which is not defined`, target.name);
    }
    if (!sameType(target.type, value.type)) {
      this.#report(`is ${printType(target.type)} and takes over ${printType(value.type)}`, target.name);
    }
  }
}
