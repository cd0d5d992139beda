/**
 * The pipeline behind its face.
 *
 * @module
 */
import { build } from "./build.ts";
import { dev } from "./dev.ts";
import type { Pipeline } from "./face.ts";
import { dump, explain, inspect } from "./look.ts";
import { bench } from "./bench.ts";
import { run } from "./use.ts";
import { verify } from "./verify/verify.ts";
import { graphPage } from "./graph_page.ts";

/** The real pipeline; tests of commands use a fake one. */
export const pipeline: Pipeline = {
  build,
  run: (options) => run(options),
  verify,
  bench: (config, options) => bench(config, options),
  dev,
  inspect: (path) => inspect(path),
  dump: (config, options) => dump(config, options),
  explain: (config, options) => explain(config, options),
  graph: (config, model) => graphPage(config, model),
};
