/**
 * Renders Eta templates. A missing field is an error, never the text "undefined".
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { Eta } from "eta";

/** Engines by folder. */
const engines = new Map<string, Eta>();

/**
 * The engine of a folder, whose templates are all read at once and once a process: one that changes during a long run
 * would meet code that was loaded before it, under a key that was made before it.
 */
function engineOf(folder: string): Eta {
  const known = engines.get(folder);
  if (known) return known;
  const texts = new Map<string, string>(), engine = new Eta(settings(folder));
  for (const room of Deno.readDirSync(folder)) {
    if (!room.isDirectory) continue;
    for (const { name } of Deno.readDirSync(join(folder, room.name))) {
      const path = join(folder, room.name, name);
      texts.set(path, Deno.readTextFileSync(path));
    }
  }
  engine.readFile = (path) => texts.get(path) ?? Deno.readTextFileSync(path); // what is missing says so there
  engines.set(folder, engine);
  return engine;
}

function settings(views: string) {
  return {
    views,
    autoEscape: false,
    autoTrim: false as const,
    useWith: false,
    autoFilter: true,
    cache: true,
    filterFunction: (value: unknown) => {
      if (value === undefined || value === null) {
        throw new TypeError("a template used a field that its view lacks");
      }
      return String(value);
    },
  };
}

/** Templates of the project, by path below `templates/`. */
export class Templates {
  readonly #eta: Eta;

  constructor(folder: string = fromFileUrl(new URL("../../templates/", import.meta.url))) {
    this.#eta = engineOf(folder);
  }

  /** Text of a template for a view. */
  render(name: string, view: object): string {
    return this.#eta.render(`./${name}.eta`, view);
  }
}
