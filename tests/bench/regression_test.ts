/** Judging pairs of times. */
import { assertEquals, assertMatch } from "@std/assert";
import { byKernel, judge } from "./paired.ts";
import { isSlower, printVerdict, verdictOf } from "./regression.ts";

const pairs = (base: readonly number[], head: readonly number[]) =>
  base.map((ms, n) => ({ base: ms, head: head[n]! }));

Deno.test("a change is one where typical and quickest rounds both show it", () => {
  assertEquals(judge(pairs([10, 10, 10], [11, 11, 11]), 1.05).change, "slower");
  assertEquals(judge(pairs([10, 10, 10], [9, 9, 9]), 1.05).change, "faster");
  assertEquals(judge(pairs([10, 10, 10], [10.4, 10.4, 10.4]), 1.05).change, "same");
  // One disturbed round, and rounds that were all disturbed but one.
  assertEquals(judge(pairs([10, 10, 10], [10, 30, 10]), 1.05).change, "same");
  assertEquals(judge(pairs([10, 10, 10], [10, 30, 30]), 1.05).change, "same");
  // The machine slows down for both.
  assertEquals(judge(pairs([10, 20, 40], [12, 24, 48]), 1.05), {
    base: 10,
    head: 12,
    ratio: 1.2,
    quickest: 1.2,
    change: "slower",
  });
  assertEquals(judge(pairs([10, 10], [10, 12]), 1.05).ratio, 1.1);
});

Deno.test("kernels whose text changed are compared with those that do the same operators", () => {
  const same = "k_mul_aaaaaaaaaaaa", one = "k_linear_0123456789ab", two = "k_linear_ba9876543210";
  const { kernels, only } = byKernel([{
    base: new Map([[same, 1], [one, 4]]),
    head: new Map([[same, 1], [two, 3], ["k_linear_cccccccccccc", 2], ["k_sum_dddddddddddd", 0.1]]),
  }]);
  assertEquals(Object.fromEntries(kernels), {
    [same]: [{ base: 1, head: 1 }],
    "k_linear …": [{ base: 4, head: 5 }],
  });
  assertEquals([[...only.base], [...only.head]], [[], [["k_sum …", 0.1]]]);
});

Deno.test("kernels are compared by name; small ones and those of one side do not decide", () => {
  const times = (all: Record<string, number>) => new Map(Object.entries(all));
  const round = {
    base: times({ k_a: 5, k_b: 4, k_tiny: 0.01, k_old: 1 }),
    head: times({ k_a: 6, k_b: 4, k_tiny: 0.09, k_new: 0.5 }),
  };
  const found = byKernel([round, round]);
  const verdict = verdictOf("m", { whole: pairs([10, 10], [10.1, 10.1]), ...found }, 1.05);
  assertEquals(verdict.kernels.map(({ name, change }) => [name, change]), [["k_a", "slower"], [
    "k_b",
    "same",
  ]]);
  assertEquals(verdict.only, { base: { names: ["k_old"], ms: 1 }, head: { names: ["k_new"], ms: 0.5 } });
  assertEquals(isSlower(verdict), true);
  const text = printVerdict(verdict);
  assertMatch(text, /^m +10 +10\.1 +1\.010 +1\.010 +same$/m);
  assertMatch(text, /^ +k_a +5 +6 +1\.200 +1\.200 +slower$/m);
  assertMatch(text, /only in base: 1 kernels, 1 ms/);
  const calm = verdictOf("m", { whole: pairs([10], [10]), ...byKernel([]) }, 1.05);
  assertEquals(isSlower(calm), false);
});
