/**
 * Python containers around inputs and outputs: torch's treespec text, and readable names for its leaves.
 *
 * @module
 */
import { type Decode, field, list, Misshapen, object, optional, string } from "./decode.ts";
import { exactInt, type Json, parseJsonText } from "./json.ts";
import type { Tree } from "./types.ts";

const MAX_KEY = 1024;
const LEAF: Tree = { kind: "leaf" };
const DICTS = new Set(["builtins.dict", "collections.OrderedDict", "collections.defaultdict"]);
const texts = list(string), children = list(node);

/** Field names of named tuples by type, as newer exports record them. */
export type NamedTupleFields = ReadonlyMap<string, readonly string[]>;

/** A decoder of treespec text: `[1, {"type": …, "context": …, "children_spec": […]}]`. */
export function tree(depth: number, fields: NamedTupleFields): Decode<Tree> {
  return (value) => {
    const parsed = parseJsonText(string(value), depth);
    if (!Array.isArray(parsed)) throw new Misshapen("a treespec that is not a list");
    if (exactInt(parsed[0]) !== 1) {
      throw new Misshapen(`treespec version ${String(parsed[0]).slice(0, 20)} instead of 1`);
    }
    return withFields(node(parsed[1]), fields);
  };
}

function node(value: Json | undefined): Tree {
  const from = object(value), type = field(from, "type", optional(string));
  const inside: Tree[] = field(from, "children_spec", children);
  if (type === null) return LEAF;
  if (type === "builtins.tuple") return { kind: "tuple", children: inside };
  if (type === "builtins.list") return { kind: "list", children: inside };
  const context = Object.hasOwn(from, "context") ? from.context : null;
  const keys = keysOf(type, context ?? null, inside.length);
  if (DICTS.has(type)) {
    if (keys.length !== inside.length) {
      throw new Misshapen(`${inside.length} children but ${keys.length} keys`);
    }
    return { kind: "dict", type, keys, children: inside };
  }
  const kind = type === "collections.namedtuple" ? "named-tuple" : "other";
  const name = kind === "named-tuple" && typeof context === "string" ? plainText(context) : type;
  return { kind, type: name, keys: keys.length === inside.length ? keys : [], children: inside };
}

/** Keys out of a context; what cannot be read has none. */
function keysOf(type: string, context: Json, count: number): string[] {
  if (typeof context !== "string") return [];
  let value: Json;
  try {
    value = parseJsonText(context, 16);
  } catch {
    return [];
  }
  if (type === "collections.defaultdict" && Array.isArray(value)) value = value[1] ?? [];
  if (!Array.isArray(value) || value.length !== count) return [];
  return value.map((key) => {
    const text = typeof key === "object" && key !== null ? JSON.stringify(key) : String(key);
    if (text.length > MAX_KEY) throw new Misshapen(`a key of ${text.length} characters`);
    return text;
  });
}

function plainText(context: string): string {
  try {
    const value = parseJsonText(context, 16);
    return typeof value === "string" ? value : context;
  } catch {
    return context;
  }
}

function withFields(tree: Tree, fields: NamedTupleFields): Tree {
  if (tree.kind === "leaf") return tree;
  const children = tree.children.map((child) => withFields(child, fields));
  if (tree.kind !== "named-tuple") return { ...tree, children };
  const names = fields.get(tree.type) ?? [];
  return { ...tree, keys: names.length === children.length ? names : tree.keys, children };
}

/** Number of leaves. */
export function leavesOf(tree: Tree): number {
  return tree.kind === "leaf" ? 1 : tree.children.reduce((n, child) => n + leavesOf(child), 0);
}

/** Names of the leaves of a call's inputs: `(args, kwargs)` with the names of the arguments. */
export function inputLeafNames(tree: Tree, argNames: readonly string[] | null): string[] {
  if (tree.kind !== "tuple" || tree.children.length !== 2) return leafNames(tree, "input");
  const [args, kwargs] = tree.children as [Tree, Tree];
  const positional = args.kind === "leaf" ? [args] : args.children;
  const named = kwargs.kind === "dict" ? kwargs.keys : [];
  const rest = kwargs.kind === "leaf" ? [] : kwargs.children;
  return [
    ...positional.flatMap((arg, i) => leafNames(arg, argNames?.[i] ?? `arg${i}`)),
    ...rest.flatMap((arg, i) => leafNames(arg, named[i] ?? `kwarg${i}`)),
  ];
}

/** Names of the leaves of a call's outputs: `output`, `output0`, or the keys of the outermost dict. */
export function outputLeafNames(tree: Tree): string[] {
  if (tree.kind === "leaf") return ["output"];
  const keys = "keys" in tree ? tree.keys : [];
  return tree.children.flatMap((child, i) => leafNames(child, keys[i] ?? `output${i}`));
}

function leafNames(tree: Tree, name: string): string[] {
  if (tree.kind === "leaf") return [name];
  const keys = "keys" in tree ? tree.keys : [];
  return tree.children.flatMap((child, i) => leafNames(child, `${name}.${keys[i] ?? i}`));
}

/** Field names of named tuples: `{type: {field_names: […]}}`. */
export const namedTupleFields: Decode<readonly string[]> = (value) =>
  field(object(value), "field_names", texts);
