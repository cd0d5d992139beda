import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fail, ok } from "../../src/base/mod.ts";
import type { Pipeline } from "../../src/pipeline/mod.ts";
import { building, configOf, inProject } from "./rig.ts";

Deno.test("A build ends with a table of models, kernels, sizes and times", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp", "cnn") }, async ({ call }) => {
    const { code, out, err } = await call(["build"], {}, building);
    assertEquals(code, 0);
    assertEquals(
      err,
      "mlp: compile, 4 tasks\nmlp: 4 kernels, 1 cached, 840 ms\n" +
        "cnn: compile, 4 tasks\ncnn: 4 kernels, 1 cached, 840 ms\n",
    );
    assertEquals(
      out,
      `model  kernels  cached  library  weights    time
mlp          4       1    41 KB   1.2 MB  840 ms
cnn          4       1    41 KB   1.2 MB  840 ms
2 models in 1.2 s
`,
    );
  });
});

Deno.test("With --json every line of stdout is a JSON value, the result last", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    const { out, err } = await call(["build", "--json"], {}, building);
    const lines: { type: string }[] = out.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(({ type }) => type), [
      "model-start",
      "stage",
      "task",
      "task",
      "model-done",
      "result",
    ]);
    assertEquals(err, "");
  });
});

Deno.test("On a terminal a model's line is redrawn in place", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    const { err } = await call(["build", "--no-color"], { terminal: true }, building);
    const [first, ...rest] = err.split("\u001b[1A\u001b[J");
    assertEquals(first, "· mlp    0/0\n");
    assertEquals(rest.at(-1), "✓ mlp  4 kernels, 1 cached, 840 ms\n");
  });
});

Deno.test("CI and NO_COLOR leave no escape sequence", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    for (const [name, args] of [["CI", ["build"]], ["NO_COLOR", ["build", "nope"]]] as const) {
      const env = (asked: string) => asked === name ? "1" : undefined;
      const { err } = await call(args, { terminal: true, env }, building);
      assert(!err.includes("\u001b"), err);
    }
  });
});

Deno.test("A failed build says why on stderr and exits with 1", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call, folder }) => {
    const at = { file: `${folder}/aoti.config.ts`, line: 3 };
    const build = () =>
      Promise.resolve(fail({ reason: "x", message: "Cannot build mlp: no", help: "Do it.", at }));
    assertEquals(await call(["build"], {}, { build }), {
      code: 1,
      out: "",
      err: "error: Cannot build mlp: no\n  in aoti.config.ts:3\n  Do it.\n",
    });
  });
});

Deno.test("An interrupted build exits with 130", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    const controller = new AbortController();
    const build = () => {
      controller.abort();
      return Promise.resolve(fail({ reason: "cancelled", message: "cancelled" }));
    };
    assertEquals((await call(["build"], { signal: controller.signal }, { build })).code, 130);
  });
});

Deno.test("A bug is called one and exits with 1", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    const build = () => Promise.reject(new RangeError("oops"));
    const { code, err } = await call(["build"], {}, { build });
    assertEquals(code, 1);
    assertStringIncludes(err, "error: Cannot go on with build: this is a bug in aoti\nRangeError: oops");
  });
});

Deno.test("A missing permission is named with the way to widen it", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    const text = 'Requires write access to "/x", run again with the --allow-write flag';
    const build = () => Promise.reject(new Deno.errors.NotCapable(text));
    assertEquals(await call(["build"], {}, { build }), {
      code: 1,
      out: "",
      err: 'error: Cannot go on with build: Requires write access to "/x"\n' +
        "  `deno task aoti` has wide rights; the permission sets in deno.json are yours to widen.\n",
    });
  });
});

Deno.test("build --model makes a config of one archive, with flags from the command line", async () => {
  await inProject({}, async ({ call }) => {
    const args = [
      "build",
      "--model",
      "a-b.pt2",
      "--out",
      "out",
      "--flag",
      "freezing",
      "--emit",
      "library,package",
    ];
    const { code, out } = await call(args, {}, {
      build(config) {
        const [model] = config.models;
        assertEquals(config.configPath, undefined);
        assertEquals(model?.flags.freezing, true);
        assertEquals(model?.emit, ["library", "package"]);
        assert(config.outDir.endsWith("/out"));
        return building.build(config, { ...none, models: [] }, () => {}, new AbortController().signal);
      },
    });
    assertEquals(code, 0);
    assertStringIncludes(out, "a_b");
  });
});

Deno.test("graph writes beside the builds, and like dump takes a model's name or an archive", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call, folder }) => {
    const asked: string[] = [];
    const pipeline: Partial<Pipeline> = {
      graph: (_, model) => Promise.resolve(ok(`<p>${model}</p>`)),
      dump: (config, { model }) => {
        asked.push(model, config.models[0]!.name);
        return Promise.resolve(ok("text\n"));
      },
    };
    assertEquals(await call(["graph", "mlp"], {}, pipeline), { code: 0, out: "~/dist/mlp.html\n", err: "" });
    assertEquals(Deno.readTextFileSync(`${folder}/dist/mlp.html`), "<p>mlp</p>");
    await call(["graph", "sub/a-b.pt2", "--html=pages/x.html"], {}, pipeline);
    assertEquals(Deno.readTextFileSync(`${folder}/pages/x.html`), "<p>a_b</p>");
    assertEquals((await call(["dump", "sub/a-b.pt2", "--to=graph"], {}, pipeline)).out, "text\n");
    assertEquals(asked, ["a_b", "a_b"]);
    const wrong = await call(["dump", "nlp", "--to=graph"], {}, pipeline);
    assertEquals([wrong.code, wrong.err.split("\n")[0]], [
      2,
      'error: dump: no model is called "nlp"; did you mean "mlp"?',
    ]);
  });
});

const none = { models: [], frozen: false, force: false, dryRun: false, keepGoing: false };

const wrong: readonly (readonly [args: readonly string[], err: string])[] = [
  [["biuld"], 'error: biuld: unknown command; did you mean "build"?\n  `aoti --help` shows its usage.\n'],
  [["--force"], "error: --force: expected a command first\n  `aoti --help` shows its usage.\n"],
  [
    ["build", "nlp"],
    'error: Cannot build "nlp": no model has this name; did you mean "mlp"?\n' +
    "  `aoti build --help` shows its usage.\n",
  ],
  [
    ["build", "--flag", "max_autotun"],
    'error: --flag max_autotun: unknown flag; did you mean "max_autotune"?\n',
  ],
  [
    ["build", "--emit=libary"],
    "error: --emit: expected library, binding, header, package, source, object, " +
    'found "libary"; did you mean "library"?\n',
  ],
  [
    ["build", "--model", "m.pt2"],
    "error: --model: also needs --out DIR\n  `aoti build --help` shows its usage.\n",
  ],
  [["run", "dist/mlp"], "error: run: needs --inputs FILE\n  `aoti run --help` shows its usage.\n"],
  [["verify"], "error: verify: expected DIR, found nothing\n  `aoti verify --help` shows its usage.\n"],
  [
    ["inspect", "a", "b"],
    "error: inspect: expected one FILE.pt2|DIR, found 2\n" +
    "  `aoti inspect --help` shows its usage.\n",
  ],
  [
    ["explain"],
    "error: explain: expected either TASK|KERNEL or --why-rebuilt\n" +
    "  `aoti explain --help` shows its usage.\n",
  ],
  [
    ["dump", "mlp", "--to=pasess"],
    "error: --to: expected one of graph, passes, loops, plan, sources, " +
    'found "pasess"; did you mean "passes"?\n  `aoti dump --help` shows its usage.\n',
  ],
  [
    ["cache", "lss"],
    'error: cache: expected ls, gc, verify or clear, found "lss"; did you mean "ls"?\n' +
    "  `aoti cache --help` shows its usage.\n",
  ],
  [
    ["cache", "gc", "--max-age=3x"],
    'error: --max-age: expected an age such as 30d, found "3x"\n' +
    "  `aoti cache --help` shows its usage.\n",
  ],
];

for (const [args, err] of wrong) {
  Deno.test(`aoti ${args.join(" ")}: exits with 2 and says what was expected`, async () => {
    await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
      assertEquals(await call(args), { code: 2, out: "", err });
    });
  });
}

Deno.test("Options of every command may stand before the command", async () => {
  await inProject({ "x/my.ts": configOf("mlp") }, async ({ call }) => {
    const { code, out } = await call(["--config", "x/my.ts", "-j", "3", "build", "mlp"], {}, {
      build(config, options, tell, signal) {
        assertEquals(config.jobs, 3);
        return building.build(config, options, tell, signal);
      },
    });
    assertEquals([code, out.includes("mlp")], [0, true]);
  });
});

Deno.test("Every command has help that names its options, and help exits with 0", async () => {
  await inProject({}, async ({ call }) => {
    const general = await call(["--help"]);
    assertEquals(general.code, 0);
    for (const [, name] of general.out.matchAll(/^ {2}([a-z]+) /gm)) {
      const { code, out } = await call([name!, "--help"]);
      assertEquals(code, 0);
      assertStringIncludes(out, `aoti ${name}`);
      assertStringIncludes(out, "--cache-dir DIR");
      assertEquals(await call(["help", name!]), { code, out, err: "" });
    }
    assertEquals((await call([])).code, 2);
  });
});

Deno.test("verify passes only when every case does, and --json without a file goes to stdout", async () => {
  await inProject({}, async ({ call }) => {
    const found = { folder: "ops/add", id: "f32", status: "pass" } as const;
    const report = { totals: { ops: { pass: 1, fail: 0, unsupported: 0, error: 0 } }, cases: [found] };
    const bad = { ...report, cases: [{ ...found, status: "fail" as const }] };
    const call1 = await call(["verify", "ops", "--json"], {}, { verify: () => Promise.resolve(ok(report)) });
    assertEquals([call1.code, JSON.parse(call1.out)], [0, report]);
    const call2 = await call(["verify", "ops"], {}, { verify: () => Promise.resolve(ok(bad)) });
    assertEquals(call2.code, 1);
    assertEquals(
      call2.out,
      "group  pass  fail  unsupported  error\nops       1     0            0      0\n" +
        "1 case, 0 with other strides than PyTorch's\n",
    );
  });
});
