/**
 * Refusals of operators: what was tried, what was found. Import adds the node and its place in the user's source.
 *
 * @module
 */
import { refuse } from "../../base/mod.ts";

/** The operator exists, this use of it is not compiled. */
export function unsupported(target: string, found: string): never {
  refuse({
    reason: "unsupported-operator",
    message: `Cannot compile ${target}: ${found}`,
    help: "Rewrite this part of the model, or declare the case in src/ops/aten.",
  });
}

/** An argument does not have the kind or the value that the schema asks for. */
export function badArgument(target: string, name: string, found: string): never {
  refuse({ reason: "bad-argument", message: `Cannot compile ${target}: argument "${name}" ${found}` });
}
