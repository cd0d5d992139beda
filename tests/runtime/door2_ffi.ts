/**
 * Door 2 from Deno with --allow-ffi for one library and no other permission:
 * `deno run --allow-ffi=LIBRARY door2_ffi.ts LIBRARY`. Numbers and buffers are all it takes.
 */
const status = "i32";
const lib = Deno.dlopen(Deno.args[0]!, {
  aoti_abi_version: { parameters: [], result: "u32" },
  aoti_open: { parameters: ["buffer", "i32", "buffer"], result: status },
  aoti_close: { parameters: ["u64"], result: status },
  aoti_describe: { parameters: ["buffer", "u64"], result: "i64" },
  aoti_last_error: { parameters: ["u64", "buffer", "u64"], result: "i64" },
  aoti_call_new: { parameters: ["u64", "buffer"], result: status },
  aoti_call_free: { parameters: ["u64"], result: status },
  aoti_call_input: {
    parameters: ["u64", "u32", "buffer", "i32", "i32", "buffer", "buffer"],
    result: status,
  },
  aoti_call_output: { parameters: ["u64", "u32", "buffer", "u64"], result: status },
  aoti_call_run: { parameters: ["u64"], result: status, nonblocking: true },
  aoti_call_output_info: { parameters: ["u64", "u32", "buffer"], result: status },
  aoti_call_output_copy: { parameters: ["u64", "u32", "buffer", "u64"], result: status },
}).symbols;

const text = (read: (buffer: Uint8Array<ArrayBuffer> | null, bytes: bigint) => bigint) => {
  const length = Number(read(null, 0n));
  const buffer = new Uint8Array(length + 1);
  read(buffer, BigInt(length + 1));
  return new TextDecoder().decode(buffer.subarray(0, length));
};
const handle = (make: (out: BigUint64Array<ArrayBuffer>) => number) => {
  const out = new BigUint64Array(1);
  if (make(out)) throw new Error(text((b, n) => lib.aoti_last_error(0n, b, n)));
  return out[0]!;
};
const check = (ok: boolean, what: string) => {
  if (!ok) throw new Error(`not so: ${what}`);
};

check(lib.aoti_abi_version() === 1, "version");
check(JSON.parse(text((b, n) => lib.aoti_describe(b, n))).name === "linear", "description");
const model = handle((out) => lib.aoti_open(null, 2, out));

const [batch, k, n] = [6, 64, 32];
const x = new Float32Array(batch * k).fill(1);
const y = new Float32Array(batch * n);
const calls = [0, 1, 2].map(() => handle((out) => lib.aoti_call_new(model, out)));
for (const call of calls) {
  check(
    lib.aoti_call_input(call, 0, x, 6, 2, new BigInt64Array([BigInt(batch), BigInt(k)]), null) === 0,
    "bind",
  );
}
check(lib.aoti_call_output(calls[0]!, 0, y, BigInt(y.byteLength)) === 0, "bind output");
check((await Promise.all(calls.map((call) => lib.aoti_call_run(call)))).every((s) => s === 0), "runs");

const info = new BigInt64Array(36);
check(
  lib.aoti_call_output_info(calls[0]!, 0, info) === 0 && info[3] === 1n && info[4] === 6n && info[5] === 32n,
  "info",
);
const copy = new Float32Array(batch * n);
check(lib.aoti_call_output_copy(calls[1]!, 0, copy, BigInt(copy.byteLength)) === 0, "copy");
check(copy.every((value, i) => value === y[i]) && y.some((value) => value > 0), "same results");

check(lib.aoti_call_input(calls[2]!, 0, x, 6, 2, new BigInt64Array([6n, 63n]), null) === 0, "bind wrong");
check(await lib.aoti_call_run(calls[2]!) === 1, "refused");
console.log(text((b, n) => lib.aoti_last_error(calls[2]!, b, n)));
for (const call of calls) check(lib.aoti_call_free(call) === 0, "free");
check(lib.aoti_close(model) === 0, "close");
console.log("ok");
