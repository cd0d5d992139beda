/**
 * Rows that are made of other rows.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { complexRow } from "../complex/mod.ts";
import { rowMajor } from "../shapes.ts";
import { makeArgs } from "./args.ts";
import { op } from "./schema.ts";
import type { Args, ArgValue, AtenOp, OutValue } from "./types.ts";

/** Finds a declared row. */
export type Find = (target: string) => AtenOp;

/** Arguments by name. */
export type Given = Readonly<Record<string, ArgValue>>;

/** Builds another operator; its first result. */
export function buildRow(g: GraphBuilder, row: AtenOp, given: Given): Value {
  return buildAll(g, row, given)[0] as Value;
}

/** Builds another operator. */
export function buildAll(g: GraphBuilder, row: AtenOp, given: Given, a?: Args): readonly OutValue[] {
  const own = complexRow(row, given);
  const out = own.build(
    g,
    makeArgs(own.schema, given, a?.recorded ?? [], a?.stridesOf ?? ((x) => rowMajor(x.type.shape))),
  );
  return Array.isArray(out) ? out : [out as OutValue];
}

/** What a synonym calls otherwise, and what it always means. */
export interface Renaming {
  /** The other operator's name of an argument, by this one's. */
  readonly names?: Readonly<Record<string, string>>;
  /** Arguments that this operator does not have. */
  readonly fixed?: Given;
}

/**
 * `schema` as another name of `target`: arguments of one name are passed on, those that the other operator does not
 * have are dropped.
 */
export function synonym(
  find: Find,
  schema: string,
  target: string,
  { names = {}, fixed = {} }: Renaming = {},
): AtenOp {
  const row = find(target);
  return op(schema, (g, a) => {
    const given: Record<string, ArgValue> = { ...fixed };
    for (const { name } of a.schema.args) {
      const other = names[name] ?? name;
      if (row.schema.args.some((arg) => arg.name === other)) given[other] = a.given(name);
    }
    return buildAll(g, row, given, a);
  });
}
