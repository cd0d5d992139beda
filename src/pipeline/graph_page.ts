/**
 * The model graph as one self-contained HTML page: the printed graph after passes, kernels with what they came from.
 *
 * @module
 */
import { attemptAsync, type Result, unwrap } from "../base/mod.ts";
import { Templates } from "../codegen/mod.ts";
import type { ResolvedConfig } from "../config/mod.ts";
import { dump } from "./look.ts";

/** Renders the page of a model. */
export async function graphPage(config: ResolvedConfig, model: string): Promise<Result<string>> {
  return await attemptAsync(async () => {
    const level = async (to: string) => ({ to, text: escape(unwrap(await dump(config, { model, to }))) });
    const levels = [await level("passes"), await level("loops"), await level("plan"), await level("sources")];
    return new Templates().render("html/graph.html", { model: escape(model), levels });
  });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
