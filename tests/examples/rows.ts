/**
 * PyTorch's answers out of a safetensors file.
 *
 * @module
 */

/** The elements of a float tensor. */
export function readRows(path: string, key: string): readonly number[] {
  const bytes = Deno.readFileSync(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const [from, to] = header[key].data_offsets;
  return [...new Float32Array(bytes.slice(8 + length + from, 8 + length + to).buffer)];
}
