import { assert, assertEquals } from "@std/assert";
import { inScratch } from "./scratch.ts";

Deno.test("A scratch folder is there for the work, and gone after it or its failure", async () => {
  let place = "";
  const look = (folder: string) => {
    place = folder;
    Deno.writeTextFileSync(`${folder}/file`, "");
    return Promise.resolve(7);
  };
  assertEquals(await inScratch("aoti_scratch_", look), 7);
  assert(!isThere(place));
  const failed = await inScratch("aoti_scratch_", (folder) => look(folder).then(() => Promise.reject(place)))
    .catch((of) => of);
  assertEquals([failed, isThere(place)], [place, false]);
});

Deno.test("A scratch folder is gone when its process is interrupted, and so are programs started there", async () => {
  const text = `
    import { inScratch } from ${JSON.stringify(import.meta.resolve("./scratch.ts"))};
    await inScratch("aoti_scratch_", async (folder, signal) => {
      const child = new Deno.Command("sleep", { args: ["60"], signal }).spawn();
      console.log(folder, child.pid);
      await child.status;
    });`;
  const args = ["run", "-q", "-A", "--no-config", `data:text/typescript,${encodeURIComponent(text)}`];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const reader = child.stdout.getReader(), said = new TextDecoder().decode((await reader.read()).value);
  const [folder, sleeper] = said.trim().split(" ");
  assert(isThere(folder!));
  child.kill("SIGTERM");
  const { code } = await child.status;
  await reader.cancel();
  assertEquals([code, isThere(folder!)], [130, false]);
  for (let n = 0; n < 100 && runs(sleeper!); n++) await new Promise((done) => setTimeout(done, 20));
  assert(!runs(sleeper!));
});

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process is there and no mere name that nobody has asked after. */
function runs(id: string): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${id}/status`));
  } catch {
    return false;
  }
}
