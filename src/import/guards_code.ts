/**
 * `guards_code` of newer exports: Python expressions over input sizes, as guards.
 *
 * @module
 */
import { asBool, type Expr, parsePred, substitutePred, sym } from "../ir/expr/mod.ts";
import type { GraphInput, Guard } from "../ir/graph/mod.ts";
import type { Report } from "./report.ts";

/** `L['x'][0].size()[1]`: a path into the call's arguments, and an axis. */
const sizeOf = /L((?:\[(?:'[^']*'|"[^"]*"|\d+)\])+)\.(?:size\(\)|shape)\[(\d+)\]/g;

/** The guards that a program's texts add to what types and ranges say already. */
export function readGuards(
  texts: readonly string[],
  inputs: readonly GraphInput[],
  report: Report,
): readonly Guard[] {
  return texts.flatMap((text) => {
    const guard = readGuard(text, inputs);
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
function readGuard(text: string, inputs: readonly GraphInput[]): readonly Guard[] | undefined {
  const sizes = new Map<string, Expr>(), subjects = new Set<string>();
  const plain = text.replace(sizeOf, (whole: string, path: string, axis: string) => {
    const input = inputs.find(({ label }) => label === labelOf(path)),
      size = input?.value.type.shape[Number(axis)];
    if (!input || !size) return whole;
    const name = `size_${sizes.size}`;
    sizes.set(name, size);
    subjects.add(`dim ${axis} of input "${input.label}"`);
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
