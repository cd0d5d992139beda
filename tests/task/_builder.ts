/** A build in a process of its own: `_builder.ts CACHE LOG HELD`; its one task runs until the file HELD is there. */
import { unwrap } from "../../src/base/mod.ts";
import { defineTask, Engine, Store, task } from "../../src/task/mod.ts";

const [cache = "", log = "", held = ""] = Deno.args;

const slow = defineTask({
  name: "slow",
  version: 1,
  inputs: { text: "text" },
  outputs: { file: "file" },
  run: async ({ text }, box) => {
    await Deno.writeTextFile(box.path("half.o"), text.slice(0, 2));
    await Deno.writeTextFile(log, `begun ${Deno.pid}\n`, { append: true });
    while (!await Deno.stat(held).catch(() => false)) await new Promise((resolve) => setTimeout(resolve, 5));
    await Deno.writeTextFile(box.path("half.o"), text.slice(2), { append: true });
    return { file: await box.adopt("half.o") };
  },
});

await using store = unwrap(await Store.open(cache));
const onEvent = ({ type }: { readonly type: string }) => {
  Deno.writeTextFileSync(log, `${type} ${Deno.pid}\n`, { append: true });
};
const { file } = unwrap(await new Engine({ store, onEvent }).run(task(slow, { text: "whole" })));
console.log(await store.readText(file));
