import { assertEquals, assertStringIncludes } from "@std/assert";
import { building, configOf, inProject } from "./rig.ts";

/** Runs the tool as a process of its own, with one of the permission sets of deno.json. */
async function tool(set: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", `-P=${set}`, "--no-prompt", "src/cli/main.ts", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("The tool starts under either permission set and exits as its contract says", async () => {
  for (const set of ["build", "aoti"]) {
    assertStringIncludes((await tool(set, "--help")).out, "Usage: aoti COMMAND");
    const { code, err } = await tool(set, "biuld");
    assertEquals([code, err.split("\n")[0]], [2, 'error: biuld: unknown command; did you mean "build"?']);
  }
});

Deno.test("build --watch builds again when the config changes, until it is interrupted", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call, folder }) => {
    const controller = new AbortController(), built: string[] = [];
    // The watcher starts some time after the first build, so the change is made until it is seen.
    const timer = setInterval(() => Deno.writeTextFileSync(`${folder}/aoti.config.ts`, configOf("cnn")), 300);
    const { code } = await call(["build", "--watch"], { signal: controller.signal }, {
      build(config, options, tell, signal) {
        built.push(...config.models.map(({ name }) => name));
        if (built.length > 1) controller.abort();
        return building.build(config, options, tell, signal);
      },
    });
    clearInterval(timer);
    assertEquals(code, 130);
    assertEquals(built, ["mlp", "cnn"]);
  });
});
