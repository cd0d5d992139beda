/**
 * The last part of a product's job: the epilogue over its tile of sums.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { add, mul } from "../../ir/expr/mod.ts";
import type { Axis, Scalars } from "../../ir/loops/mod.ts";
import type { ContractionKernel } from "../../ir/plan/mod.ts";
import type { Names } from "./arguments.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter, type KernelContext } from "./body.ts";
import { flattenRoles, localBuffer, type Roles } from "./contraction_roles.ts";
import { at, decode, lanes, positions, runs, within } from "./contraction_walk.ts";

/** What the epilogue needs to know. The C variables `tile`, `batch`, `m_from`, `m_to`, `n_from`, `n_to` are its job. */
export interface Finish {
  readonly kernel: ContractionKernel;
  readonly dtype: DType;
  /** The tile holds the transposed product. */
  readonly transposed: boolean;
  /** Elements from one row of the tile to the next. */
  readonly ldc: number;
  readonly lanes: number;
  readonly scalars: Scalars;
  readonly context: KernelContext;
  readonly names: Names;
}

/** Results over axes of their own, merged where they allow. */
export function resultsOf({ kernel: { nest, extra }, scalars }: Pick<Finish, "kernel" | "scalars">): Roles {
  const results = [{ value: nest.epilogue, store: nest.store }, ...extra];
  return flattenRoles({
    roles: [nest.batch, nest.m, nest.n],
    values: results.map((r) => scalars.cast(r.value, r.store.buffer.dtype)),
    stores: results.map((r) => r.store),
  }, scalars);
}

/** The epilogue over the tile: runs along n, in each of them rows, then lanes. */
export function finish(it: Finish): Piece {
  const flat = resultsOf(it);
  const [batch, m, n] = flat.roles as [readonly Axis[], readonly Axis[], readonly Axis[]];
  const axis = n.at(-1)!, tile = localBuffer("$tile", it.dtype), { ldc } = it;
  const step = it.transposed ? mul(axis.sym, ldc) : axis.sym,
    [r, c] = it.transposed ? ["n", "m"] : ["m", "n"];
  const position = it.transposed
    ? `(im_at - n_from) + (base - m_from) * ${ldc}`
    : `(im_at - m_from) * ${ldc} + base - n_from`;
  const values = flat.values.map((v) =>
    it.scalars.rewrite(v, new Map(), (leaf) => {
      return leaf.kind === "accumulator" ? it.scalars.load(tile, [add(at, step)]) : undefined;
    })
  );
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, batch, "ib", "batch", it.names);
  const body = within(printer, batch, "ib", () => {
    runs(printer, n, "in", `${c}_from`, `${c}_to`, (from, to) => {
      positions(printer, m, "im", `${r}_from`, `${r}_to`, () => {
        printer.block.line(`const int64_t at = ${position};`);
        lanes(printer, axis, from, to, undefined, it.lanes, () => {
          const names = values.map((v) => printer.emit(v));
          flat.stores.forEach((s, r) => printer.storeLanes(s.buffer, s.index[0]!, names[r]!));
        });
      });
    });
  });
  root.pieces.push(...body);
  return { kind: "group", body: root.pieces };
}
