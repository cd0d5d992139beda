/**
 * The few instructions of Python's pickle machine that tensors need. Nothing is ever imported or executed: a global is
 * a name, and calling one is a row of `pickle_globals.ts` or a refusal.
 *
 * Every instruction makes at most one value, and their number is bounded, so memory is bounded too.
 *
 * @module
 */
import { quote, unreadable } from "./errors.ts";
import { callGlobal, globalNamed, persistent } from "./pickle_globals.ts";
import type { PickleDict, PickleValue } from "./pickle_values.ts";

const MAX_INSTRUCTIONS = 8_000_000;
const MARK = Symbol("mark");
type Slot = PickleValue | typeof MARK;

/** Runs a pickle of protocol 2 and returns the value it describes. */
export function unpickle(bytes: Uint8Array): PickleValue {
  const machine = new Machine(bytes);
  for (let n = 0; n < MAX_INSTRUCTIONS; n++) {
    const code = machine.byte();
    if (code === 0x2e) return machine.result(); // STOP
    const step = steps[code];
    if (!step) unreadable("hostile-pickle", `instruction 0x${code.toString(16)} at byte ${machine.at - 1}`);
    step(machine);
  }
  unreadable("too-large", `a pickle of more than ${MAX_INSTRUCTIONS} instructions`);
}

class Machine {
  at = 0;
  readonly memo = new Map<number, PickleValue>();
  readonly #stack: Slot[] = [];
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Skips `size` bytes and returns where they begin. */
  take(size: number): number {
    const at = this.at;
    if (at + size > this.bytes.length) unreadable("bad-pickle", `an end in the middle of an instruction`);
    this.at = at + size;
    return at;
  }
  byte(): number {
    return this.bytes[this.take(1)]!;
  }
  uint16(): number {
    return this.#view.getUint16(this.take(2), true);
  }
  int32(): number {
    return this.#view.getInt32(this.take(4), true);
  }
  uint32(): number {
    return this.#view.getUint32(this.take(4), true);
  }
  float64(): number {
    return this.#view.getFloat64(this.take(8), false);
  }
  text(size: number): string {
    const at = this.take(size);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        this.bytes.subarray(at, at + size),
      );
    } catch {
      return unreadable("bad-pickle", `text that is not UTF-8 at byte ${at}`);
    }
  }
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0 || end - this.at > 512) unreadable("bad-pickle", `an endless name at byte ${this.at}`);
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  push(value: Slot): void {
    this.#stack.push(value);
  }
  pop(): PickleValue {
    const top = this.#stack.pop();
    if (top === undefined || top === MARK) {
      unreadable("bad-pickle", `no value on the stack at byte ${this.at}`);
    }
    return top;
  }
  top(): PickleValue {
    const top = this.pop();
    this.push(top);
    return top;
  }
  /** Everything above the last mark, which goes too. */
  popMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) unreadable("bad-pickle", `no mark on the stack at byte ${this.at}`);
    return this.#stack.splice(mark).slice(1) as PickleValue[];
  }
  popTuple(size: number): void {
    const items = Array.from({ length: size }, () => this.pop()).reverse();
    this.push({ kind: "tuple", items });
  }
  remember(slot: number): void {
    this.memo.set(slot, this.top());
  }
  recall(slot: number): void {
    const value = this.memo.get(slot);
    if (value === undefined) unreadable("bad-pickle", `a reference to nothing at byte ${this.at}`);
    this.push(value);
  }
  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0) unreadable("bad-pickle", `${this.#stack.length} values left over`);
    return value;
  }
}

const steps: Readonly<Record<number, (m: Machine) => void>> = {
  0x80: (m) => { // PROTO
    const protocol = m.byte();
    if (protocol !== 2) unreadable("bad-pickle", `pickle protocol ${protocol} instead of 2`);
  },
  0x28: (m) => m.push(MARK),
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4b: (m) => m.push(m.byte()), // BININT1
  0x4d: (m) => m.push(m.uint16()), // BININT2
  0x4a: (m) => m.push(m.int32()), // BININT
  0x8a: (m) => m.push(long(m, m.byte())), // LONG1
  0x47: (m) => m.push({ kind: "float", value: m.float64() }), // BINFLOAT
  0x58: (m) => m.push(m.text(m.uint32())), // BINUNICODE
  0x7d: (m) => m.push({ kind: "dict", entries: [] }), // EMPTY_DICT
  0x5d: (m) => m.push({ kind: "list", items: [] }), // EMPTY_LIST
  0x29: (m) => m.push({ kind: "tuple", items: [] }), // EMPTY_TUPLE
  0x74: (m) => m.push({ kind: "tuple", items: m.popMark() }), // TUPLE
  0x85: (m) => m.popTuple(1),
  0x86: (m) => m.popTuple(2),
  0x87: (m) => m.popTuple(3),
  0x61: (m) => { // APPEND
    const item = m.pop();
    listOf(m).push(item);
  },
  0x65: (m) => { // APPENDS
    const items = m.popMark(), list = listOf(m);
    for (const item of items) list.push(item);
  },
  0x73: (m) => { // SETITEM
    const value = m.pop(), key = m.pop();
    dictOf(m).entries.push([key, value]);
  },
  0x75: (m) => { // SETITEMS
    const items = m.popMark(), dict = dictOf(m);
    if (items.length % 2) unreadable("bad-pickle", `a key without a value at byte ${m.at}`);
    for (let i = 0; i < items.length; i += 2) dict.entries.push([items[i]!, items[i + 1]!]);
  },
  0x63: (m) => m.push(globalNamed(m.line(), m.line())), // GLOBAL
  0x52: (m) => { // REDUCE
    const args = m.pop(), callee = m.pop();
    m.push(callGlobal(callee, args));
  },
  0x51: (m) => m.push(persistent(m.pop())), // BINPERSID
  0x62: (m) => { // BUILD: attributes of a container or tensor; data that means nothing here
    m.pop();
    const target = m.top();
    if (
      typeof target !== "object" || target === null || (target.kind !== "dict" && target.kind !== "tensor")
    ) {
      unreadable("hostile-pickle", `attributes set on a ${kindOf(target)}`);
    }
  },
  0x71: (m) => m.remember(m.byte()), // BINPUT
  0x72: (m) => m.remember(m.uint32()), // LONG_BINPUT
  0x68: (m) => m.recall(m.byte()), // BINGET
  0x6a: (m) => m.recall(m.uint32()), // LONG_BINGET
};

/** A little-endian two's complement integer of `size` bytes. */
function long(m: Machine, size: number): number | bigint {
  const at = m.take(size);
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(m.bytes[at + i]!);
  const signed = BigInt.asIntN(Math.max(1, size * 8), value), near = Number(signed);
  return Number.isSafeInteger(near) ? near : signed;
}

function listOf(m: Machine): PickleValue[] {
  const top = m.top();
  if (typeof top === "object" && top !== null && top.kind === "list") return top.items;
  unreadable("bad-pickle", `an item added to a ${kindOf(top)} at byte ${m.at}`);
}

function dictOf(m: Machine): PickleDict {
  const top = m.top();
  if (typeof top === "object" && top !== null && top.kind === "dict") return top;
  unreadable("bad-pickle", `a key set on a ${kindOf(top)} at byte ${m.at}`);
}

function kindOf(value: PickleValue): string {
  if (typeof value === "string") return `string ${quote(value)}`;
  return typeof value === "object" && value !== null ? value.kind : String(value);
}
