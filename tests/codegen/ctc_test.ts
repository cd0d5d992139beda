/** CTC losses and gradients, compiled, beside their references: blanks, repeated labels, samples that do not fit, bad classes. */
import { assert, assertEquals } from "@std/assert";
import { denseOf, type DenseTensor, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { nativeTarget } from "../rig/native_kernel.ts";
import { compileRoutines } from "../rig/native_routines.ts";

const target = await nativeTarget();
if (!target) console.warn("ctc_test: skipped, no C compiler here");

const sizes = { t: 7, b: 4, c: 5, w: 3, s: 7 };
const whole = (shape: readonly number[], values: readonly number[]) =>
  denseOf("i64", shape, values.map(BigInt));

function logs(dtype: "f32" | "f64"): DenseTensor {
  const values = Array.from(
    { length: sizes.t * sizes.b * sizes.c },
    (_, n) => -Math.log(2 + Math.cos(5 * n) + n % 3),
  );
  return denseOf(dtype, [sizes.t, sizes.b, sizes.c], values.map((x) => roundFloat(x, dtype)));
}

function near(got: DenseTensor, want: DenseTensor, slack: number, about: string): void {
  const [p, q] = [got, want].map((x) => elementsOf(x).map(Number)) as [number[], number[]];
  q.forEach((x, n) =>
    assert(
      p[n] === x || Math.abs(p[n]! - x) <= slack * (1 + Math.abs(x)),
      `${about}[${n}]: ${p[n]}, not ${x}`,
    )
  );
}

Deno.test({
  name: "losses and gradients of CTC agree with their references, padded and one after the other",
  ignore: !target,
  async fn() {
    for (const dtype of ["f32", "f64"] as const) {
      for (const padded of [true, false]) {
        const targets = padded
          ? whole([4, 3], [1, 2, 2, 3, 3, 0, 4, 0, 0, 1, 1, 1])
          : whole([7], [1, 2, 2, 3, 3, 1, 1]);
        const lengths = whole([4], padded ? [3, 2, 0, 3] : [3, 2, 0, 2]), steps = whole([4], [7, 5, 6, 2]);
        const line = padded ? ["b", "w"] : ["n"], attrs = { blank: 0, states: 7 };
        const inputs = [[dtype, "t", "b", "c"], ["i64", ...line], ["i64", "b"], ["i64", "b"]] as const;
        const more = [[dtype, "b"], [dtype, "b"], [dtype, "b", "t", "s"]] as const;
        const { run: [forward, backward], close } = await compileRoutines([
          { routine: "ctc", attrs, inputs, outputs: [[dtype, "b"], [dtype, "b", "t", "s"]] },
          {
            routine: "ctc_backward",
            attrs: { blank: 0, zero_infinity: true },
            inputs: [...inputs, ...more],
            outputs: [[dtype, "t", "b", "c"]],
          },
        ] as never, target!);
        const given = [logs(dtype), targets, steps, lengths], slack = dtype === "f32" ? 1e-5 : 1e-13;
        const sized = { ...sizes, n: 7 }, { outputs, error } = forward!(given, sized);
        const want = routineReferences.ctc!(given, attrs as never);
        assertEquals(error, 0);
        outputs.forEach((x, n) => near(x, want[n]!, slack, n ? "alpha" : "loss"));
        if (padded) {
          assertEquals(elementsOf(outputs[0]!)[3], Infinity, "three labels do not fit into two steps");
        }
        const all = [...given, denseOf(dtype, [4], [1, -2, 0.5, 3]), ...want];
        const [wanted] = routineReferences.ctc_backward!(all, { blank: 0, zero_infinity: true });
        near(backward!(all, sized).outputs[0]!, wanted!, 10 * slack, "gradient");
        const bad = given.with(1, whole(targets.shape, elementsOf(targets).map((_, n) => n === 0 ? 9 : 1)));
        assert(forward!(bad, sized).error !== 0, "a class that is none");
        close();
      }
    }
  },
});
