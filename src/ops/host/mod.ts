/**
 * Operators that the host computes: PyTorch schemas that the config gives, with what they write to.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { hostOps } from "./mod.ts";
 *
 * const ops = hostOps({ "demo::add_": { schema: "demo::add_(Tensor(a!) x, float s=1.) -> Tensor(a!)" } });
 * const op = ops.get("demo.add_.default")!;
 * assert.deepEqual(op.args[0], { name: "x", type: "Tensor", alias: "a", writes: true });
 * assert.deepEqual(op.results, [{ type: "Tensor", alias: "a" }]);
 * ```
 * @module
 */
import { refuse } from "../../base/mod.ts";
import { schemaOf, splitTop } from "../aten/schema.ts";
import type { SchemaArg } from "../aten/types.ts";
import type { OpGiven } from "../custom/mod.ts";

/** An argument; `alias` is the name of the set of tensors that share its memory. */
export interface HostArg extends SchemaArg {
  readonly alias?: string;
  readonly writes: boolean;
}

/** A result: `Tensor`, `Tensor?` or `Tensor[]`, perhaps one of the arguments. */
export interface HostResult {
  readonly type: string;
  readonly alias?: string;
}

/** An operator of the host. */
export interface HostOp {
  /** `ns.name.overload`, as nodes of an archive call it. */
  readonly target: string;
  readonly args: readonly HostArg[];
  readonly results: readonly HostResult[];
}

/** The operators that the config gives by schema, by target. */
export function hostOps(given: Readonly<Record<string, OpGiven>>): ReadonlyMap<string, HostOp> {
  const rows = Object.entries(given).flatMap(([name, source]) =>
    "schema" in source ? [hostOp(name, source.schema)] : []
  );
  return new Map(rows.map((row) => [row.target, row]));
}

function hostOp(name: string, text: string): HostOp {
  const problem = (found: string): never =>
    refuse({
      reason: "bad-operator",
      message: `Cannot use the schema of operator "${name}": ${found}`,
      help: "PyTorch prints it: print(torch.ops.NAMESPACE.NAME.default._schema)",
    });
  const schema = schemaOf(name, text, problem);
  const open = text.indexOf("("), arrow = text.lastIndexOf(" -> ");
  const declared = splitTop(text.slice(open + 1, text.lastIndexOf(")", arrow))).filter((part) =>
    part !== "*"
  );
  const args = schema.args.map((arg, n): HostArg => ({ ...arg, ...aliasOf(declared[n]!) }));
  const results = resultsOf(text.slice(arrow + 4).trim());
  const odd = results.find(({ type }) => !/^Tensor(\?|\[\])?$/.test(type));
  if (odd) problem(`a result of type ${odd.type}; Tensor, Tensor? and Tensor[] are possible`);
  const view = results.find(({ alias }) => alias && !args.some((arg) => arg.alias === alias && arg.writes));
  if (view) problem("a result is a view of an argument; give a copy");
  if (results.length === 0 && !args.some((arg) => arg.writes)) {
    problem("it has no result and writes to no argument");
  }
  return { target: schema.target, args, results };
}

/** `Tensor(a!) x` shares memory as `a` and is written to. */
function aliasOf(declaration: string): Pick<HostArg, "alias" | "writes"> {
  const mark = /^\w+\(([a-z]\w*)(!?)[^)]*\)/.exec(declaration);
  return mark ? { alias: mark[1]!, writes: mark[2] === "!" } : { writes: false };
}

function resultsOf(text: string): readonly HostResult[] {
  const parts = text.startsWith("(") ? splitTop(text.slice(1, -1)) : [text];
  return parts.map((part): HostResult => {
    const type = part.replace(/\([a-z!|*> -]+\)/g, "").trim().split(" ")[0]!, { alias } = aliasOf(part);
    return alias === undefined ? { type } : { type, alias };
  });
}
