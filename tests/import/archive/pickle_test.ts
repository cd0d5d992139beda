import { assertEquals, assertThrows } from "@std/assert";
import type { Unreadable } from "../../../src/import/archive/errors.ts";
import { unpickle } from "../../../src/import/archive/pickle.ts";

/** A pickle out of text and bytes, behind the mark of protocol 2. */
function pickle(...parts: (string | number)[]): Uint8Array {
  const bytes = parts.flatMap((
    part,
  ) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)]));
  return new Uint8Array([0x80, 2, ...bytes]);
}

/** Why a pickle is refused. */
function refusal(bytes: Uint8Array): { reason: string; found: string } {
  const { reason, found } = assertThrows(() => unpickle(bytes)) as Unreadable;
  return { reason, found };
}

Deno.test("numbers, text and containers come out as they went in", () => {
  const value = unpickle(
    pickle(
      "(K",
      1,
      "M",
      0,
      1,
      "J",
      255,
      255,
      255,
      255,
      0x8a,
      2,
      0,
      0xff,
      "NX",
      2,
      0,
      0,
      0,
      "hi",
      0x88,
      "]t.",
    ),
  );
  const items = [1, 256, -1, -256, null, "hi", true, { kind: "list", items: [] }];
  assertEquals<unknown>(value, { kind: "tuple", items });
});

Deno.test("a value that was remembered is the same value", () => {
  assertEquals<unknown>(unpickle(pickle("]q", 5, "h", 5, 0x86, ".")), {
    kind: "tuple",
    items: [{ kind: "list", items: [] }, { kind: "list", items: [] }],
  });
});

Deno.test("os.system is refused by name and never looked up", () => {
  assertEquals(refusal(pickle("cos\nsystem\nX", 2, 0, 0, 0, "id", 0x85, "R.")), {
    reason: "hostile-pickle",
    found: 'a pickle that names "os.system"',
  });
});

for (
  const name of ["builtins eval", "torch load", "torch.serialization load", "posix system", "torch __class__"]
) {
  Deno.test(`the global ${name} is hostile`, () => {
    assertEquals(refusal(pickle(`c${name.replace(" ", "\n")}\n.`)).reason, "hostile-pickle");
  });
}

Deno.test("sparse and quantised tensors are unsupported rather than hostile", () => {
  assertEquals(refusal(pickle("ctorch._utils\n_rebuild_sparse_tensor\n.")).reason, "unsupported-tensor");
});

// INST, OBJ, NEWOBJ, EXT1, STACK_GLOBAL, FRAME, BINBYTES, GET, PERSID: ways round GLOBAL, or not needed
for (const code of [0x69, 0x6f, 0x81, 0x82, 0x93, 0x95, 0x42, 0x67, 0x50]) {
  Deno.test(`instruction 0x${code.toString(16)} is hostile`, () => {
    assertEquals(refusal(pickle("N", code)).reason, "hostile-pickle");
  });
}

Deno.test("broken pickles are refused", () => {
  const broken = [
    "",
    ".",
    "N",
    "NN.",
    "(.",
    "t.",
    "h\x01.",
    "R.",
    "NNR.",
    "K",
    "X\x05\0\0\0ab.",
    "Ns.",
    "Na.",
    "(Nu.",
    "NQ.",
    "Nb.",
  ];
  for (const text of broken) assertThrows(() => unpickle(pickle(text)));
  assertThrows(() => unpickle(new Uint8Array([0x80, 4, 0x4e, 0x2e])));
});

const storage = "((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0" + "0X\x03\0\0\0cpuK\x01tQK\0))\x89Nt";
const rebuild = (cls: string) =>
  `ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nc${cls}\n${storage}}tR.`;
const latin1 = (text: string) => new Uint8Array([0x80, 2, ...[...text].map((c) => c.charCodeAt(0))]);

Deno.test("a tensor with attributes is the plain tensor, a parameter stays one", () => {
  for (
    const [cls, isParameter] of [["torch\nTensor", false], ["torch.nn.parameter\nParameter", true]] as const
  ) {
    const value = unpickle(latin1(rebuild(cls))) as { kind: string; isParameter: boolean };
    assertEquals([value.kind, value.isParameter], ["tensor", isParameter]);
  }
});

Deno.test("a tensor of a class of its own is refused", () => {
  assertEquals(refusal(latin1(rebuild("nets.quant\nMyTensor"))).reason, "hostile-pickle");
  assertEquals(refusal(latin1(rebuild("torch\nSize"))).reason, "unsupported-tensor");
});
