/**
 * The command line as a process of its own.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";

/** The project's folder. */
export const root = fromFileUrl(new URL("../../", import.meta.url));

/** Runs `aoti WORDS` in a folder; nothing is asked, nothing is coloured. */
export async function aoti(folder: string, ...words: readonly string[]) {
  const tool = ["--config", join(root, "deno.json"), join(root, "src/cli/main.ts")];
  const args = ["run", "-q", "-A", ...tool, ...words], env = { NO_COLOR: "1", CI: "1" };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, env })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
