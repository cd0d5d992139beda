import { assert, assertEquals, assertThrows } from "@std/assert";
import { dim, exported, flagNames, flagRows, flagsFor, flagStages, graph } from "../../src/config/mod.ts";
import { type Overrides, resolveConfig, type Surroundings } from "../../src/config/resolve.ts";

const place: Surroundings = { cwd: "/elsewhere", cores: 4, env: () => undefined };

function resolved(value: unknown, overrides: Overrides = {}, around: Surroundings = place) {
  const origin = { configPath: "/project/aoti.config.ts", root: "/project", locate: () => ({}) };
  const result = resolveConfig(value, origin, overrides, around);
  assert(result.ok);
  return result.value;
}

const mlp = { source: exported("models/mlp.pt2") };

Deno.test("A config that says nothing gets every default", () => {
  const config = resolved({ models: { mlp } });
  const [model] = config.models;
  assertEquals({ ...config, models: [] }, {
    configPath: "/project/aoti.config.ts",
    lockPath: "/project/aoti.lock",
    root: "/project",
    outDir: "/project/dist",
    cacheDir: "/project/.aoti/cache",
    jobs: 4,
    tune: "full",
    cacheLimit: 10737418240,
    packages: {},
    models: [],
  });
  assertEquals({ ...model, flags: {} }, {
    name: "mlp",
    source: { kind: "exported", path: "/project/models/mlp.pt2" },
    device: { type: "cpu" },
    target: ["native"],
    dynamic: {},
    flags: {},
    emit: ["library", "binding", "header"],
    ops: {},
  });
  assert(flagNames.every((name) => model!.flags[name] === flagRows[name].default));
});

Deno.test("The command line wins over the environment, which wins over the file", () => {
  const value = { cacheDir: "file", outDir: "file", models: { mlp } };
  const around = { ...place, env: (name: string) => name === "AOTI_CACHE_DIR" ? "env" : undefined };
  assertEquals(resolved(value).cacheDir, "/project/file");
  assertEquals(resolved(value, {}, around).cacheDir, "/elsewhere/env");
  assertEquals(resolved(value, { cacheDir: "line" }, around).cacheDir, "/elsewhere/line");
  assertEquals(resolved(value, { outDir: "line" }).outDir, "/elsewhere/line");
});

Deno.test("Emit, targets and dims come out in one order, without repetition", () => {
  const batch = dim("batch", { min: 1, max: 64 });
  const flags = { target: ["x86-64-v4", "native", "x86-64-v4"] };
  const emit = ["header", "library", "header"];
  const [model] = resolved({ models: { m: { ...mlp, flags, emit, dynamic: { x: { 0: batch } } } } }).models;
  assertEquals(model!.emit, ["library", "header"]);
  assertEquals(model!.target, ["x86-64-v4", "native"]);
  assertEquals(model!.dynamic, { x: { 0: { kind: "dim", name: "batch", min: 1, max: 64 } } });
});

Deno.test("graph() keeps the very function, and the resolved config is frozen to the leaves", () => {
  const build = () => {};
  const config = resolved({ models: { gate: { source: graph(build) } } });
  const source = config.models[0]!.source;
  assert(source.kind === "graph" && source.build === build);
  assertThrows(() => Object.assign(config.models[0]!.flags, { freezing: true }));
});

Deno.test("flagsFor() gives each stage its own flags, sorted, and a flag changes only the stages it names", () => {
  const plain = resolved({ models: { mlp } }).models[0]!;
  const padded = resolved({ models: { mlp: { ...mlp, flags: { combo_kernels: true } } } }).models[0]!;
  for (const stage of flagStages) {
    const names = Object.keys(flagsFor(plain, stage));
    assertEquals(names, [...names].sort());
    const changed = JSON.stringify(flagsFor(plain, stage)) !== JSON.stringify(flagsFor(padded, stage));
    assertEquals(changed, stage === "schedule", stage);
  }
});

Deno.test("Every flag has a sentence, a default that fits its schema, and a stage", () => {
  for (const name of flagNames) {
    const { doc, schema, default: preset, affects } = flagRows[name];
    assert(/^[A-Z].*\.$/.test(doc), name);
    assert(schema.safeParse(preset).success, name);
    assert(affects.length > 0, name);
  }
});
