/**
 * What is stored of a job's rows: the epilogue of their sums, and statistics that somebody reads.
 *
 * @module
 */
import { add, mul } from "../../ir/expr/mod.ts";
import type { Axis, Buffer, Scalar, Store } from "../../ir/loops/mod.ts";
import { type AttentionSetting, row } from "./attention_setting.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter } from "./body.ts";
import { flattenRoles, localBuffer } from "./contraction_roles.ts";
import { at, decode, lanes, positions, runs, within } from "./contraction_walk.ts";

/** Code that stores the job's results; `values` is the length of a line of sums. */
export function results(it: AttentionSetting, values: number): Piece {
  const { nest, stored } = it.kernel, body: Piece[] = [sums(it, values)];
  if (stored.highest) body.push(statistic(it, nest.highest, "$highest"));
  if (stored.total) body.push(statistic(it, nest.total, "$total"));
  return { kind: "group", body };
}

/** The epilogue over the rows' sums, lanes along values. */
function sums(it: AttentionSetting, length: number): Piece {
  const { nest } = it.kernel, { scalars } = it;
  const value = scalars.cast(withStatistics(it, nest.epilogue), nest.store.buffer.dtype);
  const flat = flattenRoles(
    { roles: [nest.batch, nest.rows, nest.values], values: [value], stores: [nest.store] },
    scalars,
  );
  const [batch, rows, values] = flat.roles as [readonly Axis[], readonly Axis[], readonly Axis[]];
  const axis = values.at(-1)!, finished = localBuffer("$finished", it.dtype);
  const whole = scalars.rewrite(flat.values[0]!, new Map(), (leaf) => {
    return leaf.kind === "accumulator" ? scalars.load(finished, [add(at, axis.sym)]) : undefined;
  });
  const position = rows.reduce((sum, a) => add(mul(sum, a.extent), a.sym), mul(0, row));
  it.context.depends.declare("$row", scalars.index(position));
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, batch, "ib", "batch", it.names);
  root.pieces.push(...within(printer, batch, "ib", () => {
    positions(printer, rows, "im", "m_from", "m_to", () => {
      printer.block.line(`const int64_t row = im_at - m_from, n_from = 0, n_to = ${length};`);
      printer.block.line("(void)row;");
      runs(printer, values, "in", "n_from", "n_to", (from, to) => {
        printer.block.line(`const int64_t at = row * ${length} + base;`);
        lanes(printer, axis, from, to, undefined, it.lanes, () => {
          printer.storeLanes(flat.stores[0]!.buffer, flat.stores[0]!.index[0]!, printer.emit(whole));
        });
      });
    });
  }));
  return { kind: "group", body: root.pieces };
}

/** Loads of statistics read the job's lines. */
function withStatistics(it: AttentionSetting, s: Scalar): Scalar {
  const { highest, total } = it.kernel.nest;
  const local = (buffer: Buffer) => {
    if (buffer.name === highest.buffer.name) return localBuffer("$highest", it.dtype);
    return buffer.name === total.buffer.name ? localBuffer("$total", it.dtype) : undefined;
  };
  return it.scalars.rewrite(s, new Map(), (leaf) => {
    const found = leaf.kind === "load" ? local(leaf.buffer) : undefined;
    return found && it.scalars.load(found, [row]);
  });
}

/** A statistic of the rows, stored. */
function statistic(it: AttentionSetting, store: Store, name: string): Piece {
  const { nest } = it.kernel, { scalars } = it;
  const flat = flattenRoles({ roles: [nest.batch, nest.rows], values: [], stores: [store] }, scalars);
  const [batch, rows] = flat.roles as [readonly Axis[], readonly Axis[]], axis = rows.at(-1)!;
  const value = scalars.load(localBuffer(name, it.dtype), [add(at, axis.sym)]);
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, batch, "ib", "batch", it.names);
  root.pieces.push(...within(printer, batch, "ib", () => {
    runs(printer, rows, "im", "m_from", "m_to", (from, to) => {
      printer.block.line("const int64_t at = base - m_from;");
      lanes(printer, axis, from, to, undefined, it.lanes, () => {
        printer.storeLanes(flat.stores[0]!.buffer, flat.stores[0]!.index[0]!, printer.emit(value));
      });
    });
  }));
  return { kind: "group", body: root.pieces };
}
