/**
 * What zod found wrong, said in the user's words: the place in the config, what was expected, what was found,
 * the nearest spelling.
 *
 * @module
 */
import type { z } from "zod";
import { type Diagnostic, nearest, type Place } from "../base/mod.ts";
import { knownKeys } from "./schema.ts";

/** Keys and indices from the config's root. */
export type ConfigPath = readonly PropertyKey[];

/** Finds the file position of a place in the config. */
export type Locate = (path: ConfigPath) => Place;

type Issue = z.core.$ZodIssue;

/** What belongs at places where zod's own words would not help; `*` stands for any key. */
const expectations: readonly (readonly [at: readonly string[], text: string])[] = [
  [["models"], 'an object of models by name: { mlp: { source: exported("mlp.pt2") } }'],
  [["models", "*"], 'a model: { source: exported("model.pt2") }'],
  [["models", "*", "source"], 'exported("model.pt2") or graph((builder) => …)'],
  [["models", "*", "source", "build"], "a function"],
  [["models", "*", "device"], '"cpu", "cuda" or { type: "cuda", arch: ["sm_80"] }'],
  [["models", "*", "device", "arch", "*"], 'an architecture such as "sm_80"'],
  [["models", "*", "dynamic", "*"], "axes and their dimensions: { 0: batch }"],
  [["models", "*", "dynamic", "*", "*"], 'a dimension made by dim("name", { min: 1, max: 64 })'],
  [["models", "*", "dynamic", "*", "*", "name"], "a name of letters, digits and _"],
  [["models", "*", "ops", "*"], 'the path of a C source, or { schema: "ns::name(Tensor x) -> Tensor" }'],
];

const keyExpectations: readonly (readonly [at: readonly string[], text: string])[] = [
  [["models", "*", "dynamic", "*"], "an axis: 0, 1, 2, …"],
  [["models", "*", "ops"], 'the name of an operator: "ns::name"'],
];

const types: Readonly<Record<string, string>> = {
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
  string: "a text",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** Diagnostics for everything that `error` lists about `value`. */
export function problemsOf(error: z.ZodError, value: unknown, locate: Locate): Diagnostic[] {
  return error.issues.flatMap((issue) => explain(issue, issue.path, value, locate));
}

/** A problem at a place of the config: `models.mlp.flags: …`. */
export function problemAt(path: ConfigPath, text: string, locate: Locate, help?: string): Diagnostic {
  const name = printPath(path);
  return {
    reason: "config-invalid",
    message: `${name || "config"}: ${text}`,
    ...(help ? { help } : {}),
    at: locate(path),
    data: { path: name },
  };
}

/** `models.mlp.emit[0]`, `models["my model"]`. */
function printPath(path: ConfigPath): string {
  return path.map((part, i) => {
    const text = String(part);
    if (/^\d+$/.test(text)) return `[${text}]`;
    return /^[A-Za-z_$][\w$]*$/.test(text) ? (i ? "." : "") + text : `[${JSON.stringify(text)}]`;
  }).join("");
}

function explain(issue: Issue, path: ConfigPath, value: unknown, locate: Locate): Diagnostic[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key, locate));
  if (issue.code === "invalid_key") {
    const expected = lookUp(keyExpectations, path.slice(0, -1)) ?? "another name";
    return [problemAt(path, `expected ${expected}, found ${show(path.at(-1))}`, locate)];
  }
  if (issue.code === "invalid_union") {
    const closer = issue.errors.find((branch) => branch.length > 0 && branch.every(isInside));
    if (closer) return closer.flatMap((inner) => explain(inner, [...path, ...inner.path], value, locate));
  }
  return [wrongValue(issue, path, valueAt(value, path), locate)];
}

/** True for an issue about something within the value, which means that the branch's outer shape did fit. */
function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === "unrecognized_keys";
}

function unknownKey(path: ConfigPath, key: string, locate: Locate): Diagnostic {
  const place = knownKeys.find((row) => matches(row.at, path));
  const meant = nearest(key, place?.keys ?? []);
  const advice = meant ? `; did you mean ${JSON.stringify(meant)}?` : "";
  const known = place?.noun === "key"
    ? `Known keys: ${place.keys.join(", ")}.`
    : "`aoti build --help` lists all flags.";
  const text = `unknown ${place?.noun ?? "key"}${advice}`;
  return problemAt([...path, key], text, locate, advice || !place ? undefined : known);
}

function wrongValue(issue: Issue, path: ConfigPath, found: unknown, locate: Locate): Diagnostic {
  const expected = lookUp(expectations, path) ?? phrase(issue);
  if (found === undefined) return problemAt(path, `missing; expected ${expected}`, locate);
  const meant = typeof found === "string" ? nearest(found, choices(issue)) : undefined;
  const advice = meant ? `; did you mean ${JSON.stringify(meant)}?` : "";
  return problemAt(path, `expected ${expected}, found ${show(found)}${advice}`, locate);
}

function phrase(issue: Issue): string {
  const words = choices(issue);
  if (words.length > 0) return `one of ${words.map((word) => JSON.stringify(word)).join(", ")}`;
  if (issue.code === "invalid_type") return types[issue.expected] ?? issue.expected;
  const bound = issue.code === "too_small" ? issue.minimum : issue.code === "too_big" ? issue.maximum : "";
  const side = issue.code === "too_small" ? "at least" : "at most";
  if (bound === "") return "another value";
  const origin = "origin" in issue ? issue.origin : "";
  if (origin === "array") return `a list of ${side} one entry`;
  return origin === "string" ? "a text that is not empty" : `a number of ${side} ${bound}`;
}

/** The words that an enumeration offers, if the issue is about one. */
function choices(issue: Issue): string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return [...new Set(issue.errors.flat().filter((inner) => inner.path.length === 0).flatMap(choices))];
  }
  return "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function lookUp(table: typeof expectations, path: ConfigPath): string | undefined {
  return table.find(([at]) => matches(at, path))?.[1];
}

function matches(pattern: readonly string[], path: ConfigPath): boolean {
  return pattern.length === path.length &&
    pattern.every((part, i) => part === "*" || part === String(path[i]));
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** A value in few words. */
function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) {
    return value.length > 3 ? `a list of ${value.length}` : `[${value.map(show).join(", ")}]`;
  }
  if (value === null || typeof value !== "object") {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  const keys = Object.keys(value);
  return keys.length === 0
    ? "{}"
    : `an object with ${keys.slice(0, 3).join(", ")}${keys.length > 3 ? ", …" : ""}`;
}
