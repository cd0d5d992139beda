import assert from "node:assert/strict";
import fc from "fast-check";
import "../../rig/seed.ts";
import {
  add,
  compareDims,
  evaluate,
  evaluatePred,
  type Expr,
  floorDiv,
  max,
  min,
  mod,
  mul,
  type Pred,
  printC,
  printPredC,
  sub,
  sym,
} from "../../../src/ir/expr/mod.ts";
import { build, type Env, envs, indexTrees, symbols, trees, valueOf } from "./random.ts";

const n = sym("s0", { min: 1 }), u = sym("u"), i = sym("i0", { below: n });

Deno.test("C text divides plainly where no sign can be negative, by function elsewhere", () => {
  const printed: readonly (readonly [Expr, string])[] = [
    [floorDiv(i, 4), "i0 / 4"],
    [mod(i, n), "i0"],
    [mod(add(i, 3), n), "(i0 + 3) % s0"],
    [floorDiv(sub(n, 1), 2), "(s0 + 1) / 2 - 1"],
    [floorDiv(u, 4), "aoti_floordiv(u, 4)"],
    [mul(3, mod(u, 4)), "3 * aoti_mod(u, 4)"],
    [mul(3, floorDiv(i, 2), n), "3 * s0 * (i0 / 2)"],
    [min(u, n, 9), "AOTI_MIN(AOTI_MIN(s0, u), 9)"],
    [max(u, mul(5_000_000_000, i)), "AOTI_MAX(u, INT64_C(5000000000) * i0)"],
  ];
  for (const [e, text] of printed) assert.equal(printC(e), text);
  assert.equal(printC(floorDiv(i, 4), (name) => `axis[${name.slice(1)}]`), "axis[0] / 4");
});

interface Case {
  readonly text: string;
  readonly value: number;
  readonly env: Env;
}

function casesOf(count: number): readonly Case[] {
  const drawn = fc.sample(fc.tuple(fc.oneof(trees(3), indexTrees), trees(2), envs), {
    numRuns: count,
    seed: 7,
  });
  return drawn.flatMap(([tree, other, env]) => {
    const [e, f] = [build(tree), build(other)];
    if (!e || !f || valueOf(tree, env) === undefined || valueOf(other, env) === undefined) return [];
    const less: Pred = compareDims("lt", e, f);
    const both = [
      { text: printC(e), value: evaluate(e, env), env },
      { text: printPredC(less), value: Number(evaluatePred(less, env)), env },
    ];
    return both;
  });
}

/** Every case sets all symbols and prints its value on a line. */
function program(cases: readonly Case[]): string {
  const names = symbols.map((s) => s.name);
  const lines = cases.map(({ text, env }) =>
    `  ${names.map((name) => `${name} = ${env[name]};`).join(" ")} printf("%lld\\n", (long long)(${text}));`
  );
  return `#include <stdint.h>
#include <stdio.h>
#define AOTI_MIN(a, b) ((a) < (b) ? (a) : (b))
#define AOTI_MAX(a, b) ((a) > (b) ? (a) : (b))
static int64_t aoti_floordiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }
static int64_t aoti_mod(int64_t a, int64_t b) { return a - b * aoti_floordiv(a, b); }
int main(void) {
  int64_t ${names.join(", ")};
${lines.join("\n")}
  return (int)aoti_mod(0, 1);
}
`;
}

async function hasCompiler(): Promise<boolean> {
  try {
    return (await new Deno.Command("cc", { args: ["--version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

Deno.test("C computes what evaluate() computes", async (t) => {
  if (!await hasCompiler()) {
    console.warn("SKIPPED: no C compiler `cc`, so C text of expressions is not run");
    await t.step({ name: "needs cc", ignore: true, fn() {} });
    return;
  }
  const dir = await Deno.makeTempDir();
  try {
    const cases = casesOf(600), source = `${dir}/cases.c`, binary = `${dir}/cases`;
    await Deno.writeTextFile(source, program(cases));
    const built = await new Deno.Command("cc", { args: ["-O0", "-w", "-o", binary, source] }).output();
    assert.ok(built.success, new TextDecoder().decode(built.stderr));
    const ran = await new Deno.Command(binary).output();
    const values = new TextDecoder().decode(ran.stdout).trim().split("\n").map(Number);
    assert.equal(values.length, cases.length);
    cases.forEach((c, at) => assert.equal(values[at], c.value, c.text));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
