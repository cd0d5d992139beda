/**
 * Where a node comes from, out of the text that torch records: a Python traceback and a stack of modules.
 *
 * @module
 */
import type { Origin } from "./types.ts";

/**
 * The innermost frame of a traceback that is not torch's own:
 * `File "net.py", line 14, in forward\n    return x + 1` gives net.py:14. Null when there is none.
 */
export function originOf(trace: string): Origin | null {
  for (let end = trace.length; end > 0;) {
    const at = trace.lastIndexOf('File "', end - 1);
    if (at < 0) return null;
    const origin = frame(trace, at);
    if (origin && !isTorch(origin.file)) return origin;
    end = at;
  }
  return null;
}

function frame(trace: string, at: number): Origin | null {
  const quote = trace.indexOf('", line ', at), eol = trace.indexOf("\n", at);
  const head = eol < 0 ? trace.length : eol;
  if (quote < 0 || quote > head) return null;
  const where = /^", line (\d{1,9})(?:, in (.*))?$/.exec(trace.slice(quote, head));
  if (!where) return null;
  const after = trace.indexOf("\n", head + 1);
  const next = eol < 0 ? "" : trace.slice(head + 1, after < 0 ? undefined : after).trim();
  return {
    file: trace.slice(at + 6, quote),
    line: Number(where[1]),
    function: where[2] ?? "",
    code: next.startsWith('File "') ? "" : next,
  };
}

function isTorch(file: string): boolean {
  return file.startsWith("<") || /(^|[/\\])torch[/\\]/.test(file);
}

/**
 * Path of the innermost module: `L__self__,,Net;L__self___fc,fc,Linear` gives `fc`. Root is empty, unknown is null.
 */
export function modulePath(stack: string): string | null {
  const last = stack.slice(stack.lastIndexOf(";") + 1), from = last.indexOf(",");
  if (from < 0 || last.startsWith("_empty_nn_module_stack")) return null;
  const to = last.indexOf(",", from + 1);
  const path = to < 0 ? last.slice(from + 1) : last.slice(from + 1, to);
  return path.replace(/^(L\['\w+'\]|_export_root)(\.|$)/, "");
}
