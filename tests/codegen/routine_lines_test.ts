/**
 * Routines along lines, compiled, against their references in plain TypeScript: scans, orders, selections, searches.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { isFloat } from "../../src/base/mod.ts";
import { sym } from "../../src/ir/expr/mod.ts";
import { denseOf, elementsOf } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { compileRoutines, type RoutineSpec } from "../rig/native_routines.ts";
import {
  assertClose,
  dtypes,
  full,
  shapes,
  sizesOf,
  sorted,
  target,
  tensor,
  type Values,
  wides,
} from "../rig/routine_tensors.ts";

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
