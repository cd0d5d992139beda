/**
 * Inputs and constants of the program as values, with the user's names and the strides the export saw.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { eq, type Expr, int, sym } from "../ir/expr/mod.ts";
import type { FixedLeaf, GraphBuilder, GraphConstant, GraphInput, Guard, Value } from "../ir/graph/mod.ts";
import { conj } from "../ops/mod.ts";
import type { ArchivedProgram, Argument, InputSpec, TensorEntry } from "./archive/types.ts";
import { checkMeta, type Frame, metaOf, whole } from "./frame.ts";
import { inputName } from "./region.ts";
import { intScalar } from "./scalar.ts";
import { bindInt } from "./scalar_data.ts";
import { Alias } from "./storage.ts";

/** What the program is given. */
export interface Inputs {
  readonly inputs: readonly GraphInput[];
  readonly fixed: readonly FixedLeaf[];
  readonly constants: readonly GraphConstant[];
  /** The aliases that writes are looked for in, by the value that the host sees. */
  readonly aliases: ReadonlyMap<Value, Alias>;
  /** Values by the names that output specs use: fqns of state, names of user inputs. */
  readonly targets: ReadonlyMap<string, Value>;
  /** Whole numbers of the call by label, and what must hold of them. */
  readonly numbers: ReadonlyMap<string, Expr>;
  readonly guards: readonly Guard[];
}

class Collector {
  readonly inputs: GraphInput[] = [];
  readonly fixed: FixedLeaf[] = [];
  readonly constants: GraphConstant[] = [];
  readonly aliases = new Map<Value, Alias>();
  readonly targets = new Map<string, Value>();
  readonly numbers = new Map<string, Expr>();
  readonly guards: Guard[] = [];
  readonly #tied = new Map<string, Alias>();
  #leaf = 0;

  constructor(readonly frame: Frame, readonly archived: ArchivedProgram) {}

  add(spec: InputSpec): void {
    switch (spec.kind) {
      case "parameter":
        return this.#state(spec.name, spec.parameter, "parameter", this.archived.weights.get(spec.parameter));
      case "buffer": {
        const { weights, constants } = this.archived;
        const entry = (spec.persistent ? weights : constants).get(spec.buffer) ?? weights.get(spec.buffer);
        return this.#state(spec.name, spec.buffer, "buffer", entry);
      }
      case "tensor-constant":
        return this.#state(spec.name, spec.constant, "literal", this.archived.constants.get(spec.constant));
      case "user-input":
        return this.#user(spec.argument);
      case "constant-input":
        return this.#constant(spec.name, spec.value);
      case "custom-object":
        return void refuse({
          reason: "unsupported-input",
          message:
            `Cannot import constant "${spec.object}": it is an object of class ${spec.classFqn}, not a tensor`,
        });
      case "token":
        return void refuse({
          reason: "unsupported-input",
          message: `Cannot import input "${spec.name}": effect tokens cannot be compiled`,
        });
    }
  }

  #state(name: string, fqn: string, role: GraphConstant["role"], entry: TensorEntry | undefined): void {
    if (!entry) {
      return void refuse({
        reason: "missing-constant",
        message: `Cannot find the values of ${role} "${fqn}" in the archive`,
      });
    }
    const { g } = this.frame, shape = entry.sizes.map(int);
    const value = g.input(name, { dtype: entry.dtype, shape });
    const { strides, storageOffset: offset, storage: data } = entry;
    this.constants.push({ value, fqn, role, strides, offset, data });
    const key = `${data} ${entry.dtype} ${offset} [${entry.sizes}] [${strides}] ${entry.neg} ${entry.conj}`;
    const alias = this.#tied.get(key) ?? Alias.whole(asStored(g, value, entry));
    this.#tied.set(key, alias);
    this.aliases.set(value, alias);
    this.targets.set(fqn, value);
    this.frame.names.set(name, { kind: "tensor", alias });
  }

  #label(): { readonly leaf: number; readonly label: string } {
    const leaf = this.#leaf++;
    return { leaf, label: this.archived.program.inputNames[leaf] ?? `input${leaf}` };
  }

  #constant(name: string, value: Argument): void {
    this.fixed.push({ ...this.#label(), value: fixedValue(value) });
    if (name) this.frame.names.set(name, { kind: "none" });
  }

  #user(argument: Argument): void {
    if (argument.kind === "tensor") return this.#tensor(argument.name);
    if (argument.kind === "sym-int" || argument.kind === "sym-float") return this.#number(argument);
    if (argument.kind === "custom-object") {
      return void refuse({
        reason: "unsupported-input",
        message: `Cannot import input "${argument.name}": it is an object of class ${argument.classFqn}`,
      });
    }
    this.fixed.push({ ...this.#label(), value: fixedValue(argument) });
  }

  #tensor(name: string): void {
    const meta = metaOf(this.frame, name), { symbols } = this.frame.session, where = this.#label();
    checkMeta(where.label, meta);
    const value = this.frame.g.input(name, symbols.type(meta));
    const strides = symbols.strides(meta) ?? [];
    this.inputs.push({ value, ...where, strides });
    const alias = Alias.whole(value);
    this.aliases.set(value, alias);
    this.targets.set(name, value);
    this.frame.names.set(name, { kind: "tensor", alias });
  }

  /** A dynamic Python number: a 0-d tensor to the host, a symbol within. */
  #number(argument: Argument): void {
    const name = inputName(argument), whole = argument.kind === "sym-int", where = this.#label();
    const { frame } = this, value = frame.g.input(name, { dtype: whole ? "i64" : "f64", shape: [] });
    this.inputs.push({ value, ...where, strides: [], number: true });
    if (!whole) return void frame.names.set(name, { kind: "data", value });
    this.targets.set(name, value);
    const recorded = frame.graph.symInts.get(name), { symbols } = frame.session;
    const expr = typeof recorded === "object" ? symbols.dimOrNone(recorded) : undefined;
    const number = expr ? this.#known(expr, value, where.label) : bindInt(frame, value, undefined);
    this.numbers.set(where.label, number);
    frame.names.set(name, intScalar(number));
  }

  /** What the export calls a number: a symbol that is read here, or something that the number must be equal to. */
  #known(expr: Expr, value: Value, label: string): Expr {
    const { symbols } = this.frame.session;
    if (expr.kind === "sym" && expr.unbacked) return bindInt(this.frame, value, expr);
    const read = symbols.decls.find(({ sym }) => sym === expr);
    if (read?.label === label) return expr;
    const given = sym(`n_${value.name.replace(/\W/g, "_")}`, {});
    symbols.declare({ sym: given, from: { input: value }, label });
    this.guards.push({ pred: eq(given, expr), subject: `input "${label}"` });
    return expr;
  }
}

/** What the stored values stand for. */
function asStored(g: GraphBuilder, value: Value, { neg, conj: conjugate }: TensorEntry): Value {
  const plain = neg ? g.pointwise("neg", value) : value;
  return conjugate ? conj(g, plain) : plain;
}

function fixedValue(argument: Argument): FixedLeaf["value"] {
  switch (argument.kind) {
    case "int":
    case "float":
    case "bool":
    case "string":
      return argument.value;
    case "none":
      return null;
    default:
      return refuse({
        reason: "unsupported-input",
        message: `Cannot import an input of kind ${argument.kind}`,
      });
  }
}

/** Binds all inputs of the program; one that cannot be taken is reported, and the others are bound all the same. */
export function bindInputs(frame: Frame, archived: ArchivedProgram): Inputs {
  const collector = new Collector(frame, archived);
  for (const spec of archived.program.signature.inputs) {
    frame.session.report.collect(() => collector.add(spec));
    standIn(frame, spec);
  }
  return collector;
}

/** A name for an input that could not be taken, so that nodes are still checked. */
function standIn(frame: Frame, spec: InputSpec): void {
  const name = spec.kind === "user-input" ? inputName(spec.argument) : spec.name;
  const meta = frame.graph.tensors.get(name);
  if (frame.names.has(name) || !meta) return;
  frame.names.set(name, whole(frame.g.input(name, frame.session.symbols.looseType(meta))));
}
