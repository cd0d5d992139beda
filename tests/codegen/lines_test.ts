/** One line of a wrapper, in C and in TypeScript. */
import { assert, assertEquals } from "@std/assert";
import { cpuTarget } from "../../src/base/mod.ts";
import { add, floorDiv, ge, int, lt, max, mod, mul, sub, sym } from "../../src/ir/expr/mod.ts";
import { parseGraph } from "../../src/ir/graph/mod.ts";
import type { Buffer } from "../../src/ir/loops/mod.ts";
import type { Line } from "../../src/codegen/model/lines.ts";
import { printScriptLines } from "../../src/codegen/model/script_lines.ts";
import { printLines } from "../../src/codegen/model/wrapper.ts";
import { wrapperC } from "../../src/codegen/model/wrapper_c.ts";
import { compileGraph } from "../../src/pipeline/mod.ts";

const n = sym("s0", { min: 1, max: 64 }), u = sym("u0", { unbacked: true });
const x: Buffer = {
  name: "x.1",
  dtype: "f32",
  shape: [n, int(4)],
  strides: [int(4), int(1)],
  offset: 0,
  role: "temp",
};
const test: Buffer = { ...x, name: "test", dtype: "bool", shape: [], strides: [] };
const count: Buffer = { ...test, name: "count", dtype: "i32" };
const tensor = { dtype: "f32", shape: x.shape, strides: x.strides } as const;
const at = { input: 1, axis: 0 };
const launch: Line = {
  kind: "launch",
  symbol: "k_add_1f",
  buffers: [x, test],
  sizes: [n],
  total: floorDiv(add(n, 3), 4),
  grain: int(8),
  scratch: int(64),
  writes: [test],
  origins: [
    { file: "/home/me/model.py", line: 3, module: "fc", code: "y = self.fc(x)" },
    { target: "aten.add.Tensor" },
  ],
};

const rows: readonly (readonly [Line, c: string, script: string])[] = [
  [
    { kind: "symbols", bound: [{ sym: n, ...at }], late: [u] },
    "const int64_t d_s0 = aoti_input(run, 1)->sizes[0];\nint64_t d_u0 = 0;\n(void)d_s0;",
    "const d_s0 = run.size(1, 0);\nlet d_u0 = 0n;",
  ],
  [
    { kind: "check-size", at, is: mul(2, n), message: ["dim of `a` is 100% ", at, ", not ", mul(2, n)] },
    "if (aoti_input(run, 1)->sizes[0] != 2 * d_s0) return aoti_fail(run, " +
    '"dim of `a` is 100%% %lld, not %lld", (long long)aoti_input(run, 1)->sizes[0], (long long)(2 * d_s0));',
    "if (run.size(1, 0) !== 2n * d_s0) run.fail(`dim of \\`a\\` is 100% ${run.size(1, 0)}, not ${2n * d_s0}`);",
  ],
  [
    { kind: "check-range", sym: n, min: 2, max: 64, message: [n, " is not in 2..64"] },
    'if (d_s0 < 2 || d_s0 > 64) return aoti_fail(run, "%lld is not in 2..64", (long long)d_s0);',
    "if (d_s0 < 2n || d_s0 > 64n) run.fail(`${d_s0} is not in 2..64`);",
  ],
  [
    { kind: "check-guard", test: lt(n, mod(u, 3)), message: ["no"] },
    'if (!(d_s0 < aoti_mod(d_u0, 3))) return aoti_fail(run, "no");',
    "if (!(d_s0 < mod(d_u0, 3n))) run.fail(`no`);",
  ],
  [
    { kind: "arena", slots: [int(64), mul(64, n)] },
    "const int64_t slot_0 = 0;\nconst int64_t slot_1 = slot_0 + 64;\n" +
    "char* const arena = aoti_arena(run, slot_1 + 64 * d_s0);\nif (!arena) return 1;",
    "const slot_0 = 0n;\nconst slot_1 = slot_0 + 64n;\nconst arena = run.arena(slot_1 + 64n * d_s0);",
  ],
  [
    { kind: "buffer", buffer: x, source: { kind: "arena", slot: 1 } },
    "void* const b_x_1 = arena + slot_1;",
    'const b_x_1 = run.inArena(arena, slot_1, "x.1", "f32", [d_s0, 4n], [4n, 1n]);',
  ],
  [
    { kind: "buffer", buffer: x, source: { kind: "late" } },
    "void* b_x_1 = NULL;",
    "let b_x_1!: View;",
  ],
  [
    { kind: "buffer", buffer: x, source: { kind: "input", index: 0, strides: x.strides, mutated: true } },
    "void* const b_x_1 = aoti_input_data_mut(run, 0, (const int64_t[]){4, 1});\nif (!b_x_1) return 1;",
    "const b_x_1 = run.input(0, [4n, 1n]);",
  ],
  [
    { kind: "buffer", buffer: x, source: { kind: "constant", index: 7 } },
    "void* const b_x_1 = aoti_constant(run, 7);",
    "const b_x_1 = run.constant(7);",
  ],
  [
    { kind: "buffer", buffer: x, source: { kind: "folded", index: 1, offset: 128, tensor } },
    "void* const b_x_1 = (char*)aoti_folded(run) + 128;",
    'const b_x_1 = run.folded(1, "x.1", "f32", [d_s0, 4n], [4n, 1n]);',
  ],
  [
    { kind: "buffer", buffer: x, source: { kind: "output", index: 2, tensor } },
    "void* const b_x_1 = aoti_output(run, 2, 2, (const int64_t[]){d_s0, 4}, (const int64_t[]){4, 1});\n" +
    "if (!b_x_1) return 1;",
    'const b_x_1 = run.allocate("x.1", "f32", [d_s0, 4n], [4n, 1n]);',
  ],
  [
    { kind: "allocate", buffer: x, bytes: mul(16, n) },
    "b_x_1 = aoti_late_alloc(run, 16 * d_s0);\nif (!b_x_1) return 1;",
    'b_x_1 = run.allocate("x.1", "f32", [d_s0, 4n], [4n, 1n]);',
  ],
  [
    launch,
    "if (aoti_launch(run, k_add_1f, (void* const[]){b_x_1, b_test}, (const int64_t[]){d_s0}, " +
    '(d_s0 + 3) / 4, 8, 64, "k_add_1f")) return 1;',
    '// model.py:3 (fc): y = self.fc(x)\n// aten.add.Tensor\nrun.launch("k_add_1f", {\n' +
    "  buffers: [b_x_1, b_test], writes: [b_test],\n" +
    "  sizes: [d_s0], total: (d_s0 + 3n) / 4n, scratch: 64n,\n});",
  ],
  [
    { kind: "bind", sym: u, value: max(sub(n, 3), 0) },
    "d_u0 = AOTI_MAX(d_s0 - 3, 0);",
    "d_u0 = max(d_s0 - 3n, 0n);",
  ],
  [
    { kind: "item", sym: u, buffer: count },
    "d_u0 = (int64_t)*(const int32_t*)b_count;",
    "d_u0 = b_count.integer();",
  ],
  [
    { kind: "assert", test: ge(u, 0), message: "100% ${sure}" },
    'if (!(0 <= d_u0)) return aoti_fail(run, "%s", "100% ${sure}");',
    "if (!(0n <= d_u0)) run.fail(`100% \\${sure}`);",
  ],
  [
    { kind: "check-finite", of: 0, what: 'input "x"' },
    "if (aoti_check_finite(run, aoti_input(run, 0)->data, aoti_input(run, 0)->dtype, aoti_input(run, 0)->ndim, " +
    'aoti_input(run, 0)->sizes, aoti_input(run, 0)->strides, "input \\"x\\"")) return 1;',
    'run.checkFinite(run.given(0), "input \\"x\\"");',
  ],
  [
    { kind: "show", how: 3, what: "k_add_1f" },
    'aoti_show(run, 3, NULL, 0, 0, NULL, NULL, "k_add_1f");',
    'run.show(3, undefined, "k_add_1f");',
  ],
  [
    {
      kind: "if",
      test,
      then: [{ kind: "bind", sym: u, value: int(1) }],
      otherwise: [{ kind: "bind", sym: u, value: int(2) }],
    },
    "if (*(const uint8_t*)b_test) {\n  d_u0 = 1;\n} else {\n  d_u0 = 2;\n}",
    "if (b_test.truth()) {\n  d_u0 = 1n;\n} else {\n  d_u0 = 2n;\n}",
  ],
  [
    {
      kind: "loop",
      condition: [{ kind: "item", sym: u, buffer: count }],
      test,
      body: [{ kind: "copy", to: x, from: { ...x, name: "y" }, bytes: mul(16, n) }],
    },
    "for (;;) {\n  d_u0 = (int64_t)*(const int32_t*)b_count;\n  if (!*(const uint8_t*)b_test) break;\n" +
    "  memcpy(b_x_1, b_y, (size_t)(16 * d_s0));\n}",
    "for (;;) {\n  d_u0 = b_count.integer();\n  if (!b_test.truth()) break;\n  run.copy(b_x_1, b_y, 16n * d_s0);\n}",
  ],
  [
    { kind: "copy", to: x, from: test, bytes: int(1) },
    "memcpy(b_x_1, b_test, (size_t)(1));",
    "run.copy(b_x_1, b_test, 1n);",
  ],
  [{ kind: "write-back", input: 1, buffer: x }, "", "run.writeBack(1, b_x_1);"],
  [
    { kind: "output", index: 1, source: { kind: "buffer", buffer: x, owner: 0 } },
    "if (aoti_output_is_output(run, 1, 0)) return 1;",
    "run.output(1, b_x_1);",
  ],
  [
    { kind: "output", index: 0, source: { kind: "input", index: 3 } },
    "if (aoti_output_is_input(run, 0, 3)) return 1;",
    "run.output(0, run.given(3));",
  ],
  [
    { kind: "output", index: 0, source: { kind: "number", dtype: "f64", value: -Infinity } },
    "double* const scalar_0 = aoti_output(run, 0, 0, NULL, NULL);\nif (!scalar_0) return 1;\n" +
    "*scalar_0 = -__builtin_inf();",
    'run.output(0, run.number("f64", -Infinity));',
  ],
  [
    { kind: "output", index: 0, source: { kind: "number", dtype: "bool", value: lt(n, 3) } },
    "uint8_t* const scalar_0 = aoti_output(run, 0, 0, NULL, NULL);\nif (!scalar_0) return 1;\n" +
    "*scalar_0 = (d_s0 < 3) ? 1 : 0;",
    'run.output(0, run.number("bool", d_s0 < 3n));',
  ],
];

Deno.test("Every line says the same in C and in TypeScript", () => {
  for (const [line, c, script] of rows) {
    assertEquals(printLines(wrapperC, [line]).join("\n"), c);
    assertEquals(printScriptLines([line]).join("\n"), script);
  }
  const kinds: Record<Exclude<Line["kind"], "host">, true> = { // TypeScript has no host
    ...{ "symbols": true, "check-size": true, "check-range": true, "check-guard": true, "arena": true },
    ...{ "buffer": true, "allocate": true, "launch": true, "bind": true, "item": true, "assert": true },
    ...{ "check-finite": true, "show": true, "if": true, "loop": true, "copy": true, "write-back": true },
    "output": true,
  };
  assertEquals(
    new Set(rows.map(([line]) => line.kind)),
    new Set(Object.keys(kinds) as (keyof typeof kinds)[]),
  );
});

Deno.test("Both wrappers of a model launch the same kernels on the same sizes in the same order", () => {
  const graph = parseGraph(`graph model
symbol s0 in 1..64 "n" = %x[0]
input %x : f32[s0, 4] strides [4, 1] "x" leaf 0
%total : f32[] = reduce sum(%x) dims [0, 1]
%zero : f32[] = constant 0
%test : bool[] = gt(%total, %zero)
%y : f32[s0] = cond(%test, %x)
  region then(%a : f32[s0, 4])
    %b : f32[s0] = reduce sum(%a) dims [1]
    return %b
  region else(%c : f32[s0, 4])
    %d : f32[s0] = reduce max(%c) dims [1]
    return %d
output %y "y"
`);
  const target = cpuTarget("x86-64-v3");
  const texts = [{}, { wrapper: "typescript" as const }].map((how) =>
    compileGraph(graph, target, how).emitted
  );
  const [c, script] = texts.map(({ model }) => model);
  const launched = (text: string) =>
    [...text.matchAll(/launch\((?:run, )?"?(k_\w+)/g)].map((found) => found[1]);
  assert(launched(c!).length > 0);
  assertEquals(launched(script!), launched(c!));
  assertEquals(texts[0]!.kernels, texts[1]!.kernels); // and these have the same texts
});
