/**
 * Arguments of an operator that the host computes: what is known now goes into the node that the host's executor
 * reads, tensors and ints are handed over in each run.
 *
 * @module
 */
import { dtypes, refuse } from "../base/mod.ts";
import { asBool, asInt, type Expr, print } from "../ir/expr/mod.ts";
import type { Attr, Value } from "../ir/graph/mod.ts";
import type { HostOp } from "../ops/mod.ts";
import { layouts, memoryFormats } from "./archive/program.ts";
import type { Argument, Int, NamedArgument, NameRef, Node } from "./archive/types.ts";
import { intArgument } from "./arguments.ts";
import { type Frame, lookUp, scalarOf, tensorOf } from "./frame.ts";
import { defaultArgument, underType } from "./host_defaults.ts";
import { Float, type NodeJson } from "./host_json.ts";

/** One argument by the names that the schema gives. */
interface Given {
  readonly name: string;
  readonly argument: Argument;
  readonly type: string;
  readonly writes: boolean;
}

/** A tensor that is handed over; `name` is its name in the export. */
export interface HandedTensor {
  readonly name: string;
  readonly value: Value;
  readonly writes: boolean;
}

/** All arguments of a call. */
export interface HostArguments {
  readonly inputs: readonly NodeJson[];
  /** In the schema's order; null for an optional tensor that is None. */
  readonly tensors: readonly (HandedTensor | null)[];
  /** Ints and bools in the schema's order. */
  readonly numbers: readonly Attr[];
  readonly floats: readonly number[];
  readonly texts: readonly string[];
  /** Some argument is a list: only executors of PyTorch can take them apart. */
  readonly hasLists: boolean;
  /** Names of arguments that PyTorch 2.6 refuses when it opens a package. */
  readonly tooNew: readonly string[];
}

/** Reads the arguments of `node`; without a schema as the export has them. */
export function hostArguments(frame: Frame, node: Node, op: HostOp | undefined): HostArguments {
  const list = new ArgumentList(frame);
  for (const given of inOrder(node, op)) list.add(given);
  return list;
}

function inOrder(node: Node, op: HostOp | undefined): readonly Given[] {
  if (!op) {
    return node.inputs.map(({ name, argument }) => ({ name, argument, type: "", writes: false }));
  }
  const odd = node.inputs.find(({ name }, n) =>
    !(name === "" ? op.args[n] : op.args.some((a) => a.name === name))
  );
  if (odd) bad(odd.name, "is not in the schema that the config gives");
  return op.args.map((arg, n) => {
    const found = node.inputs.find(({ name }: NamedArgument, m) => name === "" ? m === n : name === arg.name);
    const argument = found ? underType(found.argument, arg.type) : defaultArgument(arg);
    return { name: arg.name, argument, type: arg.type, writes: arg.writes };
  });
}

function bad(name: string, found: string): never {
  return refuse({ reason: "unsupported-argument", message: `Cannot pass argument "${name}": it ${found}` });
}

class ArgumentList implements HostArguments {
  readonly inputs: NodeJson[] = [];
  readonly tensors: (HandedTensor | null)[] = [];
  readonly numbers: Attr[] = [];
  readonly floats: number[] = [];
  readonly texts: string[] = [];
  readonly tooNew: string[] = [];
  hasLists = false;

  constructor(readonly frame: Frame) {}

  add(given: Given): void {
    this.hasLists ||= /s$/.test(given.argument.kind) && given.argument.kind !== "none";
    this.inputs.push({ name: given.name, arg: this.#argument(given) });
  }

  #argument(given: Given): NodeJson {
    const { argument: a } = given;
    switch (a.kind) {
      case "none":
        return this.#none(given);
      case "tensor":
        return this.#tensor(given, a.name);
      case "optional-tensor":
        return a.name === null ? this.#none(given) : this.#tensor(given, a.name);
      case "tensors":
      case "optional-tensors":
        return this.#tensorList(given, a.names, a.kind);
      case "int":
      case "sym-int":
        return this.#int(given, a.value);
      case "ints":
      case "sym-ints":
        return { as_ints: this.#notEmpty(given, a.values).map((v) => this.#number(v).known ?? 0) };
      case "float":
        return { as_float: this.#float(given, a.value) };
      case "floats":
        return { as_floats: a.values.map((x) => this.#float(given, x)) };
      default:
        return this.#fixed(given);
    }
  }

  #fixed(given: Given): NodeJson {
    const { argument: a, name } = given;
    switch (a.kind) {
      case "bool":
        return { as_bool: this.#bool(a.value) };
      case "bools":
        return { as_bools: a.values.map((value) => this.#bool(value)) };
      case "sym-bool":
        return { as_bool: this.#bool(this.#decided(given, a.value)) };
      case "sym-float":
        return { as_float: this.#float(given, this.#knownFloat(given, a.value)) };
      case "string":
        this.texts.push(a.value);
        return { as_string: a.value };
      case "strings":
        this.texts.push(...a.values);
        return { as_strings: a.values };
      case "device": {
        const { type, index } = a.device;
        return { as_device: { type, ...(index !== null && { index }) } };
      }
      case "scalar-type":
        this.tooNew.push(name);
        return { as_scalar_type: dtypes[a.dtype].exported };
      case "layout":
        this.tooNew.push(name);
        return { as_layout: layouts.indexOf(a.layout) };
      case "memory-format":
        this.tooNew.push(name);
        return { as_memory_format: memoryFormats.indexOf(a.format) };
      default:
        return bad(name, `is of kind ${a.kind}, which hosts do not take`);
    }
  }

  #none({ type }: Given): NodeJson {
    if (/^Tensor\?$/.test(type)) this.tensors.push(null);
    return { as_none: true };
  }

  #tensor(given: Given, name: string): NodeJson {
    if (lookUp(this.frame, name).kind === "none") return this.#none(given);
    const value = tensorOf(this.frame, name).read(this.frame.g);
    this.tensors.push({ name, value, writes: given.writes });
    return { as_tensor: { name } };
  }

  #tensorList(given: Given, names: readonly (string | null)[], kind: Argument["kind"]): NodeJson {
    const items = this.#notEmpty(given, names).map((name) =>
      name === null ? { as_none: true } : this.#tensor({ ...given, type: "Tensor" }, name)
    );
    const isOptional = kind === "optional-tensors" || given.type.startsWith("Tensor?[");
    if (isOptional) return { as_optional_tensors: items };
    return { as_tensors: items.map((item) => (item as { as_tensor: NodeJson }).as_tensor) };
  }

  /** The executors leave an empty list of tensors or ints out, and the operator gets None. */
  #notEmpty<T>({ name }: Given, list: readonly T[]): readonly T[] {
    return list.length > 0 ? list : bad(name, "is an empty list, which PyTorch's executor cannot pass");
  }

  #int(given: Given, value: Int | NameRef): NodeJson {
    const { known, expr } = this.#number(value);
    if (known !== undefined) return { as_int: known };
    return given.type.startsWith("SymInt") ? { as_sym_int: { as_name: print(expr!) } } : { as_int: 0 };
  }

  /** An int of each run; its value where that is known. */
  #number(value: Int | NameRef): { readonly known?: bigint; readonly expr?: Expr } {
    if (typeof value !== "object") {
      this.numbers.push(BigInt(value));
      return { known: BigInt(value) };
    }
    const expr = intArgument(this.frame, value), known = asInt(expr);
    this.numbers.push(expr);
    return known === undefined ? { expr } : { expr, known: BigInt(known) };
  }

  #bool(value: boolean): boolean {
    this.numbers.push(value);
    return value;
  }

  #decided({ name }: Given, value: boolean | NameRef): boolean {
    if (typeof value === "boolean") return value;
    const scalar = scalarOf(this.frame, value.name);
    const decided = scalar.kind === "bool" ? asBool(scalar.pred) : undefined;
    return decided ?? bad(name, "is a bool that only a run decides");
  }

  #knownFloat({ name }: Given, value: number | NameRef): number {
    if (typeof value === "number") return value;
    const scalar = scalarOf(this.frame, value.name);
    return scalar.kind === "float" ? scalar.float : bad(name, "is a float that only a run knows");
  }

  #float({ name }: Given, x: number): Float {
    if (!Number.isFinite(x)) bad(name, `is ${x}, which the JSON of a package cannot hold`);
    this.floats.push(x);
    return new Float(x);
  }
}
