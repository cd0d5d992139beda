/** Flags that change what a library does or how it keeps its values, natively. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Flags } from "../../src/config/mod.ts";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import { hasCompiler, type OpenedModel, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

/** log, a product, a sum: three kernels at least. */
const logs = ({ input, constant, ops }: ModelBuilder) => {
  const x = input("x", { shape: [2, 2] }), w = constant("w", [[1, 2], [3, 4]]);
  const y = ops.mm(ops.log(x), w);
  return { y, total: ops.sum(ops.mm(y, w)) };
};

async function withModel(
  flags: Partial<Flags>,
  work: (m: OpenedModel) => void | Promise<void>,
): Promise<void> {
  using model = await bench.build(logs, { flags });
  await work(model);
}

const good = tensor([2, 2], [1, 2, 3, 4]);

Deno.test({
  name: "debug_check_inf_and_nan names the buffer, the kernel and the operator of the first odd value",
  ignore,
  fn: () =>
    withModel({ debug_check_inf_and_nan: true }, (m) => {
      assertEquals(m.numbers(good).length, 2);
      const text = m.failure(tensor([2, 2], [1, -1, 0, 1]));
      assertMatch(
        text,
        /^buffer "\w+" of kernel k_\w+ \(.*aten\.\w+.*\) of shape \[2, 2\] holds \d+ nan and \d+ infinite/,
      );
      assertEquals(m.numbers(good).length, 2); // and goes on
    }),
});

Deno.test({
  name: "nan_asserts looks at inputs and outputs alone",
  ignore,
  fn: () =>
    withModel({ nan_asserts: true }, (m) => {
      assertMatch(
        m.failure(tensor([2, 2], [1, NaN, 3, 4])),
        /^input "x" of shape \[2, 2\] holds 1 nan .* element 1$/,
      );
      assertMatch(m.failure(tensor([2, 2], [1, -1, 3, 4])), /^output "y" .* nan/);
      assertEquals(m.modelText.match(/aoti_check_finite/g)?.length, 3);
    }),
});

Deno.test({
  name: "Without these flags there is no trace of checks",
  ignore,
  fn: () =>
    withModel({}, (m) => {
      assertEquals(m.numbers(tensor([2, 2], [1, NaN, 0, 4]))[0]?.length, 4);
      assert(!/aoti_check_finite|aoti_show|aoti_moves/.test(m.modelText));
    }),
});

Deno.test({
  name: "Memory: shared slots, slots apart, allocations apart; epilogues on and off: the same numbers",
  ignore,
  fn: async () => {
    const chain = ({ input, constant, ops }: ModelBuilder) => {
      let x = input("x", { shape: [64, 64] });
      const w = constant("w", Array.from({ length: 4096 }, (_, i) => (i % 7) / 28), { shape: [64, 64] });
      for (let n = 0; n < 4; n++) x = ops.softmax(ops.mm(x, w), 1);
      return ops.relu(ops.mm(x, w));
    };
    const x = tensor([64, 64], Array.from({ length: 4096 }, (_, i) => Math.cos(i)));
    using shared = await bench.build(chain);
    using apart = await bench.build(chain, { flags: { allow_buffer_reuse: false } });
    using separate = await bench.build(chain, { flags: { memory_planning: false } });
    using plain = await bench.build(chain, { flags: { epilogue_fusion: false } });
    assert(Number(shared.arena) < Number(apart.arena), `${shared.arena} < ${apart.arena}`);
    assertEquals(separate.arena, 0);
    assertMatch(separate.modelText, /aoti_late_alloc/);
    const kernels = (m: OpenedModel) => (m.modelText.match(/aoti_launch\(/g) ?? []).length;
    assert(kernels(plain) > kernels(shared));
    for (const other of [apart, separate, plain]) assertEquals(other.numbers(x), shared.numbers(x));
  },
});

Deno.test({
  name:
    "inplace_buffers: less memory, the same bits: rows with tails, reductions before, residuals of products",
  ignore,
  fn: async () => {
    const rows = 203, columns = 67; // neither is whole vectors
    const values = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i) / 8);
    const net = ({ input, constant, ops }: ModelBuilder) => {
      const w = constant("w", values(columns * columns), { shape: [columns, columns] });
      let x = ops.mm(input("x", { shape: [rows, columns] }), w);
      x = ops.sub(x, ops.mean(x, [0], true)); // columns first, then elements
      for (let n = 0; n < 3; n++) {
        const y = ops.log_softmax(ops.mm(x, w), 1); // maximum, sum and difference of one row
        x = ops.add(ops.mm(y, w), x); // an epilogue over what it adds
      }
      return ops.mm(x, w);
    };
    const x = tensor([rows, columns], values(rows * columns));
    using over = await bench.build(net);
    using apart = await bench.build(net, { flags: { inplace_buffers: false } });
    assert(Number(over.arena) < Number(apart.arena), `${over.arena} < ${apart.arena}`);
    assertEquals(over.numbers(x), apart.numbers(x));
  },
});

Deno.test({
  name:
    "profiler_mark_wrapper_call marks runs, enable_kernel_profile kernels, whose names stay in the library",
  ignore,
  fn: async () => {
    const marks = (m: OpenedModel) => /,\s*(\d+),\s*\w+, \w+\s*\};\s*$/.exec(m.modelText)?.[1];
    using none = await bench.build(logs);
    using runs = await bench.build(logs, { flags: { profiler_mark_wrapper_call: true } });
    using kernels = await bench.build(logs, { flags: { enable_kernel_profile: true }, fast: true });
    using stripped = await bench.build(logs, { fast: true });
    assertEquals([none, runs, kernels].map(marks), ["0", "1", "2"]);
    const [symbol] = Object.keys(kernels.kernelTexts).map((file) => file.replace(/\.c$/, ""));
    const named = (m: OpenedModel) =>
      new TextDecoder("latin1").decode(Deno.readFileSync(m.path)).split(`${symbol}\0`).length - 1;
    assertEquals([named(kernels), named(stripped)], [2, 1]); // the launch's text is there always
    assertEquals(kernels.numbers(good), stripped.numbers(good));
  },
});

/** Runs a library in a process of its own, to see what it prints. */
async function printed(path: string, env: Record<string, string> = {}): Promise<string> {
  const code = `
    import { Model } from ${JSON.stringify(new URL("../../src/run/mod.ts", import.meta.url).href)};
    const opened = Model.open(${JSON.stringify(path)}, { weights: ${
    JSON.stringify(path)
  }.replace("model.so", "weights.bin") });
    const data = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
    opened.value.run([{ dtype: "f32", shape: [2, 2], data }]);
    opened.value[Symbol.dispose]();`;
  const { stderr, code: status } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--ext=ts", code],
    cwd: new URL("../..", import.meta.url),
    env,
  }).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(status, 0, text);
  return text;
}

Deno.test({
  name: "debug_intermediate_value_printer names kernels, prints statistics, saves values",
  ignore,
  fn: async () => {
    await withModel({ debug_intermediate_value_printer: 3 }, async (m) => {
      assertMatch(await printed(m.path), /^aoti: kernel k_\w+$/m);
    });
    await withModel({ debug_intermediate_value_printer: 2 }, async (m) => {
      assertMatch(
        await printed(m.path),
        /^aoti: buffer "\w+" of kernel k_\w+ .*float32\[2, 2\]: min \S+, max \S+, mean/m,
      );
    });
    await withModel({ debug_intermediate_value_printer: 1 }, async (m) => {
      const folder = m.path.replace("model.so", "values");
      await printed(m.path, { AOTI_VALUES: folder });
      const files = [...Deno.readDirSync(folder)].map((f) => f.name);
      assert(files.length >= 2 && files.every((f) => f.endsWith(".npy")), files.join());
      const bytes = Deno.readFileSync(`${folder}/${files[0]}`);
      assertMatch(
        new TextDecoder("latin1").decode(bytes.subarray(1, 128)),
        /^NUMPY[^]*'descr': '<f4'.*'shape': \(/,
      );
    });
  },
});

Deno.test({
  name: "profile_bandwidth prints a row for each kernel when the library is closed",
  ignore,
  fn: () =>
    withModel({ profile_bandwidth: true }, async (m) => {
      assertMatch(await printed(m.path), /^aoti: +[\d.]+ GB\/s +[\d.]+ ms +1 launches {2}k_\w+$/m);
    }),
});
