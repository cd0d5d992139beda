/**
 * What the text of a kernel depends on: the kernel without the names of its buffers and loops, and without where it came
 * from. Layers of a model repeat, and kernels of one shape are printed once.
 *
 * @module
 */
import type { Sym } from "../ir/expr/mod.ts";
import type { Buffer } from "../ir/loops/mod.ts";
import type { InPlace, Kernel } from "../ir/plan/mod.ts";

/** Kernels with equal keys have equal texts; what one has for a buffer, the other has for the buffer at the same place. */
export interface KernelShape {
  readonly key: string;
  /** One of each name. */
  readonly buffers: readonly Buffer[];
}

/** The shape of a kernel; none of routines, whose attributes may be anything. */
export function shapeOf(kernel: Kernel): KernelShape | undefined {
  if (kernel.kind === "routine") return undefined;
  const writer = new ShapeWriter();
  writer.put(kernel);
  return { key: `${kernel.name} ${writer.text}`, buffers: [...writer.buffers.values()] };
}

/** What says nothing of a thing itself: numbers of nodes, names, lines of the model. */
const unread: ReadonlySet<string> = new Set(["id", "key", "name", "origin", "origins"]);

/**
 * Writes all other fields, those that are yet to be thought of too. Buffers, nodes and loops are numbered as they appear;
 * sizes keep their names, for they are arguments.
 */
class ShapeWriter {
  text = "";
  readonly buffers = new Map<string, Buffer>();
  readonly #nodes = new Map<object, number>();
  readonly #loops = new Set<unknown>();
  readonly #names = new Map<string, number>();

  put(value: unknown): void {
    if (Array.isArray(value)) {
      this.text += "[";
      for (const part of value) this.put(part);
      this.text += "]";
    } else if (typeof value === "object" && value !== null) this.#object(value);
    else this.text += `${typeof value === "bigint" ? "n" : ""}${Object.is(value, -0) ? "-0" : value},`;
  }

  #object(value: object): void {
    if (isBuffer(value)) return this.#buffer(value);
    if (isInPlace(value)) this.text += `${this.#name(value.result)}<${this.#name(value.operand)},`;
    else if (!("id" in value) || this.#isNew(value)) {
      if ("sym" in value) this.#loops.add(value.sym);
      if (isSym(value) && !this.#loops.has(value)) this.text += value.name;
      this.#fields(value);
    }
  }

  /** Buffers of one name are one memory. */
  #buffer(buffer: Buffer): void {
    if (!this.#isNew(buffer)) return;
    this.text += this.#name(buffer.name);
    if (!this.buffers.has(buffer.name)) this.buffers.set(buffer.name, buffer);
    this.#fields(buffer);
  }

  #fields(value: object): void {
    this.text += "{";
    for (const [field, part] of Object.entries(value)) {
      if (unread.has(field) || part === undefined) continue;
      this.text += `${field}:`;
      this.put(part);
    }
    this.text += "}";
  }

  #isNew(value: object): boolean {
    const known = this.#nodes.get(value);
    if (known === undefined) this.#nodes.set(value, this.#nodes.size);
    else this.text += `@${known},`;
    return known === undefined;
  }

  #name(name: string): string {
    const known = this.#names.get(name) ?? this.#names.size;
    this.#names.set(name, known);
    return `$${known}`;
  }
}

function isBuffer(value: object): value is Buffer {
  return "strides" in value && "role" in value;
}

function isInPlace(value: object): value is InPlace {
  return "result" in value && "operand" in value;
}

function isSym(value: object): value is Sym {
  return "kind" in value && value.kind === "sym";
}
