/**
 * Everything that stands in the way of an import, collected node by node and reported at once.
 *
 * @module
 */
import { type Diagnostic, nearest, type Place, Refused } from "../base/mod.ts";
import type { Node } from "./archive/types.ts";
import type { OperatorTable } from "./types.ts";

/** `torch.ops.aten.add.Tensor` as `aten.add.Tensor`. */
export function shortTarget(target: string): string {
  return target.replace(/^torch\.ops\./, "");
}

/** A readable name of a node: its own, or that of its first output. */
export function nameOf(node: Node): string {
  if (node.name) return node.name;
  for (const output of node.outputs) {
    if ("name" in output && output.name) return output.name;
    if ("names" in output && typeof output.names[0] === "string") return output.names[0];
    if ("value" in output && typeof output.value === "object" && output.value && "name" in output.value) {
      return output.value.name;
    }
  }
  return shortTarget(node.target);
}

/** The line of the model that a node comes from. */
export function placeOf(node: Node): Place {
  const { origin } = node;
  return { ...(origin && { file: origin.file, line: origin.line }), node: nameOf(node) };
}

/** A diagnostic about one node. */
export function aboutNode(node: Node, reason: string, found: string, help?: string): Diagnostic {
  const at = placeOf(node), target = shortTarget(node.target);
  const where = at.file ? ` (${at.file}:${at.line})` : "";
  return {
    reason,
    message: `Cannot import node "${at.node}"${where}: ${found}`,
    ...(help && { help }),
    at,
    data: { target, node: at.node, file: at.file, line: at.line },
  };
}

/** A diagnostic for an operator that the table lacks. */
export function unknownOperator(
  node: Node,
  operators: OperatorTable,
  target = shortTarget(node.target),
): Diagnostic {
  const near = nearest(target, operators.names);
  const siblings = operators.names.filter((name) => name.split(".")[1] === target.split(".")[1]);
  const hint = siblings.length > 0
    ? `there is ${siblings.slice(0, 3).join(", ")}`
    : near && `the nearest is ${near}`;
  const help = target.startsWith("aten.")
    ? `Export with run_decompositions(), add the operator to src/ops/aten${
      hint ? ` (${hint})` : ""
    }, or let ` +
      "PyTorch compute it where the library runs: flags: { implicit_fallbacks: true }."
    : "Give a C source for it in `ops` of the config, or its schema where PyTorch is the host " +
      "(docs/custom_operators.md), or export the model without it.";
  const about = aboutNode(node, "unsupported-operator", `no operator is declared for "${target}"`, help);
  return { ...about, data: { ...about.data, target } };
}

/** A list that only grows. */
export class Report {
  readonly #errors: Diagnostic[] = [];
  readonly #warnings: Diagnostic[] = [];

  get errors(): readonly Diagnostic[] {
    return this.#errors;
  }
  get warnings(): readonly Diagnostic[] {
    return this.#warnings;
  }
  /** Notes a reason why the import fails; it goes on to find others. */
  error(...diagnostics: readonly Diagnostic[]): void {
    this.#errors.push(...diagnostics);
  }
  /** The same is said once. */
  warn(diagnostic: Diagnostic): void {
    if (!this.#warnings.some(({ message }) => message === diagnostic.message)) {
      this.#warnings.push(diagnostic);
    }
  }

  /** Runs work whose refusals are reported with the others. */
  collect(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.error(...error.diagnostics);
    }
  }

  /** Runs the conversion of one node; true if it went through. What is refused is completed with the node's place. */
  node(node: Node, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof Refused) this.error(...error.diagnostics.map((d) => located(d, node)));
      else if (error instanceof RangeError) this.error(brokenOperator(node, error));
      else throw error;
      return false;
    }
  }
}

function located(d: Diagnostic, node: Node): Diagnostic {
  if (d.at?.node) return d;
  const about = aboutNode(node, d.reason, d.message.replace(/^Cannot /, "cannot "), d.help);
  return { ...about, data: { ...about.data, ...d.data } };
}

/** The builder of an operator asked for something impossible: its row in the table and the export disagree. */
function brokenOperator(node: Node, error: RangeError): Diagnostic {
  return aboutNode(
    node,
    "import-mismatch",
    `building "${shortTarget(node.target)}" failed (${error.message})`,
  );
}
