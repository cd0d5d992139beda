/**
 * The written reference of the config, printed from the same rows that check it.
 *
 * @module
 */
import { z } from "zod";
import { flagNames, flagRows, type FlagStage } from "./flags.ts";

/** One flag as it is shown to people. */
export interface FlagHelp {
  readonly name: string;
  /** What it may be: `true | false`, `0..3`, `"strict" | "torch"`. */
  readonly values: string;
  readonly preset: string;
  readonly doc: string;
  readonly affects: readonly FlagStage[];
}

const notYet = {
  refused: " **Not yet:** another value is refused.",
} as const;

/** All flags in the order of their table. */
export function flagHelp(): readonly FlagHelp[] {
  return flagNames.map((name) => {
    const { schema, default: preset, affects, yet } = flagRows[name];
    const doc = flagRows[name].doc + (yet ? notYet[yet] : "");
    return {
      name,
      values: printValues(z.toJSONSchema(schema)),
      preset: JSON.stringify(preset),
      doc,
      affects,
    };
  });
}

/** docs/config.md: a table of all flags. */
export function configReference(): string {
  const rows = flagHelp().map(({ name, values, preset, doc, affects }) =>
    `| \`${name}\` | ${values.replaceAll("|", "\\|")} | \`${preset}\` | ${doc} | ${affects.join(", ")} |`
  );
  return [
    "# Config reference",
    "",
    "Printed from `src/config/flags.ts` by `deno task docs`; the JSON Schema of the whole config is",
    "`docs/schema/aoti.config.schema.json`. A flag is part of the task keys of exactly the stages in its last column.",
    "",
    "| flag | values | default | what it does | stages |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function printValues(schema: z.core.JSONSchema.BaseSchema): string {
  if (schema.anyOf) {
    return schema.anyOf.map((part) => printValues(part as z.core.JSONSchema.BaseSchema)).join(" or ");
  }
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  if (schema.type === "boolean") return "true | false";
  if (schema.type === "integer") {
    const isOpen = schema.maximum === undefined || schema.maximum >= Number.MAX_SAFE_INTEGER;
    return isOpen ? `${schema.minimum} or more` : `${schema.minimum}..${schema.maximum}`;
  }
  return schema.type === "array" ? "a list of these" : String(schema.type);
}
