/**
 * Settings that cannot hold together, one row each.
 *
 * @module
 */
import { flagNames, flagRows } from "./flags.ts";
import type { ConfigPath } from "./messages.ts";
import type { ResolvedModel, TuneMode } from "./resolved.ts";

/** A contradiction in one model: where, why, and the way out. */
export interface Contradiction {
  /** Below the model. */
  readonly path: ConfigPath;
  readonly text: string;
  readonly help: string;
}

interface Row extends Contradiction {
  readonly when: (model: ResolvedModel, tune: TuneMode) => boolean;
}

const rows: readonly Row[] = [
  {
    when: ({ flags }, tune) => flags.max_autotune && tune === "off",
    path: ["flags", "max_autotune"],
    text: 'nothing is measured with tune "off"',
    help: 'Use tune "cached" or "full", or leave out max_autotune.',
  },
  {
    when: ({ flags }) => flags.max_autotune && flags.debug_compile,
    path: ["flags", "max_autotune"],
    text: "debug_compile builds without optimisation, so measuring its kernels says nothing",
    help: "Leave out one of the two.",
  },
  {
    when: ({ flags, emit }) => emit.includes("package") && !flags.abi_compatible,
    path: ["emit"],
    text: '"package" holds a library for any host, which abi_compatible: false does not make',
    help: 'Leave out "package", or abi_compatible: false.',
  },
  {
    when: ({ flags, emit }) => emit.includes("binding") && !flags.abi_compatible,
    path: ["emit"],
    text: '"binding" opens a library by its C door, which abi_compatible: false does not make',
    help: 'Use emit: ["library", "header"], or leave out abi_compatible: false.',
  },
  {
    when: ({ flags }) =>
      !flags.abi_compatible && (flags.debug_intermediate_value_printer > 0 || flags.profile_bandwidth),
    path: ["flags", "abi_compatible"],
    text:
      "the values and bandwidths of kernels are shown by the runtime, which abi_compatible: false leaves out",
    help:
      "Leave out debug_intermediate_value_printer and profile_bandwidth: PyTorch's own profiler sees each kernel.",
  },
  {
    when: ({ emit }) => emit.includes("binding") && !emit.includes("library"),
    path: ["emit"],
    text: '"binding" opens the library, which is not written',
    help: 'Add "library" to emit.',
  },
  {
    when: ({ target }) => target.includes("aarch64") && target.some((name) => name.startsWith("x86")),
    path: ["flags", "target"],
    text: "one library cannot hold both x86-64 and aarch64",
    help: "Make two models of the same source, one for each architecture.",
  },
];

/** Everything in a model that contradicts itself. */
export function contradictions(model: ResolvedModel, tune: TuneMode): readonly Contradiction[] {
  return [...flagsOfOtherDevices(model), ...rows.filter((row) => row.when(model, tune))];
}

function flagsOfOtherDevices(model: ResolvedModel): readonly Contradiction[] {
  return flagNames.flatMap((name) => {
    const { device, default: preset } = flagRows[name];
    if (device === undefined || device === model.device.type || model.flags[name] === preset) return [];
    return [{
      path: ["flags", name],
      text: `only device "${device}" has this flag, and the model is built for "${model.device.type}"`,
      help: `Leave out ${name}, or set device: "${device}".`,
    }];
  });
}
