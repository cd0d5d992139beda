/** Operators that models leave to PyTorch, in PyTorch: skipped aloud where no Python has it. */
import { assertEquals } from "@std/assert";
import { hasCompiler } from "../rig/user_model.ts";

const python = Deno.env.get("AOTI_PYTHON") ?? "python3";
const script = new URL("host_operators.py", import.meta.url).pathname;
const cli = new URL("../../src/cli/main.ts", import.meta.url).pathname;

async function run(command: string, ...args: readonly string[]): Promise<{ code: number; text: string }> {
  const done = await new Deno.Command(command, { args: [...args], stdout: "piped", stderr: "piped" })
    .output().catch(() => undefined);
  const text = [done?.stdout, done?.stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return { code: done?.code ?? -1, text };
}

const hasTorch = hasCompiler && (await run(python, "-c", "import torch")).code === 0;
if (!hasTorch) {
  console.log(`skipped: operators of the host; ${python} has no PyTorch (AOTI_PYTHON names another)`);
}

Deno.test({ name: "operators of PyTorch agree with eager", ignore: !hasTorch }, async () => {
  const out = await Deno.makeTempDir({ prefix: "aoti_host_" });
  try {
    for (
      const [command, ...args] of [
        [python, script, "export", out],
        [Deno.execPath(), "run", "-A", "-q", cli, "build", "--config", `${out}/aoti.config.json`],
        [python, script, "check", out],
      ] as const
    ) {
      const { code, text } = await run(command, ...args);
      assertEquals(code, 0, text);
    }
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});
