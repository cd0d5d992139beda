/**
 * The functions of runtime/include/aoti/abi.h for Deno: numbers and buffers alone, so that FFI permission for the
 * library's own path is enough. Used by `run`, and printed into every binding.
 *
 * @module
 */

const status = "i32";

/** Symbols of door 2. */
export const door2 = {
  aoti_abi_version: { parameters: [], result: "u32" },
  aoti_open: { parameters: ["buffer", "i32", "buffer"], result: status },
  aoti_close: { parameters: ["u64"], result: status },
  aoti_describe: { parameters: ["buffer", "u64"], result: "i64" },
  aoti_num_inputs: { parameters: [], result: "i32" },
  aoti_num_outputs: { parameters: [], result: "i32" },
  aoti_num_constants: { parameters: [], result: "i32" },
  aoti_last_error: { parameters: ["u64", "buffer", "u64"], result: "i64" },
  aoti_call_new: { parameters: ["u64", "buffer"], result: status },
  aoti_call_free: { parameters: ["u64"], result: status },
  aoti_call_input: {
    parameters: ["u64", "u32", "buffer", "i32", "i32", "buffer", "buffer"],
    result: status,
  },
  aoti_call_output: { parameters: ["u64", "u32", "buffer", "u64"], result: status },
  aoti_call_threads: { parameters: ["u64", "i32"], result: status },
  aoti_call_run: { parameters: ["u64"], result: status },
  aoti_call_run_async: { name: "aoti_call_run", parameters: ["u64"], result: status, nonblocking: true },
  aoti_call_output_info: { parameters: ["u64", "u32", "buffer"], result: status },
  aoti_call_output_copy: { parameters: ["u64", "u32", "buffer", "u64"], result: status },
  aoti_call_profile: { parameters: ["u64", "buffer", "u64"], result: "i64" },
  aoti_profile: { parameters: ["u64", "i32"], result: status },
  aoti_seed: { parameters: ["u64", "u64"], result: status },
  aoti_constant_name: { parameters: ["u32", "buffer", "u64"], result: "i64" },
  aoti_constant_info: { parameters: ["u32", "buffer"], result: status },
  aoti_set_constant: {
    parameters: ["u64", "buffer", "buffer", "i32", "i32", "buffer", "buffer", "i32"],
    result: status,
  },
  aoti_get_constant: { parameters: ["u64", "buffer", "buffer", "u64", "i32"], result: status },
  aoti_fold_constants: { parameters: ["u64", "i32"], result: status },
  aoti_swap_constants: { parameters: ["u64"], result: status },
} as const satisfies Deno.ForeignLibraryInterface;

/** A library opened by these symbols. */
export type Door2 = Deno.DynamicLibrary<typeof door2>;

/** Version of abi.h that the symbols belong to. */
export const DOOR2_VERSION = 1;
