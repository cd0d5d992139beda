/**
 * What the innermost loop of a stage computes and stores.
 *
 * @module
 */
import type { Item } from "../../ir/plan/mod.ts";
import type { BodyPrinter } from "./body.ts";

/** Values of all items, then their stores. */
export function printItems(printer: BodyPrinter, items: readonly Item[]): void {
  const values = items.map((item) => (item.stored ? printer.emit(item.value) : undefined));
  items.forEach((item, n) => {
    if (values[n] !== undefined) printer.storeLanes(item.store.buffer, item.store.index[0]!, values[n]);
  });
}

/** A result that is the same in all lanes. */
export function storeScalar(printer: BodyPrinter, item: Item, value: string): void {
  if (item.stored) printer.storeOne(item.store.buffer, item.store.index[0]!, value);
}
