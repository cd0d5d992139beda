import { assertEquals } from "@std/assert";
import { printDiagnostic } from "../../src/base/mod.ts";
import { locator } from "../../src/config/locate.ts";
import { resolveConfig } from "../../src/config/resolve.ts";

const around = { cwd: "/project", cores: 4, env: () => undefined };
const source = { kind: "exported", path: "m.pt2" };

/** Everything that is wrong with a config, one text per problem. */
function problems(value: unknown, text?: string): readonly string[] {
  const file = text === undefined ? undefined : "/project/aoti.config.ts";
  const result = resolveConfig(value, { root: "/project", locate: locator(file, text) }, {}, around);
  return result.ok ? [] : result.diagnostics.map(printDiagnostic);
}

/** Problems of a config with one model `m`. */
const ofModel = (model: object) => problems({ models: { m: { source, ...model } } });

const graph = { kind: "graph", build: () => {} };
const dim = (name: string, min: number, max?: number) => ({ kind: "dim", name, min, max });

const cases: readonly (readonly [what: string, found: readonly string[], expected: readonly string[]])[] = [
  ["a config without mistakes", ofModel({}), []],
  ["a graph model", problems({ models: { m: { source: graph } } }), []],
  ["a misspelt key", problems({ outDri: "d", models: { m: { source } } }), [
    'outDri: unknown key; did you mean "outDir"?',
  ]],
  ["a key that resembles nothing", problems({ colour: 1, models: { m: { source } } }), [
    "colour: unknown key\n  Known keys: outDir, cacheDir, cacheLimit, jobs, tune, compiler, libtorch, models, packages.",
  ]],
  ["a package of models", problems({ models: { m: { source } }, packages: { all: ["m", "m"] } }), []],
  [
    "a package of a model that is not there",
    problems({ models: { m: { source } }, packages: { all: ["n"] } }),
    [
      'packages.all: there is no model "n"\n  Models are m.',
    ],
  ],
  ["a misspelt flag", ofModel({ flags: { max_autotun: true } }), [
    'models.m.flags.max_autotun: unknown flag; did you mean "max_autotune"?',
  ]],
  ["a flag that resembles nothing", ofModel({ flags: { bananas: 1 } }), [
    "models.m.flags.bananas: unknown flag\n  `aoti build --help` lists all flags.",
  ]],
  ["a text where a switch is wanted", ofModel({ flags: { freezing: "yes" } }), [
    'models.m.flags.freezing: expected true or false, found "yes"',
  ]],
  ["a number out of range", ofModel({ flags: { multi_kernel: 9 } }), [
    "models.m.flags.multi_kernel: expected a number of at most 3, found 9",
  ]],
  ["a misspelt choice in a list", ofModel({ flags: { target: ["x86-64-v5"] } }), [
    'models.m.flags.target[0]: expected one of "native", "x86-64-v4", "x86-64-v3", "x86-64-v2", "aarch64", ' +
    'found "x86-64-v5"; did you mean "x86-64-v2"?',
  ]],
  ["a misspelt output", ofModel({ emit: ["libary"] }), [
    'models.m.emit[0]: expected one of "library", "binding", "header", "package", "source", "object", ' +
    'found "libary"; did you mean "library"?',
  ]],
  ["an unknown device", ofModel({ device: "gpu" }), [
    'models.m.device: expected "cpu", "cuda" or { type: "cuda", arch: ["sm_80"] }, found "gpu"; did you mean "cpu"?',
  ]],
  ["a misspelt architecture", ofModel({ device: { type: "cuda", arch: ["80"] } }), [
    'models.m.device.arch[0]: expected an architecture such as "sm_80", found "80"',
  ]],
  ["a path without exported()", ofModel({ source: "m.pt2" }), [
    'models.m.source: expected exported("model.pt2") or graph((builder) => …), found "m.pt2"',
  ]],
  ["a missing source", problems({ models: { m: {} } }), [
    'models.m.source: missing; expected exported("model.pt2") or graph((builder) => …)',
  ]],
  ["no models", problems({}), [
    'models: missing; expected an object of models by name: { mlp: { source: exported("mlp.pt2") } }',
  ]],
  ["an empty object of models", problems({ models: {} }), ["models: expected at least one model"]],
  ["a number where a dim is wanted", ofModel({ dynamic: { x: { 0: 3 } } }), [
    'models.m.dynamic.x[0]: expected a dimension made by dim("name", { min: 1, max: 64 }), found 3',
  ]],
  ["a negative axis", ofModel({ dynamic: { x: { "-1": dim("b", 1) } } }), [
    'models.m.dynamic.x["-1"]: expected an axis: 0, 1, 2, …, found "-1"',
  ]],
  ["a dim without values", ofModel({ dynamic: { x: { 0: dim("b", 5, 4) } } }), [
    'models.m.dynamic.x[0]: dim "b" has no values: min 5 is above max 4',
  ]],
  ["one dim with two ranges", ofModel({ dynamic: { x: { 0: dim("b", 1, 4) }, y: { 1: dim("b", 1) } } }), [
    'models.m.dynamic.y[1]: dim "b" is 1.. here and 1..4 at x[0]',
  ]],
  ["an operator without a namespace", ofModel({ ops: { foo: "foo.c" } }), [
    'models.m.ops.foo: expected the name of an operator: "ns::name", found "foo"',
  ]],
  ["a model name with a hyphen", problems({ models: { "my-mlp": { source } } }), [
    'models["my-mlp"]: a model\'s name becomes a file and an identifier: expected letters, digits and _, ' +
    "not starting with a digit",
  ]],
  ["a reserved word as a name", problems({ models: { class: { source } } }), [
    "models.class: a model's name becomes an identifier, and this is a reserved word",
  ]],
  ["a name that Windows keeps", problems({ models: { aux: { source } } }), [
    "models.aux: a model's name becomes a file, and Windows keeps this name for a device",
  ]],
  ["names that differ in case", problems({ models: { mlp: { source }, MLP: { source } } }), [
    "models.MLP: another model's name differs only in case, and both would share a folder",
  ]],
  ["a cuda flag on a cpu model", ofModel({ flags: { store_cubin: true } }), [
    'models.m.flags.store_cubin: only device "cuda" has this flag, and the model is built for "cpu"\n' +
    '  Leave out store_cubin, or set device: "cuda".',
  ]],
  [
    "tuning that is switched off",
    problems({ tune: "off", models: { m: { source, flags: { max_autotune: true } } } }),
    [
      'models.m.flags.max_autotune: nothing is measured with tune "off"\n' +
      '  Use tune "cached" or "full", or leave out max_autotune.',
    ],
  ],
  ["tuning of a debug build", ofModel({ flags: { max_autotune: true, debug_compile: true } }), [
    "models.m.flags.max_autotune: debug_compile builds without optimisation, so measuring its kernels says nothing\n" +
    "  Leave out one of the two.",
  ]],
  [
    "a package of a torch extension",
    ofModel({ flags: { abi_compatible: false }, emit: ["library", "package"] }),
    [
      'models.m.emit: "package" holds a library for any host, which abi_compatible: false does not make\n' +
      '  Leave out "package", or abi_compatible: false.',
    ],
  ],
  ["a binding of a torch extension", ofModel({ flags: { abi_compatible: false } }), [
    'models.m.emit: "binding" opens a library by its C door, which abi_compatible: false does not make\n' +
    '  Use emit: ["library", "header"], or leave out abi_compatible: false.',
  ]],
  [
    "what the runtime would show of a torch extension",
    ofModel({ flags: { abi_compatible: false, profile_bandwidth: true }, emit: ["library"] }),
    [
      "models.m.flags.abi_compatible: the values and bandwidths of kernels are shown by the runtime, which " +
      "abi_compatible: false leaves out\n" +
      "  Leave out debug_intermediate_value_printer and profile_bandwidth: PyTorch's own profiler sees each kernel.",
    ],
  ],
  ["a binding without its library", ofModel({ emit: ["binding"] }), [
    'models.m.emit: "binding" opens the library, which is not written\n  Add "library" to emit.',
  ]],
  ["two architectures in one library", ofModel({ flags: { target: ["x86-64-v3", "aarch64"] } }), [
    "models.m.flags.target: one library cannot hold both x86-64 and aarch64\n" +
    "  Make two models of the same source, one for each architecture.",
  ]],
];

for (const [what, found, expected] of cases) {
  Deno.test(`resolveConfig() says about ${what}: ${expected[0]?.split(/[:\n]/)[0] ?? "nothing"}`, () => {
    assertEquals(found, expected);
  });
}

Deno.test("resolveConfig() reports the problems of all models at once", () => {
  const found = problems({ models: { a: { source, flags: { x: 1 } }, b: {}, "c-d": { source, emit: [] } } });
  assertEquals(found.map((text) => text.split(": ")[0]), [
    "models.a.flags.x",
    "models.b.source",
    'models["c-d"].emit',
    'models["c-d"]',
  ]);
});

Deno.test("A problem names the line of the key, past comments and equal keys of other models", () => {
  const text = `export default {
  // models: { b: { flags: 1 } }
  models: {
    a: { source, flags: { freezing: true } },
    b: {
      source,
      flags: { freezin: true },
    },
  },
};`;
  const value = {
    models: { a: { source, flags: { freezing: true } }, b: { source, flags: { freezin: true } } },
  };
  assertEquals(problems(value, text), [
    'models.b.flags.freezin: unknown flag; did you mean "freezing"?\n  in /project/aoti.config.ts:7:16',
  ]);
});
