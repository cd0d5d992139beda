import { assertEquals } from "@std/assert";
import { filesBelow, TestStore, until } from "./_rig.ts";

const builder = new URL("./_builder.ts", import.meta.url).pathname;
const config = new URL("../../deno.json", import.meta.url).pathname;

/** Builds in processes that share a store, with one log between them. */
class Builds {
  readonly log: string;
  readonly held: string;

  constructor(private readonly test: TestStore) {
    this.log = `${test.folder}/log`;
    this.held = `${test.folder}/held`;
    Deno.writeTextFileSync(this.log, "");
  }

  start(): Deno.ChildProcess {
    const args = ["run", "-A", "-q", "--no-check", "--config", config, builder];
    const store = this.test.store.folder;
    return new Deno.Command(Deno.execPath(), { args: [...args, store, this.log, this.held], stdout: "piped" })
      .spawn();
  }

  count(word: string): number {
    return Deno.readTextFileSync(this.log).split("\n").filter((line) => line.startsWith(`${word} `)).length;
  }

  async release(): Promise<void> {
    await Deno.writeTextFile(this.held, "");
  }
}

async function printed(process: Deno.ChildProcess): Promise<string> {
  return new TextDecoder().decode((await process.output()).stdout);
}

Deno.test("two processes that need the same task at once run it once, and both get it", async () => {
  await using test = await TestStore.open();
  const builds = new Builds(test), both = [builds.start(), builds.start()];
  await until(() => builds.count("task-queued") === 2 && builds.count("begun") === 1);
  await builds.release();
  assertEquals(await Promise.all(both.map(printed)), ["whole\n", "whole\n"]);
  assertEquals([builds.count("begun"), builds.count("task-done"), builds.count("task-hit")], [1, 1, 1]);
});

Deno.test("a build that was killed leaves nothing half-written, and the next one goes on", async () => {
  await using test = await TestStore.open();
  const builds = new Builds(test), killed = builds.start();
  await until(() => builds.count("begun") === 1);
  killed.kill("SIGKILL");
  await killed.output();
  assertEquals(filesBelow(`${test.store.folder}/cas`), []);
  assertEquals(filesBelow(`${test.store.folder}/ac`), []);
  assertEquals(filesBelow(`${test.store.folder}/tmp`).some((path) => path.endsWith("half.o")), true);

  await builds.release();
  assertEquals(await printed(builds.start()), "whole\n");
  assertEquals(filesBelow(`${test.store.folder}/tmp`), []);
  assertEquals(filesBelow(`${test.store.folder}/locks`), []);
});
