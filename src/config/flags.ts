/**
 * Every flag is one row: what it may be, what it is by default, what it does, which task keys it belongs to.
 * Names are those of PyTorch's inductor config where one exists. The schema, the documentation, the command
 * line and the per-stage projections are all read from these rows.
 *
 * @module
 */
import { z } from "zod";
import { cpuLevels } from "../base/mod.ts";
import { type FlagStage, flagStages } from "./stage.ts";

interface Row<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  readonly default: z.output<T>;
  /** One sentence for `--help`, the JSON Schema and the reference. */
  readonly doc: string;
  /** Stages whose tasks read the flag: it is part of exactly their keys. */
  readonly affects: readonly FlagStage[];
  /** Set where the flag means nothing on other devices; a non-default value there is an error. */
  readonly device?: "cpu" | "cuda";
  /**
   * Set where another value than the default does not do yet what the sentence says, and is refused.
   */
  readonly yet?: "refused";
}

function flag<T extends z.ZodType>(
  schema: T,
  preset: z.output<T>,
  doc: string,
  affects: readonly FlagStage[],
  more: Pick<Row, "device" | "yet"> = {},
): Row<T> {
  return { schema, default: preset, doc, affects, ...more };
}

const refused = { yet: "refused" } as const;

const yesNo = z.boolean();

/** What `target` may name: the build machine's own CPU, or a level. */
const targetNames = ["native", ...cpuLevels] as const;
/** One of these names. */
export type TargetName = (typeof targetNames)[number];

// deno-fmt-ignore: one flag, two lines
const rows = {
  // What is built
  target: flag(z.union([z.enum(targetNames), z.array(z.enum(targetNames)).min(1)]), "native",
    "CPU to build for: `native`, or a level. A list of several levels in one library is refused so far.", ["schedule", "tune", "codegen", "compile"]),
  threads: flag(z.int().min(0).max(1024), 0,
    "Threads of a run unless the host says otherwise; 0 is one for each core of the machine that runs it.", ["codegen"]),
  precision: flag(z.enum(["strict", "torch", "fast"]), "torch",
    "Accuracy of kernels: `torch` (PyTorch's tolerances), `strict` (convolutions as direct sums, without Winograd's tiles); `fast` does what `torch` does.", ["tune", "codegen"]),
  abi_compatible: flag(yesNo, true,
    "One library for any host, without libtorch; false wraps the same kernels in C++ as a torch extension on `at::Tensor`, which needs a libtorch to build and PyTorch to run.", ["codegen", "compile", "package"]),
  package_constants_in_so: flag(yesNo, false,
    "Puts the weights inside the library instead of `weights.bin` beside it.", ["codegen", "compile", "package"]),
  package_layout: flag(z.enum(["auto", "flat", "rooted", "both"]), "auto",
    "How a `.pt2` names its members: `flat` (all releases of PyTorch, new ones warn), `rooted` (2.8 and newer), `both` (all, no warnings, everything is in it twice); `auto` is both up to 16 MiB, flat beyond.", ["package"]),
  store_cubin: flag(yesNo, false,
    "Leaves CUDA kernels as `kernels/*.cubin` files instead of embedding them in the library; device `cuda` is refused so far.", ["codegen", "package"], { device: "cuda" }),

  implicit_fallbacks: flag(yesNo, false,
    "Leaves aten operators that nothing is declared for to the host: such a library runs in PyTorch, or with functions registered for them.", ["import"]),

  // What is done to the graph
  freezing: flag(yesNo, false,
    "Folds what depends only on weights, and scales after products (batch norms) into the weights, when they are loaded; updates stay possible and fold again.", ["passes"]),
  use_runtime_constant_folding: flag(yesNo, false,
    "Computes what depends only on weights when they are loaded, updated or swapped, instead of in every run.", ["passes", "codegen"]),
  layout_optimization: flag(yesNo, true,
    "Lays images around depthwise convolutions out with channels last; other products and convolutions read operands of any layout through packing.", ["schedule"]),
  comprehensive_padding: flag(yesNo, true,
    "PyTorch's name, without effect, as there on a CPU: rows of any length are read by masked loads, and lines that are packed start in different sets of the cache.", ["passes"]),
  keep_output_stride: flag(yesNo, true,
    "Gives outputs the strides that eager PyTorch gives them.", ["passes"]),
  emulate_precision_casts: flag(yesNo, false,
    "Rounds to the narrow type after every operation, as eager PyTorch does; always so here, whatever the value.", ["passes"]),
  fallback_random: flag(yesNo, false,
    "Takes random numbers from the host's PyTorch, so that they equal eager's for the same seed.", ["passes"], refused),

  // How kernels are formed and memory is planned
  epilogue_fusion: flag(yesNo, true,
    "Fuses pointwise consumers into matrix products and convolutions.", ["schedule"]),
  combo_kernels: flag(yesNo, false,
    "PyTorch's name, without effect, as there on a CPU: a launch costs some nanoseconds, so small kernels are not joined side by side.", ["schedule"]),
  allow_buffer_reuse: flag(yesNo, true,
    "Lets buffers whose lives do not overlap share a place in the arena.", ["schedule"]),
  inplace_buffers: flag(yesNo, true,
    "Lets a kernel write its result over an operand that nobody reads afterwards.", ["schedule"]),
  memory_planning: flag(yesNo, true,
    "Places all intermediates in one arena planned at build time; false allocates each on its own in every run, for tools that watch memory.", ["schedule"]),
  unbacked_symint_fallback: flag(z.int().min(0), 8192,
    "PyTorch's name, without effect: kernels are chosen for any size of a dimension that is known only in mid-run, and none is tuned for an assumed one.", ["schedule", "tune"]),
  multi_kernel: flag(z.int().min(0).max(3), 0,
    "PyTorch's name, without effect: a reduction has one form, whose loops fit any size, so there are no variants to choose from at run time.", ["schedule", "codegen"]),
  max_autotune: flag(yesNo, false,
    "Measures ways to compute matrix products, convolutions and attention on the build machine instead of trusting the cost model; choices go to `aoti.lock`.", ["tune"]),

  // What a build checks and shows at run time
  size_asserts: flag(yesNo, true,
    "Checks sizes and strides of what fallback operators return; always so here, whatever the value.", ["codegen"]),
  nan_asserts: flag(yesNo, false,
    "Fails a run whose inputs or outputs hold nan or infinity, and says which.", ["codegen"]),
  debug_check_inf_and_nan: flag(yesNo, false,
    "Fails a run at the first kernel that makes a nan or infinity, and names buffer, operator and source line.", ["codegen"]),
  debug_compile: flag(yesNo, false,
    "Builds without optimisation and with debug information; run-time checks are on in every build.", ["codegen", "compile"]),
  debug_intermediate_value_printer: flag(z.int().min(0).max(3), 0,
    "Shows intermediates: 0 off, 1 saves them as .npy files in the folder `AOTI_VALUES`, 2 prints statistics, 3 prints kernel names.", ["codegen"]),
  profiler_mark_wrapper_call: flag(yesNo, false,
    "Marks every run as a range of PyTorch's profiler, named after the model, where the host is PyTorch 2.9 or newer.", ["codegen"]),
  enable_kernel_profile: flag(yesNo, false,
    "Marks every kernel as a range of PyTorch's profiler, named after its operators, where the host is PyTorch 2.9 or newer, and keeps names of functions in the library for other profilers.", ["codegen"]),
  profile_bandwidth: flag(yesNo, false,
    "Prints bytes per second of every kernel when the library is closed.", ["codegen"]),
} satisfies Record<string, Row>;

/** Name of a flag. */
export type FlagName = keyof typeof rows;

/** A value for every flag. */
export type Flags = { readonly [K in FlagName]: z.output<(typeof rows)[K]["schema"]> };

/** The rows by name. */
export const flagRows: Readonly<Record<FlagName, Row>> = rows;

/** All names, in the order of the table. */
export const flagNames = Object.keys(rows) as readonly FlagName[];

/** The value of every flag that a config does not mention. */
export const defaultFlags = Object.freeze(
  Object.fromEntries(flagNames.map((name) => [name, rows[name].default])),
) as unknown as Flags;

/** Flags with a value that cannot be built with yet. */
export function flagsNotYet(flags: Flags): readonly FlagName[] {
  return flagNames.filter((name) => {
    return flagRows[name].yet === "refused" &&
      JSON.stringify(flags[name]) !== JSON.stringify(rows[name].default);
  });
}

/** Flags in the task keys of one stage, sorted by name: a change elsewhere leaves that stage's keys alone. */
export function projectFlags(flags: Flags, stage: FlagStage): Readonly<Partial<Flags>> {
  const names = flagNames.filter((name) => flagRows[name].affects.includes(stage)).sort();
  return Object.freeze(Object.fromEntries(names.map((name) => [name, flags[name]])));
}

export { type FlagStage, flagStages };
