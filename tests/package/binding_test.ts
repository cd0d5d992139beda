import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { hasCompiler, inFolder } from "../compile/rig.ts";
import { cxx } from "../runtime/build.ts";
import { must, packDemo } from "./rig.ts";

const ignore = !hasCompiler;

Deno.test({
  name: "A binding runs with ffi permission for its library alone, typed, here and beside JavaScript",
  ignore,
  fn: () =>
    inFolder(async (folder, store) => {
      const dir = `${folder}/dist`;
      await packDemo(store, "linear", dir);
      await Deno.writeTextFile(
        `${dir}/use.ts`,
        `import { Linear, linear, ModelError, type Tensor } from "./linear.ts";
const x = new Float32Array(6 * 64).fill(1);
const { y } = linear.run({ x });
const { y: z }: { y: Tensor<Float32Array> } = linear.run({ x: { data: x, shape: [6, 64] } });
console.log(y.shape.join(), y.data.length, y.data.every((v, i) => v === z.data[i]), y.data.some((v) => v > 0));
const all = await Promise.all([1, 2, 3].map((n) => linear.runAsync({ x: new Float32Array(n * 64).fill(1) })));
console.log(all.map(({ y }) => y.shape[0]).join(), all[2]!.y.data[5] === y.data[5]);
for (const bad of [new Float32Array(65), new Float32Array(0)]) {
  try { linear.run({ x: bad }); } catch (e) { console.log((e as Error).name, (e as Error).message); }
}
try { linear.run({ x: { data: x, shape: [5000, 64] } }); } catch (e) { console.log((e as Error).message); }
try { linear.run({} as { x: Float32Array }); } catch (e) { console.log((e as Error).message); }
linear.update({ "fc.bias": new Float32Array(32).fill(1000), "fc.weight": new Float32Array(64 * 32) });
console.log(linear.run({ x }).y.data.every((v) => v === 1000));
linear[Symbol.dispose]();
try { linear.run({ x }); } catch (e) { console.log(e instanceof ModelError, (e as Error).message); }
using one = new Linear({ threads: 1 });
console.log(one.run({ x }).y.data[3] === y.data[3]);
// @ts-expect-error: x is required
const _bad: Parameters<typeof linear.run>[0] = {};
`,
      );
      await Deno.writeTextFile(`${dir}/deno.json`, "{}");
      await must(Deno.execPath(), ["check", "-q", "use.ts"], dir);
      const said = await must(
        Deno.execPath(),
        ["run", "-q", "--no-prompt", `--allow-ffi=${dir}/linear.so`, "use.ts"],
        dir,
      );
      assertEquals(said.trim().split("\n"), [
        "6,32 192 true true",
        "1,2,3 true",
        'TypeError Cannot use "x": 65 elements leave its sizes open: give { data, shape }, the model takes f32[batch, 64] as Float32Array',
        'ModelError dim "batch" of input "x": 0 is not in 1..4096',
        'Cannot use "x": shape [5000,64] does not fit 384 elements, the model takes f32[batch, 64] as Float32Array',
        'Cannot use "x": it is missing, the model takes f32[batch, 64] as Float32Array',
        "true",
        "true Cannot use the model: it was closed",
        "true",
      ]);
    }),
});

Deno.test({
  name: "A binding hands scalars over, gives None and writes to the inputs that the model changes",
  ignore,
  fn: () =>
    inFolder(async (folder, store) => {
      const dir = `${folder}/dist`;
      await packDemo(store, "effects", dir);
      await Deno.writeTextFile(
        `${dir}/use.ts`,
        `import effects from "./effects.ts";
const x = new Float32Array([1, 2, 3, 4]);
const out = effects.run({ x: { data: x, shape: [2, 2] }, flag: true, i: 2 });
console.log([...x].join(), [...out.x.data].join(), out.total.data[0], out.none, out.count.data[0], out.looked_up.data[0], out.looked_up.shape.length);
console.log(effects.run({ x: { data: x, shape: [4, 1] }, flag: false, i: 0n }).total.data[0]);
`,
      );
      await Deno.writeTextFile(`${dir}/deno.json`, "{}");
      await must(Deno.execPath(), ["check", "-q", "use.ts"], dir);
      const said = await must(
        Deno.execPath(),
        ["run", "-q", "--no-prompt", `--allow-ffi=${dir}/effects.so`, "use.ts"],
        dir,
      );
      assertEquals(said.trim().split("\n"), ["2,3,4,5 2,3,4,5 24 null 4n 3 0", "42"]);
    }),
});

Deno.test({
  name: "A binding without its permission or its library says what is missing",
  ignore,
  fn: () =>
    inFolder(async (folder, store) => {
      const dir = `${folder}/dist`;
      await packDemo(store, "linear", dir);
      await Deno.remove(`${dir}/weights.bin`);
      const code = `import l from "./linear.ts"; l.run({ x: new Float32Array(64) });`;
      await Deno.writeTextFile(`${dir}/use.ts`, code);
      await Deno.writeTextFile(`${dir}/deno.json`, "{}");
      const failing = (...args: readonly string[]) =>
        must(Deno.execPath(), ["run", "-q", "--no-prompt", ...args, "use.ts"], dir).catch(String);
      assertStringIncludes(await failing(), "--allow-ffi");
      assertStringIncludes(await failing("--allow-ffi"), "weights");
    }),
});

Deno.test({
  name: "A header compiles as C and as C++, links, and runs through the class",
  ignore: ignore || !cxx,
  fn: () =>
    inFolder(async (folder, store) => {
      const dir = `${folder}/dist`;
      await packDemo(store, "linear", dir);
      await Deno.writeTextFile(
        `${dir}/use.c`,
        `#include "linear.h"
#include <stdio.h>
int main(void) {
  static float x[6 * 64], y[6 * 32];
  int64_t sizes[] = {6, 64};
  uint64_t model, call;
  aoti_info info;
  if (aoti_open(0, 1, &model) || aoti_call_new(model, &call) || linear_bind_x(call, x, sizes)) return 1;
  if (aoti_call_run(call) || aoti_call_output_copy(call, LINEAR_OUTPUT_Y, y, sizeof y)) return 2;
  if (aoti_call_output_info(call, LINEAR_OUTPUT_Y, &info)) return 3;
  printf("%lld %g\\n", (long long)info.sizes[0], y[3]);
  return aoti_call_free(call) || aoti_close(model);
}
`,
      );
      await Deno.writeTextFile(
        `${dir}/use.cc`,
        `#include "linear.h"
#include "linear.h"
#include <cstdio>
int main() {
  aoti_models::Linear model("./linear.so", 1);
  aoti_models::Linear moved(std::move(model));
  aoti_models::Linear::Call call(moved);
  std::vector<float> x(6 * 64);
  call.x(x.data(), {6, 64});
  call.run();
  std::printf("%lld %g\\n", (long long)call.info(LINEAR_OUTPUT_Y).sizes[0], call.values<float>(LINEAR_OUTPUT_Y)[3]);
  try {
    call.x(x.data(), {6, 63});
    call.run();
  } catch (const std::runtime_error& e) {
    std::puts(e.what());
  }
  try {
    aoti_models::Linear none("./nothing.so");
  } catch (const std::runtime_error& e) {
    std::puts("none");
  }
}
`,
      );
      const strict = ["-Wall", "-Wextra", "-Werror"];
      await must("cc", ["-std=c99", ...strict, "use.c", "./linear.so", "-o", "use_c", "-Wl,-rpath,."], dir);
      await must(cxx!, ["-std=c++14", ...strict, "use.cc", "-o", "use_cc", "-ldl"], dir);
      const [first, ...rest] = (await must("./use_cc", [], dir)).trim().split("\n");
      assertEquals(await must("./use_c", [], dir), `${first}\n`);
      assert(first!.startsWith("6 "), first);
      assertEquals(rest, ['input "x": dimension 1 is 63, the model takes 64', "none"]);
    }),
});
