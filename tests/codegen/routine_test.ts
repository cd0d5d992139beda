/**
 * Every routine, compiled, against its reference in plain TypeScript: all element types, many sizes, and the values that
 * sorting and comparing get wrong most easily: nan, infinities, both zeros, ties.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type DType, isFloat } from "../../src/base/mod.ts";
import { routineNames } from "../../src/codegen/c/routine.ts";
import { sym } from "../../src/ir/expr/mod.ts";
import {
  type AttrValue,
  denseOf,
  type DenseTensor,
  elementsOf,
  type Num,
  roundFloat,
} from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { nativeTarget } from "../rig/native_kernel.ts";
import { compileRoutines, type RoutineSpec } from "../rig/native_routines.ts";

const target = await nativeTarget();
if (!target) console.warn("routine_test: skipped, no C compiler here");

/** Numbers from 0 up to `below`, the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const sorted = (values: Num[]) =>
  values.sort((a, b) => a !== a ? 1 : b !== b ? -1 : a < b ? -1 : a > b ? 1 : 0);
const dtypes: readonly DType[] = ["f32", "f64", "f16", "bf16", "i64", "i32", "i16", "i8", "u8", "bool"];
const wides: readonly DType[] = ["f32", "f64", "i64", "i16", "u8"];
const specials = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1.5];
/** `[outer, size, inner]`: nothing, one, short and long lines, lines side by side. */
const shapes = [[1, 1, 1], [3, 0, 2], [1, 7, 1], [5, 33, 1], [2, 5, 70], [1, 900, 1], [1, 2000, 2], [
  0,
  4,
  3,
]];

/** A tensor of small numbers with many ties, or of wide ones; floats have every special value among them. */
function tensor(dtype: DType, shape: readonly number[], seed: number, spread = 9): DenseTensor {
  const next = random(seed + shape.join().length), count = shape.reduce((p, s) => p * s, 1);
  const values = Array.from({ length: count }, (): Num => {
    const n = next(spread) - (spread >> 1);
    if (dtype === "bool") return n > 0;
    if (isFloat(dtype)) return next(6) === 0 ? specials[next(specials.length)]! : roundFloat(n / 4, dtype);
    if (dtype === "i64") return next(8) === 0 ? BigInt(n) << 40n : BigInt(n);
    return dtype === "u8" ? n & 255 : n;
  });
  return denseOf(dtype, shape, values);
}

/** Without nan, for what adds up. */
function finite(x: DenseTensor): DenseTensor {
  const values = elementsOf(x).map((v) => typeof v === "number" && !Number.isFinite(v) ? 0.25 : v);
  return denseOf(x.dtype, x.shape, values);
}

function assertClose(actual: DenseTensor, expected: DenseTensor, about: string, ulps = 0): void {
  const [a, e] = [elementsOf(actual), elementsOf(expected)];
  assertEquals(a.length, e.length, about);
  e.forEach((want, n) => {
    const got = a[n]!;
    if (Object.is(got, want) || got === want) return;
    const far = Math.abs(Number(got) - Number(want)), size = Math.abs(Number(want));
    assert(ulps > 0 && far <= ulps * size * 1.2e-7 + 1e-30, `${about}: element ${n} is ${got}, not ${want}`);
  });
}

type Values = Readonly<Record<string, AttrValue>>;
const sizesOf = ([s0, s1, s2]: readonly number[]) => ({ s0: s0!, s1: s1!, s2: s2! });
const full = ["s0", "s1", "s2"];

Deno.test("every routine has a reference", () => {
  assertEquals([...routineNames].filter((name) => !routineReferences[name]), []);
});

Deno.test({
  name: "scans carry along any dim; nan stays, integers wrap, floats are carried in double",
  ignore: !target,
  fn: async () => {
    const fns = ["sum", "prod", "max", "min", "logsumexp"];
    const combos = wides.flatMap((dtype) =>
      fns.filter((fn) => fn !== "logsumexp" || isFloat(dtype)).map((fn) => ({ dtype, fn }))
    );
    const specs = combos.map(({ dtype, fn }): RoutineSpec => ({
      routine: "scan",
      attrs: { fn, dim: 1 },
      inputs: [[dtype, ...full]],
      outputs: [[dtype, ...full]],
    }));
    const { run, close } = await compileRoutines(specs, target!);
    combos.forEach(({ dtype, fn }, n) => {
      for (const shape of shapes) {
        const x = tensor(dtype, shape, n), attrs = { fn, dim: 1 };
        const [want] = routineReferences.scan!([x], attrs), { outputs } = run[n]!([x], sizesOf(shape));
        assertClose(outputs[0]!, want!, `${fn} of ${dtype}[${shape}]`, fn === "logsumexp" ? 4 : 0);
      }
    });
    close();
  },
});

Deno.test({
  name: "sort is stable in both directions, with nan last or first, and zeros equal",
  ignore: !target,
  fn: async () => {
    const combos = dtypes.flatMap((dtype) => [false, true].map((descending) => ({ dtype, descending })));
    const specs = combos.map(({ dtype, descending }): RoutineSpec => ({
      routine: "sort",
      attrs: { dim: 1, descending, stable: true },
      inputs: [[dtype, ...full]],
      outputs: [[dtype, ...full], ["i64", ...full]],
    }));
    const { run, close } = await compileRoutines(specs, target!);
    combos.forEach(({ dtype, descending }, n) => {
      for (const shape of shapes) {
        const x = tensor(dtype, shape, n, shape[1]! > 100 ? 120 : 9);
        const want = routineReferences.sort!([x], { dim: 1, descending }), about = `${dtype}[${shape}]`;
        const { outputs } = run[n]!([x], sizesOf(shape));
        assertClose(outputs[1]!, want[1]!, `places of ${about}`);
        assertClose(outputs[0]!, want[0]!, `values of ${about}`);
        assertEquals(
          elementsOf(outputs[0]!).map((v) => Object.is(v, -0)),
          elementsOf(want[0]!).map((v) => Object.is(v, -0)),
        );
      }
    });
    close();
  },
});

Deno.test({
  name: "select gives the values that sorting gives, and places that hold them",
  ignore: !target,
  fn: async () => {
    const whats = ["topk", "kth", "median", "nanmedian", "mode"];
    const combos = (["f32", "f64", "f16", "i64", "u8"] as const).flatMap((dtype) =>
      whats.flatMap((what) =>
        (what === "topk" ? [false, true] : [false]).map((descending) => ({ dtype, what, descending }))
      )
    );
    const specs = combos.map(({ dtype, what, descending }): RoutineSpec => {
      const out = ["s0", "m", "s2"];
      return {
        routine: "select",
        attrs: { what, dim: 1, descending, many: sym("m", { min: 0 }), k: sym("k", { min: 1 }) },
        inputs: [[dtype, ...full]],
        outputs: [[dtype, ...out], ["i64", ...out]],
      };
    });
    const { run, close } = await compileRoutines(specs, target!);
    combos.forEach(({ dtype, what, descending }, n) => {
      for (const shape of shapes.filter(([_, size]) => size! > 0)) {
        const x = tensor(dtype, shape, n, 30), [outer, size, inner] = shape as [number, number, number];
        for (const k of new Set([1, 2, 5, size >> 1, size].filter((k) => k >= 1 && k <= size))) {
          const m = what === "topk" ? k : 1, attrs: Values = { what, dim: 1, descending, many: m, k };
          const [want, first] = routineReferences.select!([x], attrs),
            about = `${what} ${k} of ${dtype}[${shape}]`;
          const { outputs: [values, places] } = run[n]!([x], { ...sizesOf(shape), m, k });
          assertClose(values!, want!, about);
          const all = elementsOf(x), held = elementsOf(values!), found = elementsOf(places!).map(Number);
          found.forEach((place, at) => {
            const line = Math.floor(at / (m * inner)) * size * inner + at % inner;
            const there = all[line + place * inner]!;
            assert(Object.is(held[at], there), `${about}: place ${place} holds ${there}, not ${held[at]}`);
          });
          if (what.endsWith("median") && elementsOf(want!).every((v) => v === v)) {
            assertClose(places!, first!, about);
          }
          if (what === "topk" && outer * inner === 1) assertEquals(new Set(found).size, m, about);
        }
      }
    });
    close();
  },
});

Deno.test({
  name: "search, member and order_rows compare as the elements do",
  ignore: !target,
  fn: async () => {
    const specs = wides.flatMap((dtype): RoutineSpec[] => [
      {
        routine: "search",
        attrs: { right: false, dtype: "i64" },
        inputs: [[dtype, "n"], [dtype, "s0", "s1"]],
        outputs: [["i64", "s0", "s1"]],
      },
      {
        routine: "search",
        attrs: { right: true, dtype: "i32" },
        inputs: [[dtype, "s0", "n"], [dtype, "s0", "s1"]],
        outputs: [["i32", "s0", "s1"]],
      },
      {
        routine: "member",
        attrs: {},
        inputs: [[dtype, "s0", "s1"], [dtype, "n"]],
        outputs: [["bool", "s0", "s1"]],
      },
      { routine: "order_rows", attrs: {}, inputs: [[dtype, "s0", "s1"]], outputs: [["i64", "s0"]] },
    ]);
    const { run, close } = await compileRoutines(specs, target!);
    specs.forEach(({ routine, attrs, inputs }, n) => {
      for (
        const [rows, width, size] of [[1, 1, 1], [4, 3, 0], [5, 40, 17], [70, 2, 33], [0, 3, 2], [
          3,
          0,
          5,
        ]] as const
      ) {
        const dtype = inputs[0]![0],
          x = tensor(dtype, [rows, width], n, 7),
          lines = routine === "search" && inputs[0]!.length > 2 ? rows : 1;
        const edges = Array.from(
          { length: lines },
          (_, k) => sorted(elementsOf(tensor(dtype, [size], n + k))),
        );
        const shape = routine === "search" && lines === rows && inputs[0]!.length > 2 ? [rows, size] : [size];
        const list = denseOf(dtype, shape, edges.flat());
        const given = routine === "search" ? [list, x] : routine === "member" ? [x, list] : [x];
        const [want] = routineReferences[routine]!(given, attrs as Values);
        const { outputs } = run[n]!(given, { s0: rows, s1: width, n: size });
        assertClose(outputs[0]!, want!, `${routine} of ${dtype}[${rows}, ${width}] in ${size}`);
      }
    });
    close();
  },
});

Deno.test({
  name: "suppress keeps boxes that overlap no better one, empty and inside-out boxes included",
  ignore: !target,
  fn: async () => {
    const thresholds = [0, 0.4, 0.9];
    const specs = (["f32", "f64"] as const).flatMap((dtype) =>
      thresholds.map((threshold): RoutineSpec => ({
        routine: "suppress",
        attrs: { threshold },
        inputs: [[dtype, "n", "four"]],
        outputs: [["bool", "n"]],
      }))
    );
    const { run, close } = await compileRoutines(specs, target!);
    specs.forEach(({ attrs, inputs }, at) => {
      for (const n of [0, 1, 7, 60]) {
        const boxes = finite(tensor(inputs[0]![0], [n, 4], at, 23));
        const [want] = routineReferences.suppress!([boxes], attrs as Values);
        const { outputs } = run[at]!([boxes], { n, four: 4 });
        assertClose(outputs[0]!, want!, `suppress ${n} boxes`);
      }
    });
    close();
  },
});

Deno.test({
  name: "positions stop at the room there is, and fill what is left with -1",
  ignore: !target,
  fn: async () => {
    const spec: RoutineSpec = {
      routine: "positions",
      attrs: {},
      inputs: [["bool", "n"]],
      outputs: [["i64", "room"]],
    };
    const { run, close } = await compileRoutines([spec], target!);
    for (const n of [0, 1, 7, 8, 9, 64, 1000]) {
      for (const share of [0, 1, 20, 1000]) {
        const next = random(n + share),
          mask = denseOf("bool", [n], Array.from({ length: n }, () => next(1000) < share));
        const count = elementsOf(mask).filter(Boolean).length;
        for (const room of new Set([0, Math.max(count - 1, 0), count, count + 3])) {
          const [want] = routineReferences.positions!([mask], { room });
          assertClose(run[0]!([mask], { n, room }).outputs[0]!, want!, `${count} of ${n} in ${room}`);
        }
      }
    }
    close();
  },
});

Deno.test({
  name: "bags sum, average and maximise rows; padding does not count, bad rows are an error",
  ignore: !target,
  fn: async () => {
    const combos = (["f32", "bf16", "f16"] as const).flatMap((dtype) =>
      (["sum", "mean", "max"] as const).flatMap((mode) =>
        (mode === "sum" ? [false, true] : [false]).map((scaled) => ({ dtype, mode, scaled }))
      )
    );
    const specs = combos.map(({ dtype, mode, scaled }): RoutineSpec => ({
      routine: "bags",
      attrs: { mode, padding: 2 },
      inputs: [[dtype, "rows", "w"], ["i64", "n"], ["i64", "o"], ...(scaled ? [[dtype, "n"] as const] : [])],
      outputs: mode === "max"
        ? [[dtype, "b", "w"], ["i64", "b", "w"], ["i64", "b"]]
        : [[dtype, "b", "w"], ["i64", "b"]],
    }));
    const { run, close } = await compileRoutines(specs, target!);
    combos.forEach(({ dtype, mode, scaled }, k) => {
      for (
        const [rows, w, starts, n, last] of [[5, 3, [0, 2, 2, 6], 9, false], [9, 300, [0, 4, 8], 8, true], [
          4,
          1,
          [0],
          0,
          false,
        ]] as const
      ) {
        const table = finite(tensor(dtype, [rows, w], k)), next = random(k);
        const index = denseOf("i64", [n], Array.from({ length: n }, () => BigInt(next(rows))));
        const offset = denseOf("i64", [starts.length], starts.map(BigInt)), b = starts.length - Number(last);
        const given = [table, index, offset, ...(scaled ? [finite(tensor(dtype, [n], k + 1))] : [])];
        const want = routineReferences.bags!(given, { mode, padding: 2, bags: b });
        const { outputs, error } = run[k]!(given, { rows, w, n, o: starts.length, b });
        assertEquals(error, 0);
        want.forEach((x, at) => assertClose(outputs[at]!, x, `${mode} of ${dtype}, output ${at}`, 4));
      }
    });
    const x = denseOf("f32", [2, 1], [1, 2]),
      bad = denseOf("i64", [2], [0n, 7n]),
      zero = denseOf("i64", [1], [0n]);
    assertEquals(run[0]!([x, bad, zero], { rows: 2, w: 1, n: 2, o: 1, b: 1 }).error, 1);
    close();
  },
});

Deno.test({
  name: "segments reduce runs of any dim; empty ones give the start, an empty mean nan",
  ignore: !target,
  fn: async () => {
    const starts = { sum: 0, mean: 0, max: -Infinity, min: Infinity, prod: 1 };
    const combos = (["f32", "bf16"] as const).flatMap((dtype) =>
      Object.entries(starts).flatMap((
        [fn, start],
      ) => [{ dtype, fn, start, started: false }, { dtype, fn, start: 2, started: true }])
    );
    const specs = combos.map(({ dtype, fn, start, started }): RoutineSpec => ({
      routine: "segments",
      attrs: { fn, dim: 1, start, started },
      inputs: [[dtype, ...full], ["i64", "s0", "e"]],
      outputs: [[dtype, "s0", "m", "s2"]],
    }));
    const { run, close } = await compileRoutines(specs, target!);
    combos.forEach(({ dtype, fn, start, started }, n) => {
      const x = tensor(dtype, [2, 6, 3], n), attrs = { fn, dim: 1, start, started };
      const offset = denseOf("i64", [2, 4], [0, 2, 2, 6, 0, 0, 5, 6].map(BigInt));
      const [want] = routineReferences.segments!([x, offset], attrs);
      const { outputs } = run[n]!([x, offset], { ...sizesOf([2, 6, 3]), e: 4, m: 3 });
      assertClose(outputs[0]!, want!, `${fn} of ${dtype}`, dtype === "bf16" ? 70000 : 4);
    });
    close();
  },
});
