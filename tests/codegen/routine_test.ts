/**
 * Every routine has a reference in plain TypeScript; those of groups of elements, compiled, against theirs: boxes, positions,
 * bags, segments.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { routineNames } from "../../src/codegen/c/routine.ts";
import { denseOf, elementsOf } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { compileRoutines, type RoutineSpec } from "../rig/native_routines.ts";
import {
  assertClose,
  finite,
  full,
  random,
  sizesOf,
  target,
  tensor,
  type Values,
} from "../rig/routine_tensors.ts";

Deno.test("every routine has a reference", () => {
  assertEquals([...routineNames].filter((name) => !routineReferences[name]), []);
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
