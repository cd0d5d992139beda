/** Rare functions against values to 40 digits; tests/kernel_headers checks the C against the same. */
import { assert } from "@std/assert";
import { evaluateScalar, isSpecial, type ScalarFn, scalarFnNames } from "../../../src/ir/scalar/mod.ts";

const text = await Deno.readTextFile(new URL("special_values.txt", import.meta.url));
const rows = text.split("\n").filter((line) => line && !line.startsWith("#")).map((line) => {
  const [fn, a, b, value] = line.split(" ");
  return { fn: fn as ScalarFn, a: Number(a), b: Number(b), value: Number(value) };
});

for (const fn of new Set(rows.map((row) => row.fn))) {
  Deno.test(`${fn} agrees with its values`, () => {
    for (const { a, b, value } of rows.filter((row) => row.fn === fn)) {
      const got = Number(evaluateScalar(fn, [a, b], "f64"));
      const error = Math.abs(got - value) / Math.max(Math.abs(value), 1e-3); // beside zeros: absolute
      assert(error < 5e-13, `${fn}(${a}, ${b}) is ${got}, not ${value}`);
    }
  });
}

Deno.test("every rare function has values", () => {
  const named = new Set<string>(rows.map((row) => row.fn));
  const missing = scalarFnNames.filter((fn) => isSpecial(fn) && fn !== "gcd" && !named.has(fn));
  assert(missing.length === 0, missing.join(", "));
});

Deno.test("gcd is never negative, and that of zeros is zero", () => {
  const gcd = (a: bigint, b: bigint) => evaluateScalar("gcd", [a, b], "i64");
  assert(gcd(-12n, 18n) === 6n && gcd(0n, -5n) === 5n && gcd(0n, 0n) === 0n);
});
