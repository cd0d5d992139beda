/**
 * What the examples print, beside PyTorch's answers out of safetensors files.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

/** Rows that an example must print: the model's first or second set of inputs, and which output. */
const answers = {
  mlp: ["mlp", "m0/s0/0"],
  convnet: ["convnet", "m0/s0/0"],
  bright: ["condmodel", "m0/s0/0"],
  "bright energy": ["condmodel", "m0/s0/1"],
  dark: ["condmodel", "m0/s1/0"],
  "dark energy": ["condmodel", "m0/s1/1"],
} as const;

/** The elements of a float tensor. */
export function readRows(path: string, key: string): readonly number[] {
  const bytes = Deno.readFileSync(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const [from, to] = header[key].data_offsets;
  return [...new Float32Array(bytes.slice(8 + length + from, 8 + length + to).buffer)];
}

/** Lines `name[row]: …` hold PyTorch's answer, as far as five decimals tell. */
export function expectRows(printed: string, names: readonly (keyof typeof answers)[]): void {
  for (const name of names) {
    const [model, key] = answers[name];
    expectClose(name, valuesOf(printed, name), readRows(`tests/models/${model}/expected.safetensors`, key));
  }
}

/** The numbers of all lines of a name. */
export function valuesOf(printed: string, name: string): readonly number[] {
  return printed.split("\n").filter((line) => line.startsWith(`${name}[`))
    .flatMap((line) => line.slice(line.indexOf(":") + 1).trim().split(" ").map(Number));
}

/** As close as five decimals tell. */
export function expectClose(name: string, found: readonly number[], wanted: readonly number[]): void {
  assertEquals([name, found.length], [name, wanted.length]);
  const off = found.map((value, i) => Math.abs(value - wanted[i]!)).filter((d) => !(d <= 2e-5));
  assertEquals([name, off], [name, []]);
}
