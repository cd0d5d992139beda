import { assert, assertEquals, assertMatch } from "@std/assert";
import { bytesOf, dtypeNames, isComplex, unwrap } from "../../src/base/mod.ts";
import {
  countOf,
  dense,
  layOut,
  readSafetensors,
  type Tensor,
  toDType,
  writeSafetensors,
} from "../../src/run/mod.ts";
import { inFolder } from "../compile/rig.ts";

Deno.test("Tensors of every element type come back from a file as they were", () =>
  inFolder((folder) => {
    const path = `${folder}/all.safetensors`;
    const tensors = dtypeNames.flatMap((dtype) =>
      [[], [0, 3], [2, 3]].map((shape, n): [string, Tensor] => {
        const data = Uint8Array.from({ length: countOf(shape) * bytesOf(dtype) }, (_, i) => i + n);
        return [`${dtype} ${n}`, { dtype, shape, data }];
      })
    );
    writeSafetensors(path, new Map(tensors));
    const read = unwrap(readSafetensors(path));
    assertEquals(read.size, tensors.length);
    for (const [name, tensor] of tensors) {
      const found = read.get(name)!;
      if (isComplex(tensor.dtype)) assertEquals(found.shape, [...tensor.shape, 2]);
      assertEquals(toDType(found, tensor.dtype), tensor, name);
    }
    const before = Deno.readFileSync(path);
    writeSafetensors(path, new Map(tensors.toReversed())); // the order given does not matter
    assertEquals(Deno.readFileSync(path), before);
    return Promise.resolve();
  }));

Deno.test("Damaged files are refused with what is wrong", () =>
  inFolder((folder) => {
    const path = `${folder}/x.safetensors`;
    const why = (data: Uint8Array) => {
      Deno.writeFileSync(path, data);
      const result = readSafetensors(path);
      assert(!result.ok);
      return result.diagnostics[0]!.message.slice(`Cannot read ${path}: `.length);
    };
    const file = (header: unknown, body = 8) => {
      const text = new TextEncoder().encode(JSON.stringify(header));
      const data = new Uint8Array(8 + text.length + body);
      new DataView(data.buffer).setBigUint64(0, BigInt(text.length), true);
      data.set(text, 8);
      return data;
    };
    assertEquals(why(new Uint8Array(3)), "it has 3 bytes");
    assertEquals(why(new Uint8Array(16).fill(255)), "its header does not fit into it");
    assertMatch(why(file({}).fill(0x7b, 8, 10)), /^its header is not JSON/);
    const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
    assertEquals(
      why(file({ x: { ...entry, dtype: "F7" } })),
      'tensor "x" has element type F7, which is not supported',
    );
    assertEquals(why(file({ x: { ...entry, data_offsets: [0, 7] } })), 'tensor "x" does not fit its place');
    assertEquals(why(file({ x: { ...entry, data_offsets: [8, 16] } })), 'tensor "x" does not fit its place');
    assertEquals(why(file({ x: { ...entry, shape: [-2] } })), 'tensor "x" is not described well');
    assertEquals(why(file({ x: null })), 'tensor "x" has element type undefined, which is not supported');
    const gone = readSafetensors(`${folder}/gone`);
    assert(!gone.ok && gone.diagnostics[0]!.reason === "input-missing");
    return Promise.resolve();
  }));

Deno.test("Laying out and back again keeps every element, gaps and repeats included", () => {
  const tensor: Tensor = { dtype: "u8", shape: [2, 3], data: new Uint8Array([1, 2, 3, 4, 5, 6]) };
  for (const strides of [[3, 1], [1, 2], [1, 4], [16, 5]]) {
    assertEquals(dense(layOut(tensor, strides)), tensor);
  }
  assertEquals([...layOut(tensor, [1, 4]).data], [1, 4, 0, 0, 2, 5, 0, 0, 3, 6]);
  const row: Tensor = { dtype: "u8", shape: [3, 2], data: new Uint8Array([7, 8, 7, 8, 7, 8]) };
  assertEquals([...layOut(row, [0, 1]).data], [7, 8]); // an expanded tensor
  const none: Tensor = { dtype: "u8", shape: [0, 2], data: new Uint8Array() };
  assertEquals(layOut(none, [1, 7]).data.length, 0);
});
