/**
 * Models from Deno, through the bindings that a build writes. From the project's folder:
 *
 * ```sh
 * deno task build
 * deno run --allow-ffi=dist examples/deno/main.ts
 * ```
 */
import { condmodel } from "../../dist/condmodel/condmodel.ts";
import { convnet } from "../../dist/convnet/convnet.ts";
import { gate } from "../../dist/gate/gate.ts";
import { Mlp, mlp, type Tensor } from "../../dist/mlp/mlp.ts";

const ramp = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7) % 11 - 5) / 8);

/** One line for each row. */
function print(name: string, { data, shape: [rows = 1, columns = 1] }: Tensor<Float32Array>): void {
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    console.log(`${name}[${row}]: ${Array.from(values, (value) => value.toFixed(5)).join(" ")}`);
  }
}

// A bare array is enough where its length says the shape: 2 × 64 is a batch of 2.
print("mlp", mlp.run({ x: ramp(2 * 64) }).output);

// Runs beside JavaScript may overlap; each has memory of its own.
const batches = await Promise.all([1, 2, 3].map((batch) => mlp.runAsync({ x: ramp(batch * 64) })));
console.log(`batches: ${batches.map(({ output }) => output.shape.join("×")).join(", ")}`);

print("convnet", convnet.run({ image: ramp(3 * 32 * 32) }).output);

// The input decides which branch of torch.cond runs.
for (const [name, shift] of [["bright", 1], ["dark", -1]] as const) {
  const { output0: chances, output1: energy } = condmodel.run({
    x: ramp(2 * 16).map((v) => v + shift),
  });
  print(name, chances);
  print(`${name} energy`, energy);
}

// A model written in TypeScript; numbers and booleans are given as they are.
print("gate open", gate.run({ x: ramp(2 * 8), open: true }).output);
print("gate shut", gate.run({ x: ramp(2 * 8), open: false }).output);

// What the export does not allow is refused in the user's words.
try {
  mlp.run({ x: ramp(5000 * 64) });
} catch (error) {
  console.log(`refused: ${(error as Error).message}`);
}

// A model of one's own has its own threads, and ends with its block.
{
  using single = new Mlp({ threads: 1 });
  print("one thread", single.run({ x: ramp(64) }).output);
}
