import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { DType } from "../../../src/base/mod.ts";
import "../../rig/seed.ts";
import {
  bf16Bits,
  castScalar,
  denseFromBytes,
  denseOf,
  denseToBytes,
  type Domain,
  evaluateScalar,
  f16Bits,
  fromBf16Bits,
  fromF16Bits,
  literalOf,
  roundFloat,
  scalarFnNames,
  scalarFns,
} from "../../../src/ir/scalar/mod.ts";

Deno.test("minimum and maximum let nan win, fmin and fmax the other", () => {
  assertEquals(evaluateScalar("max", [NaN, 1], "f32"), NaN);
  assertEquals(evaluateScalar("max", [1, NaN], "f32"), NaN);
  assertEquals(evaluateScalar("min", [1, NaN], "f32"), NaN);
  assertEquals(evaluateScalar("fmax", [NaN, 1], "f32"), 1);
  assertEquals(evaluateScalar("fmin", [1, NaN], "f32"), 1);
  assertEquals(evaluateScalar("fmin", [NaN, NaN], "f32"), NaN);
});

Deno.test("remainders and floored quotients are torch's", () => {
  assertEquals(evaluateScalar("mod", [-7, 3], "f32"), 2);
  assertEquals(evaluateScalar("fmod", [-7, 3], "f32"), -1);
  assertEquals(evaluateScalar("mod", [7, -Infinity], "f32"), -Infinity);
  assertEquals(evaluateScalar("floordiv", [-7, 2], "f32"), -4);
  assertEquals(evaluateScalar("floordiv", [1, 0], "f32"), Infinity);
  assertEquals(evaluateScalar("floordiv", [0, 0], "f32"), NaN);
  assertEquals(evaluateScalar("floordiv", [-0, 3], "f32"), -0);
  assertEquals(evaluateScalar("floordiv", [1, Math.fround(0.1)], "f32"), 9);
  assertEquals(evaluateScalar("mod", [-7n, 3n], "i64"), 2n);
  assertEquals(evaluateScalar("floordiv", [-7n, 2n], "i64"), -4n);
  assertEquals(evaluateScalar("div", [-7, 2], "i32"), -3);
  assertEquals(evaluateScalar("div", [5, 0], "i32"), 0);
  assertEquals(evaluateScalar("mod", [5n, 0n], "i64"), 0n);
});

Deno.test("integers wrap in their own width", () => {
  assertEquals(evaluateScalar("add", [127, 1], "i8"), -128);
  assertEquals(evaluateScalar("sub", [0, 1], "u8"), 255);
  assertEquals(evaluateScalar("mul", [2n ** 62n, 2n], "i64"), -(2n ** 63n));
  assertEquals(evaluateScalar("neg", [-(2 ** 31)], "i32"), -(2 ** 31));
  assertEquals(evaluateScalar("div", [-(2n ** 63n), -1n], "i64"), -(2n ** 63n));
  assertEquals(evaluateScalar("pow", [3n, 41n], "i64"), BigInt.asIntN(64, 3n ** 41n));
  assertEquals(evaluateScalar("pow", [-1, -3], "i32"), -1);
  assertEquals(evaluateScalar("shl", [1, 31], "i32"), -(2 ** 31));
  assertEquals(evaluateScalar("shl", [1, 32], "i32"), 0);
  assertEquals(evaluateScalar("shr", [-8, 99], "i32"), -1);
});

Deno.test("rounding, signs and neighbours", () => {
  const round = (x: number) => evaluateScalar("round", [x], "f64");
  assertEquals([0.5, 1.5, 2.5, -0.5, -1.5, -2.6].map(round), [0, 2, 2, -0, -2, -3]);
  assertEquals(evaluateScalar("sign", [NaN], "f32"), 0);
  assertEquals(evaluateScalar("signbit", [-0], "f32"), true);
  assertEquals(evaluateScalar("copysign", [3, -0], "f32"), -3);
  assertEquals(evaluateScalar("pow", [1, NaN], "f32"), 1);
  assertEquals(evaluateScalar("nextafter", [1, 2], "f32"), 1 + 2 ** -23);
  assertEquals(evaluateScalar("nextafter", [0, -1], "f64"), -(2 ** -1074));
  assertEquals(evaluateScalar("nextafter", [-1, 0], "f64"), -1 + 2 ** -53);
  assertEquals(evaluateScalar("ldexp", [3, -1075], "f64"), 2 * 2 ** -1074);
  assertEquals(evaluateScalar("ldexp", [1, 2000], "f64"), Infinity);
});

Deno.test("fma rounds once", () => {
  const e = 2 ** -30;
  assertEquals(evaluateScalar("fma", [1 + e, 1 - e, -1], "f64"), -(2 ** -60));
  assertEquals(evaluateScalar("fma", [2, 3, 4], "f32"), 10);
  assertEquals(evaluateScalar("fma", [1e300, 1e300, -Infinity], "f64"), -Infinity);
  const tie = 1 + 2 ** -23; // the product is just above a tie of f32, by less than a double sees
  assertEquals(evaluateScalar("fma", [2 ** -24, 1, 1], "f32"), 1);
  assertEquals(evaluateScalar("fma", [2 ** -24, 1 + 2 ** -23, 1], "f32"), tie);
});

Deno.test("casts are those of x86", () => {
  assertEquals(castScalar(NaN, "f32", "bool"), true);
  assertEquals(castScalar(-1.9, "f32", "i32"), -1);
  assertEquals(castScalar(NaN, "f32", "i64"), -(2n ** 63n));
  assertEquals(castScalar(3e9, "f64", "i32"), -(2 ** 31));
  assertEquals(castScalar(300, "f32", "u8"), 44);
  assertEquals(castScalar(-1, "f64", "u64"), 2n ** 64n - 1n);
  assertEquals(castScalar(2 ** 63, "f64", "u64"), 2n ** 63n);
  assertEquals(castScalar(3e9, "f64", "u32"), 3e9);
  assertEquals(castScalar(70000, "i32", "i16"), 4464);
  assertEquals(castScalar(true, "bool", "f32"), 1);
  assertEquals(castScalar(2n ** 62n + 2n ** 38n + 1n, "i64", "f32"), 2 ** 62 + 2 ** 39); // not halfway, by one
  assertEquals(literalOf(1, "i64"), 1n);
  assertEquals(literalOf(0, "bool"), false);
  assertEquals(literalOf(2n ** 64n - 1n, "u64"), 2n ** 64n - 1n);
});

Deno.test("every bf16 and f16 survives a round trip", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const [b, h] = [fromBf16Bits(bits), fromF16Bits(bits)];
    if (b === b) assertEquals(bf16Bits(b), bits);
    if (h === h) assertEquals(f16Bits(h), bits);
  }
});

Deno.test("rounding to a half type gives the nearer neighbour, the even one of two", () => {
  const halves = Array.from({ length: 0x7c01 }, (_, bits) => fromF16Bits(bits));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (n, t) => {
      const [low, high] = [halves[n]!, halves[n + 1]!], x = Math.fround(low + (high - low) * t);
      const found = roundFloat(x, "f16"), middle = (low + high) / 2;
      assertEquals(found, x < middle || (x === middle && n % 2 === 0) ? low : high);
    }),
  );
  assertEquals(roundFloat(65519, "f16"), 65504);
  assertEquals(roundFloat(65520, "f16"), Infinity);
  assertEquals(roundFloat(1 + 2 ** -8, "bf16"), 1);
  assertEquals(roundFloat(1 + 3 * 2 ** -8, "bf16"), 1 + 2 ** -6);
  assertEquals(roundFloat(NaN, "bf16"), NaN);
});

Deno.test("tensors come back from their bytes", () => {
  const cases = [
    denseOf("f16", [2], [1.5, -0]),
    denseOf("bf16", [1, 2], [NaN, Infinity]),
    denseOf("i64", [2], [-1n, 2n ** 62n]),
    denseOf("bool", [3], [true, false, true]),
    denseOf("u16", [0], []),
  ];
  for (const tensor of cases) {
    assertEquals(denseFromBytes(tensor.dtype, tensor.shape, denseToBytes(tensor)), tensor);
  }
  assertEquals([...denseToBytes(denseOf("f16", [1], [1]))], [0, 0x3c]);
});

Deno.test("every scalar function has a value for every type that it is defined for", () => {
  const types = {
    float: ["f32", "f64", "bf16", "f16"],
    integer: ["i64", "i32", "i16", "i8", "u64", "u32", "u16", "u8"],
    bool: ["bool"],
  } as const;
  const accepted: Readonly<Record<Domain, readonly DType[]>> = {
    ...types,
    number: [...types.float, ...types.integer],
    bits: [...types.integer, ...types.bool],
    any: [...types.float, ...types.integer, ...types.bool],
  };
  for (const fn of scalarFnNames) {
    const { arity, domain, result } = scalarFns[fn];
    for (const dtype of accepted[domain]) {
      const one = literalOf(1, dtype), args = Array.from({ length: arity }, () => one);
      const value = evaluateScalar(fn, fn === "where" ? [true, one, one] : args, dtype);
      const wanted = result === "bool" ? "boolean" : typeof one;
      assertEquals(typeof value, wanted, `${fn} of ${dtype}`);
    }
  }
});
