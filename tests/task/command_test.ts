import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attemptAsync } from "../../src/base/mod.ts";
import { runCommand } from "../../src/task/command.ts";
import { defineTask, Engine, task } from "../../src/task/mod.ts";
import { filesBelow, isAlive, TestStore, until } from "./_rig.ts";

const sh = (script: string) => ["/bin/sh", "-c", script];
const never = new AbortController().signal;

async function inFolder(work: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await Deno.makeTempDir();
  try {
    await work(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Process ids written by a script, once there are as many as wanted. */
async function pidsIn(path: string, count: number): Promise<number[]> {
  let pids: number[] = [];
  await until(() => {
    const text = filesBelow(path.replace(/\/[^/]*$/, "")).length ? readOrEmpty(path) : "";
    pids = text.split("\n").filter(Boolean).map(Number);
    return pids.length === count;
  });
  return pids;
}

function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

Deno.test("runCommand() gives code, both outputs, and what was fed", async () => {
  await inFolder(async (cwd) => {
    const found = await runCommand(sh("cat; echo bad >&2; exit 3"), { cwd, stdin: "fed" }, never);
    assertEquals(found, { code: 3, signal: null, timedOut: false, stdout: "fed", stderr: "bad\n" });
  });
});

Deno.test("runCommand() inherits nothing from our environment", async () => {
  await inFolder(async (cwd) => {
    Deno.env.set("AOTI_TEST_SECRET", "1");
    const { stdout } = await runCommand(["/usr/bin/env"], { cwd, env: { ONLY: "this" } }, never);
    assertEquals(stdout, "ONLY=this\n");
    Deno.env.delete("AOTI_TEST_SECRET");
  });
});

Deno.test("runCommand() of a program that does not read its input, or writes much, ends", async () => {
  await inFolder(async (cwd) => {
    const stdin = "x".repeat(1 << 20);
    assertEquals((await runCommand(sh("exit 0"), { cwd, stdin }, never)).code, 0);
    const much = await runCommand(
      sh("head -c 3000000 /dev/zero | tr '\\0' x"),
      { cwd, maxOutput: 10 },
      never,
    );
    assertEquals(much.stdout, "xxxxxxxxxx\n… output after 10 bytes was dropped");
  });
});

Deno.test("runCommand() does not wait for what a program left in the background, and kills it", async () => {
  await inFolder(async (cwd) => {
    const { stdout } = await runCommand(
      sh("sleep 1000 & echo $!"),
      { cwd, env: { PATH: "/usr/bin:/bin" } },
      never,
    );
    await until(() => !isAlive(Number(stdout)));
  });
});

Deno.test("runCommand() kills a program that takes too long", async () => {
  await inFolder(async (cwd) => {
    const found = await runCommand(sh("while :; do :; done"), { cwd, timeoutMs: 30 }, never);
    assertEquals([found.timedOut, found.signal], [true, "SIGKILL"]);
  });
});

Deno.test("runCommand() kills the whole process group when the signal aborts", async () => {
  await inFolder(async (cwd) => {
    const stop = new AbortController(), env = { PATH: "/usr/bin:/bin" };
    const script = "sh -c 'echo $$ >> pids; sleep 1000' & echo $$ >> pids; wait";
    const running = runCommand(sh(script), { cwd, env }, stop.signal).then(() => "ended", String);
    const pids = await pidsIn(`${cwd}/pids`, 2);
    stop.abort(new Error("stopped"));
    assertEquals(await running, "Error: stopped");
    await until(() => !pids.some(isAlive));
  });
});

Deno.test("runCommand() refuses a program that is not there", async () => {
  await inFolder(async (cwd) => {
    const result = await attemptAsync(() => runCommand(["/nope/cc"], { cwd }, never));
    assert(!result.ok);
    assertEquals(result.diagnostics[0]?.reason, "command-not-run");
    assertStringIncludes(result.diagnostics[0]!.message, "Cannot run /nope/cc: ");
  });
});

Deno.test("a stopped build leaves no process, no temporary folder and no entry behind", async () => {
  await using test = await TestStore.open();
  const stop = new AbortController(), pids = `${test.folder}/pids`;
  const compile = defineTask({
    name: "compile",
    version: 1,
    inputs: {},
    outputs: { object: "file" },
    run: async (_, box) => {
      await box.command(sh(`echo half > half.o; echo $$ >> ${pids}; sleep 1000`));
      return { object: await box.adopt("half.o") };
    },
  });
  const running = new Engine({ store: test.store, signal: stop.signal }).run(task(compile, {}));
  const [pid = 0] = await pidsIn(pids, 1);
  stop.abort();
  const result = await running;
  assertEquals(!result.ok && result.diagnostics[0]?.reason, "cancelled");
  await until(() => !isAlive(pid));
  assertEquals(filesBelow(`${test.store.folder}/cas`), []);
  assertEquals(filesBelow(`${test.store.folder}/ac`), []);
  assertEquals(filesBelow(`${test.store.folder}/locks`), []);
  assertEquals(filesBelow(`${test.store.folder}/tmp`).filter((path) => !path.endsWith(".lock")), []);
});

Deno.test("a program runs in the box, where files can be placed and taken from", async () => {
  await using test = await TestStore.open();
  const copy = defineTask({
    name: "copy",
    version: 1,
    inputs: { file: "file" },
    outputs: { copied: "file", environment: "text" },
    run: async ({ file }, box) => {
      await box.place(file, "src/in.txt");
      const { stdout } = await box.command(sh("cp src/in.txt out.txt; echo $LC_ALL $TMPDIR"), {
        env: { A: "1" },
      });
      return { copied: await box.adopt("out.txt"), environment: stdout.replace(box.folder, "<box>") };
    },
  });
  const path = await test.userFile("user.txt", "text");
  for (const make of [() => test.store.importFile(path), () => test.store.putText("text")]) {
    const file = await make();
    const result = await new Engine({ store: test.store }).run(task(copy, { file }));
    assert(result.ok);
    assertEquals(result.value, { copied: { digest: file.digest, bytes: 4 }, environment: "C <box>\n" });
    await test.store.clear();
  }
});
