/**
 * Pythons with PyTorch that tests may drive: `AOTI_PYTHON` holds command lines, separated by `;`; each is run in the
 * folder that its files are in, and given names relative to it, so that it may be a container or a chroot.
 *
 * @module
 */

/** A Python with PyTorch. */
export interface Host {
  /** Words of the command, without arguments. */
  readonly command: readonly string[];
  /** As the package names it, e.g. `2.6.0`. */
  readonly release: string;
}

/** What a command left behind. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a host with arguments in a folder; what it says on stderr is shown when it is asked for. */
export async function runHost(
  command: readonly string[],
  args: readonly string[],
  cwd: string,
  loud = false,
): Promise<Said> {
  const [program, ...words] = command;
  try {
    const child = new Deno.Command(program!, {
      args: [...words, ...args],
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: loud ? "inherit" : "piped",
    });
    const output = await child.output(), decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: output.code, out: decode(output.stdout), err: loud ? "" : decode(output.stderr) };
  } catch (error) {
    return { code: 127, out: "", err: error instanceof Error ? error.message : String(error) };
  }
}

/** The hosts named by command lines that have PyTorch, and for the others why not. */
export async function findHosts(
  lines: readonly string[],
): Promise<{ readonly hosts: readonly Host[]; readonly refused: readonly string[] }> {
  const hosts: Host[] = [], refused: string[] = [];
  for (const line of lines.map((l) => l.trim()).filter(Boolean)) {
    const command = line.split(/\s+/), folder = await Deno.makeTempDir({ prefix: "aoti-host-" });
    const { code, out, err } = await runHost(
      command,
      ["-c", "import torch; print(torch.__version__)"],
      folder,
    );
    await Deno.remove(folder, { recursive: true });
    const release = out.trim().split("\n").at(-1) ?? "";
    if (code === 0 && release) hosts.push({ command, release });
    else refused.push(`${line}: ${err.trim().split("\n").at(-1) || `exit code ${code}`}`);
  }
  return { hosts, refused };
}

/** Command lines of the environment; without any, `python3` is tried. */
export function hostLines(env: (name: string) => string | undefined): readonly string[] {
  return (env("AOTI_PYTHON") ?? "python3").split(";");
}
