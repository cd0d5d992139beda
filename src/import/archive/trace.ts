/**
 * Where a node comes from, out of the text that torch records: a Python traceback and a stack of modules.
 *
 * @module
 */
import type { Origin } from "./types.ts";

/** Longest frame and deepest traceback that are looked at: hostile text must not take quadratic time. */
const MAX_FRAME = 4096, MAX_FRAMES = 512;

/**
 * The innermost frame of a traceback that is not torch's own:
 * `File "net.py", line 14, in forward\n    return x + 1` gives net.py:14. Null when there is none.
 */
export function originOf(trace: string): Origin | null {
  for (let end = trace.length, frames = 0; end > 0 && frames < MAX_FRAMES; frames++) {
    const at = trace.lastIndexOf('File "', end - 1);
    if (at < 0) return null;
    const origin = frame(trace.slice(at, at + MAX_FRAME));
    if (origin && !isTorch(origin.file)) return origin;
    end = at;
  }
  return null;
}

/** Reads the frame that `text` begins with: a head line, then the source line. */
function frame(text: string): Origin | null {
  const [head = "", next = ""] = text.split("\n", 2);
  const where = /^File "([^"]*)", line (\d{1,9})(?:, in (.*))?$/.exec(head);
  if (!where) return null;
  const code = next.trim();
  return {
    file: where[1]!,
    line: Number(where[2]),
    function: where[3] ?? "",
    code: code.startsWith('File "') ? "" : code,
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
