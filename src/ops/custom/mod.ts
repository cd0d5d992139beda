/**
 * Operators of the user's own: C sources that the config names, as rows beside the aten table.
 *
 * @module
 */
import { type DType, dtypeNames, fromTorch } from "../../base/mod.ts";
import { asBool, eq, type Expr, int, parse, substitute, sym } from "../../ir/expr/mod.ts";
import type { Attr, GraphBuilder, TensorType, Value } from "../../ir/graph/mod.ts";
import { badArgument } from "../aten/refuse.ts";
import type { Args, AtenOp } from "../aten/types.ts";
import { type OpHeader, readHeader, type ResultText } from "./header.ts";

/** A C source: the name that messages and debuggers show, and its text. */
export interface OpSource {
  readonly file: string;
  readonly text: string;
}

/** What a config gives for an operator: its C source, or the schema of one that the host has. */
export type OpGiven = OpSource | { readonly schema: string };

/** The rows of operators in C, by target: `ns.name.overload`. */
export function customOps(sources: Readonly<Record<string, OpGiven>>): ReadonlyMap<string, AtenOp> {
  const rows = Object.entries(sources).flatMap(([name, source]) =>
    "text" in source ? [rowOf(name, source)] : []
  );
  return new Map(rows.map((row) => [row.target, row]));
}

function rowOf(name: string, source: OpSource): AtenOp {
  const header = readHeader(name, source.file, source.text), { schema } = header;
  return {
    target: schema.target,
    schema,
    view: false,
    build: (g, args) => build(g, args, header, source),
  };
}

function build(g: GraphBuilder, args: Args, header: OpHeader, source: OpSource): Value | readonly Value[] {
  const { schema } = header, sizes = sizesOf(g, args, header);
  const inputs: Value[] = [],
    present: boolean[] = [],
    ints: Expr[] = [],
    floats: number[] = [],
    texts: string[] = [];
  for (const { name, type } of schema.args) {
    if (type.startsWith("Tensor")) {
      const value = type === "Tensor" ? args.tensor(name) : args.tensorOrNone(name);
      present.push(value !== undefined);
      if (value) inputs.push(value);
    } else if (type === "float") floats.push(args.float(name));
    else if (type === "str") texts.push(args.string(name));
    else ints.push(args.int(name));
  }
  const types = header.results.map((r) => typeOf(r, args, sizes));
  const attrs: Record<string, Attr> = { name: schema.target, present, ints, floats, texts, ...source };
  const made = g.routine("custom", inputs, types, attrs);
  return made.length === 1 ? made[0]! : made;
}

/** Names of axes and ints with what this call gives them; what must be equal is checked, in the run where sizes vary. */
function sizesOf(g: GraphBuilder, args: Args, { schema, patterns }: OpHeader): ReadonlyMap<string, Expr> {
  const sizes = new Map<string, Expr>();
  for (const { name, type } of schema.args) {
    if (type === "int" || type === "SymInt") sizes.set(name, args.int(name));
  }
  for (const [name, pattern] of patterns) {
    const value = args.tensorOrNone(name);
    if (!value) continue;
    const { shape } = value.type;
    if (shape.length !== pattern.length) {
      badArgument(schema.target, name, `has ${shape.length} axes, not ${pattern.length}`);
    }
    pattern.forEach((axis, n) => {
      const size = shape[n]!, wanted = /^\d+$/.test(axis) ? int(Number(axis)) : sizes.get(axis);
      if (!wanted) return sizes.set(axis, size);
      const same = eq(size, wanted), known = asBool(same);
      if (known === false) badArgument(schema.target, name, `has another size than ${axis} along axis ${n}`);
      if (known === undefined) {
        g.assert(same, `${schema.target}: argument "${name}" must have ${axis} along axis ${n}`);
      }
    });
  }
  return sizes;
}

function typeOf(result: ResultText, args: Args, sizes: ReadonlyMap<string, Expr>): TensorType {
  if ("like" in result) return args.tensor(result.like).type;
  const { target } = args.schema, from = /^(\w+)\.dtype$/.exec(result.dtype)?.[1];
  const dtype = from === undefined ? named(result.dtype) : args.tensor(from).type.dtype;
  if (!dtype) return badArgument(target, result.dtype, "is no element type");
  const shape = result.shape.map((text) => {
    const open = new Set<string>();
    const expr = parse(text, (name) => (sizes.has(name) || open.add(name), sym(`custom_${name}`)));
    const [odd] = open;
    if (odd !== undefined) badArgument(target, odd, "is no size of an argument");
    return substitute(expr, new Map([...sizes].map(([name, size]) => [`custom_${name}`, size])));
  });
  return { dtype, shape };
}

function named(name: string): DType | undefined {
  return dtypeNames.find((dtype) => dtype === name) ?? fromTorch(name);
}
