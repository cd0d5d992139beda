/**
 * Slots of the arena: which buffer lies where, by lives.
 *
 * @module
 */
import { bytesOf } from "../base/mod.ts";
import { asInt, ceilDiv, type Expr, lessEqual, mul } from "../ir/expr/mod.ts";
import { type Buffer, numel } from "../ir/loops/mod.ts";
import type { InPlace, Kernel, Slot } from "../ir/plan/mod.ts";
import type { Life, Lives } from "./lives.ts";

/** A slot may be this much larger than what is put into it. */
const WASTE = 4;

/** Bytes of a buffer, rounded up to a cache line. */
export function slotBytes(buffer: Buffer): Expr {
  return mul(64, ceilDiv(mul(numel(buffer.shape), bytesOf(buffer.dtype)), 64));
}

/** What slots are assigned by. */
export interface SlotOptions {
  /** Slots of dead buffers are handed on. */
  readonly reuse: boolean;
  /** May this kernel write the result over the operand? */
  readonly over: (kernel: Kernel, pair: InPlace) => boolean;
}

/** Slots with the place of each buffer, and what kernels do in place. */
export interface Assigned {
  readonly slots: readonly Slot[];
  readonly places: ReadonlyMap<string, number>;
  readonly taken: ReadonlyMap<Kernel, readonly InPlace[]>;
}

/** Gives each life a slot, in the order of time. */
export function assignSlots({ lives, launches, end }: Lives, options: SlotOptions): Assigned {
  const state = new Slots(options);
  for (let at = 0; at <= end; at++) {
    const ending = lives.filter((l) => l.last === at), dying = ending.filter((l) => l.first < at);
    for (const { buffer } of lives.filter((l) => l.first === at)) {
      state.place(buffer, dying, launches.get(at));
    }
    ending.forEach(({ buffer }) => state.end(buffer));
  }
  return { slots: state.slots.map(({ bytes }) => ({ bytes })), places: state.places, taken: state.taken };
}

class Slots {
  readonly slots: { readonly bytes: Expr; free: boolean }[] = [];
  readonly places = new Map<string, number>();
  readonly taken = new Map<Kernel, InPlace[]>();
  readonly #handedOn = new Set<string>();

  constructor(readonly options: SlotOptions) {}

  /** The slot of an operand that dies where the buffer begins, else the best free one, else a new one. */
  place(buffer: Buffer, dying: readonly Life[], kernel: Kernel | undefined): void {
    const bytes = slotBytes(buffer), own = kernel && this.#takeOver(buffer, dying, kernel);
    const slot = own ?? (this.options.reuse ? pick(this.slots, bytes) : undefined);
    const index = slot ?? this.slots.push({ bytes, free: false }) - 1;
    this.slots[index]!.free = false;
    this.places.set(buffer.name, index);
  }

  #takeOver(buffer: Buffer, dying: readonly Life[], kernel: Kernel): number | undefined {
    const found = dying.find(({ buffer: { name: operand } }) => {
      const slot = this.places.get(operand);
      return slot !== undefined && !this.#handedOn.has(operand) &&
        fits(this.slots[slot]!.bytes, slotBytes(buffer)) &&
        this.options.over(kernel, { result: buffer.name, operand });
    });
    if (!found) return undefined;
    const operand = found.buffer.name;
    this.#handedOn.add(operand);
    this.taken.set(kernel, [...this.taken.get(kernel) ?? [], { result: buffer.name, operand }]);
    return this.places.get(operand);
  }

  end({ name }: Buffer): void {
    if (!this.#handedOn.has(name)) this.slots[this.places.get(name)!]!.free = true;
  }
}

/** True when `bytes` surely fit into a slot, and do not waste it. */
function fits(slot: Expr, bytes: Expr): boolean {
  if (slot === bytes) return true;
  const size = asInt(slot), want = asInt(bytes);
  if (want !== undefined) {
    return size !== undefined && size >= want && size <= Math.max(want * WASTE, 1 << 14);
  }
  return size === undefined && lessEqual(bytes, slot) === true;
}

/** The tightest free slot that provably fits. */
function pick(
  slots: readonly { readonly bytes: Expr; readonly free: boolean }[],
  bytes: Expr,
): number | undefined {
  let best: number | undefined;
  const size = (n: number) => asInt(slots[n]!.bytes) ?? 0;
  slots.forEach((slot, n) => {
    if (!slot.free || !fits(slot.bytes, bytes)) return;
    if (slot.bytes === bytes) best = n;
    else if (best === undefined || slots[best]!.bytes !== bytes && size(n) < size(best)) best = n;
  });
  return best;
}
