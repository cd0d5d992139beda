/** Rows against PyTorch's own numbers (`pin.py`), through the interpreter. */
import assert from "node:assert/strict";
import { type DType, fromTorch, isFloat } from "../../src/base/mod.ts";
import { denseOf, type DenseTensor, elementsOf, type Num } from "../../src/ir/scalar/mod.ts";
import { atenOp, interpret } from "../../src/ops/mod.ts";
import { buildUserGraph } from "../../src/ops/user.ts";

interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string | boolean)[];
}
type Argument = Tensor | number | string | boolean | null | readonly Argument[];
interface Pinned {
  readonly target: string;
  readonly args: readonly Argument[];
  readonly named: Readonly<Record<string, Argument>>;
  readonly results: readonly Tensor[];
}

const words: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, "-inf": -Infinity, "-0": -0 };

function isTensor(x: Argument): x is Tensor {
  return typeof x === "object" && x !== null && "values" in x;
}

function typeOf(x: Tensor): DType {
  return fromTorch(x.dtype)!;
}

function elements(x: Tensor): Num[] {
  const dtype = typeOf(x);
  return x.values.map((v) =>
    typeof v === "boolean" ? v : dtype === "i64" ? BigInt(v) : typeof v === "string" ? words[v]! : v
  );
}

/** All results of one call. */
async function results({ target, args, named }: Pinned): Promise<readonly DenseTensor[]> {
  const data: DenseTensor[] = [], row = atenOp(target);
  assert.ok(row, `no row for ${target}`);
  const { graph } = await buildUserGraph("one", ({ input, call }) => {
    const given = (x: Argument): unknown => {
      if (Array.isArray(x)) return x.map(given);
      if (!isTensor(x as Argument)) return typeof x === "string" ? words[x] ?? x : x;
      const tensor = x as Tensor;
      data.push(denseOf(typeOf(tensor), tensor.shape, elements(tensor)));
      return input(`x${data.length}`, { shape: [...tensor.shape], dtype: tensor.dtype as "float32" });
    };
    const more = Object.fromEntries(Object.entries(named).map(([key, x]) => [key, given(x)]));
    const all = [call("pinned::one", ...args.map(given) as never[], more as never)].flat(2);
    return all.filter((one) => one !== null && "type" in one);
  }, new Map([[target, { ...row, target: "pinned.one.default" }]]));
  return interpret(graph, data).outputs as readonly DenseTensor[];
}

/** Roundings of a type: sums are taken in another order. */
const slack: Partial<Record<DType, number>> = { f64: 1e-12, f32: 2e-6, bf16: 2 ** -7, f16: 2 ** -10 };

function same(actual: DenseTensor, wanted: Tensor, where: string): void {
  const dtype = typeOf(wanted), values = elementsOf(actual);
  assert.equal(actual.dtype, dtype, where);
  assert.deepEqual([...actual.shape], [...wanted.shape], where);
  elements(wanted).forEach((want, n) => {
    const got = values[n]!;
    if (!isFloat(dtype)) return assert.equal(Number(got), Number(want), `${where}, element ${n}`);
    const [p, q] = [Number(got), Number(want)];
    const close = Object.is(p, q) ||
      Math.abs(p - q) <= slack[dtype]! * (1 + Math.abs(q)) && (q !== 0 || p === 0 || !Object.is(q, 0));
    assert.ok(close, `${where}, element ${n}: ${p}, not ${q}`);
  });
}

for (const file of [...Deno.readDirSync(new URL("pinned", import.meta.url))].map(({ name }) => name).sort()) {
  Deno.test(`rows of ${file} give PyTorch's numbers`, async (t) => {
    const calls: Pinned[] = JSON.parse(await Deno.readTextFile(new URL(`pinned/${file}`, import.meta.url)));
    for (const [n, call] of calls.entries()) {
      await t.step(`${n} ${call.target}`, async () => {
        const got = await results(call);
        assert.ok(got.length >= call.results.length, `${got.length} results`);
        call.results.forEach((wanted, k) => same(got[k]!, wanted, `result ${k}`));
      });
    }
  });
}
