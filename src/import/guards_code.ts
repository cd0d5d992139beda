/**
 * `guards_code` of newer exports: Python expressions over input sizes, as guards.
 *
 * @module
 */
import { asBool, type Expr, parsePred, substitutePred, sym } from "../ir/expr/mod.ts";
import type { Guard } from "../ir/graph/mod.ts";
import type { Inputs } from "./inputs.ts";
import type { Report } from "./report.ts";

/** `L['x'][0].size()[1]`: a path into the call's arguments, and an axis; a number of the call stands without one. */
const sizeOf = /L((?:\[(?:'[^']*'|"[^"]*"|\d+)\])+)(?:\.(?:size\(\)|shape)\[(\d+)\])?(?![\w.[])/g;

/** The guards that a program's texts add to what types and ranges say already. */
export function readGuards(
  texts: readonly string[],
  given: Pick<Inputs, "inputs" | "numbers">,
  report: Report,
): readonly Guard[] {
  return texts.flatMap((text) => {
    const guard = readGuard(text, given);
    if (guard === undefined) {
      report.warn({
        reason: "unread-guard",
        message: `Cannot check a guard of the export: "${text}" is not understood`,
      });
    }
    return guard ?? [];
  });
}

/** One guard; none where it always holds, undefined where it is not understood. */
function readGuard(text: string, given: Pick<Inputs, "inputs" | "numbers">): readonly Guard[] | undefined {
  const sizes = new Map<string, Expr>(), subjects = new Set<string>();
  const plain = text.replace(sizeOf, (whole: string, path: string, axis: string | undefined) => {
    const at = labelOf(path), input = given.inputs.find(({ label }) => label === at);
    const size = axis === undefined ? given.numbers.get(at) : input?.value.type.shape[Number(axis)];
    if (!size) return whole;
    const name = `size_${sizes.size}`;
    sizes.set(name, size);
    subjects.add(`${axis === undefined ? "" : `dim ${axis} of `}input "${at}"`);
    return name;
  });
  try {
    const pred = substitutePred(parsePred(plain, (name) => sym(name)), sizes);
    const unknown = asBool(pred) === undefined &&
      [...plain.matchAll(/\b[A-Za-z]\w*/g)].some(([word]) => !isKnown(word, sizes));
    if (unknown || asBool(pred) === false) return undefined;
    return asBool(pred) ? [] : [{ pred, subject: [...subjects].join(" and ") }];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isKnown(word: string, sizes: ReadonlyMap<string, Expr>): boolean {
  return sizes.has(word) || /^(and|or|not|min|max|True|False)$/.test(word);
}

/** `['x'][0]` as `x.0`. */
function labelOf(path: string): string {
  return [...path.matchAll(/\[(?:'([^']*)'|"([^"]*)"|(\d+))\]/g)].map((m) => m[1] ?? m[2] ?? m[3]).join(".");
}
