import { assertEquals } from "@std/assert";
import { describeArchive } from "../../../src/import/archive/mod.ts";
import { fixture, readGood } from "./rig.ts";

Deno.test("a description shows layout, calls, dims, mutations, weights and operators", async () => {
  const { text } = describeArchive({ ...await readGood(fixture("dyn_2_6")), path: "dyn.pt2" });
  assertEquals(
    text,
    `dyn.pt2: legacy layout, schema 8.2, torch 2.6.0+debian
program model (TRAINING)
  inputs:
    x: f32[s0, 6]
    n: 3
  outputs:
    output0: f32[Mul(2, s0), 3]
    output1: int Add(s0, 1)
    output2.0: f32[]
    output2.1: None
    output3.k: f32[s0]
    output3.f: 1.5
    output3.s: "str"
    output3.t: 7
  dims:
    2 <= s0 <= 64
  weights: 0 tensors, 0 elements, 0 bytes
  constants: 0 tensors, 0 elements, 0 bytes
  operators (6 nodes):
    1 × _operator.add
    1 × _operator.mul
    1 × torch.ops.aten.new_zeros.default
    1 × torch.ops.aten.reshape.default
    1 × torch.ops.aten.sum.default
    1 × torch.ops.aten.sym_size.int`,
  );
});

Deno.test("tied weights are counted by name, their bytes once", async () => {
  const { json } = describeArchive(await readGood(fixture("tied_2_6")));
  assertEquals(json.programs[0]?.weights, { count: 15, elements: 80, bytes: 187 });
  JSON.stringify(json); // nothing in it that JSON cannot hold
});

Deno.test("mutated buffers and inputs are listed", async () => {
  for (const name of ["mutdec_2_6", "mutdec_2_13"]) {
    const { json } = describeArchive(await readGood(fixture(name)));
    assertEquals(json.programs[0]?.mutated, ["buffer c", "input st"]);
  }
});
