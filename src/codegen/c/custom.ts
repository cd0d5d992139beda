/**
 * Custom operators as C: the user's source, and a kernel that calls it.
 *
 * @module
 */
import { dtypes, type Target } from "../../base/mod.ts";
import { int } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { RoutineKernel } from "../../ir/plan/mod.ts";
import type { PrintedKernel } from "../kernel_text.ts";
import { CallPrinter } from "./routine_call.ts";

type Attr = RoutineKernel["call"]["attrs"][string];

/** Prints a custom operator's kernel; it runs as one piece. */
export function printCustom(kernel: RoutineKernel, target: Target): PrintedKernel {
  const c = new CallPrinter(kernel.call);
  return {
    template: "c/custom.c",
    lanes: target.vectorBytes / 4, // for sources that use aoti/kernel/vec.h on float32
    mathTypes: [],
    args: c.args,
    body: callLines(c).map((text) => ({ kind: "line", text })),
    view: { source: c.word("text"), file: JSON.stringify(c.word("file")) },
    total: int(1),
    grain: int(1),
    scratch: int(0),
  };
}

/** The operands as `aoti/op.h` describes them, and the call. */
function callLines(c: CallPrinter): readonly string[] {
  const { call } = c, present = list(call.attrs.present), lines: string[] = [];
  const sizes = (buffer: Buffer, name: string) => {
    const all = buffer.shape.map((e) => c.text(e)).join(", ") || "0";
    lines.push(`const int64_t ${name}[] = {${all}};`);
    return `${dtypes[buffer.dtype].c10}, ${buffer.shape.length}, ${name}`;
  };
  let at = 0;
  const given = present.map((there) => {
    if (there !== true) return "{NULL, 0, 0, NULL}";
    const n = at++;
    return `{(void*)${c.from(n)}, ${sizes(c.input(n), `in_${n}`)}}`;
  });
  const made = call.outputs.map((b, n) => `{${c.to(n)}, ${sizes(b, `out_${n}`)}}`);
  const ints = list(call.attrs.ints).map((
    e,
  ) => (typeof e === "object" && e && "kind" in e ? c.text(e) : String(e)));
  const floats = list(call.attrs.floats).map((x) => floatText(Number(x)));
  const texts = list(call.attrs.texts).map((x) => JSON.stringify(x));
  return [
    ...lines,
    `const aoti_op_tensor in[] = {${given.join(", ") || "{NULL, 0, 0, NULL}"}}, out[] = {${
      made.join(", ")
    }};`,
    `const int64_t ints[] = {${ints.join(", ") || "0"}};`,
    `const double floats[] = {${floats.join(", ") || "0"}};`,
    `const char* const texts[] = {${texts.join(", ") || '""'}};`,
    "const aoti_op op = {in, out, ints, floats, texts};",
    "(void)begin, (void)end;",
    "if (compute(&op) != 0) *args->error = AOTI_BAD_VALUE;",
  ];
}

function list(attr: Attr | undefined): readonly Attr[] {
  return Array.isArray(attr) ? attr : [];
}

function floatText(x: number): string {
  if (Number.isNaN(x)) return '__builtin_nan("")';
  return Number.isFinite(x) ? x.toExponential(17) : `${x < 0 ? "-" : ""}__builtin_inf()`;
}
