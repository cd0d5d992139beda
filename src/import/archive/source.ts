/**
 * A window of an open file that is read at random positions.
 *
 * @module
 */
import { unreadable } from "./errors.ts";

/** A range of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly bytes: number;
}

/** Opens a file of the user's. */
export function openFile(path: string): Deno.FsFile {
  try {
    // Asked first: opening a pipe would wait for its writer.
    if (Deno.statSync(path).isFile) return Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) unreadable("not-found", "no such file");
    unreadable(
      "not-found",
      `a file that cannot be opened (${error instanceof Error ? error.name : "unknown"})`,
    );
  }
  unreadable("not-found", "something that is not a file");
}

/** Bytes `start` to `start + size` of a file; positions given to `read` count from `start`. */
export class Source {
  constructor(
    readonly file: Deno.FsFile,
    readonly path: string,
    readonly start: number,
    readonly size: number,
    /** Ranges of the file, in order, that are not for this reader. */
    readonly closed: readonly ByteRange[] = [],
  ) {}

  /** The part of this window that begins at `at`. */
  window(at: number, size: number): Source {
    this.#check(at, size);
    return new Source(this.file, this.path, this.start + at, size, this.closed);
  }

  /** Exactly `bytes` bytes from `at`. */
  read(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    this.#check(at, bytes);
    if (bytes > 0 && touches(this.closed, this.start + at, this.start + at + bytes)) {
      unreadable("corrupt-zip", `a reference into a tensor, at ${at}`);
    }
    const out = new Uint8Array(bytes);
    this.file.seekSync(this.start + at, Deno.SeekMode.Start);
    for (let done = 0; done < bytes;) {
      const n = this.file.readSync(out.subarray(done));
      if (!n) unreadable("truncated", `the end of the file ${bytes - done} bytes early`);
      done += n;
    }
    return out;
  }

  #check(at: number, bytes: number): void {
    if (at >= 0 && bytes >= 0 && at + bytes <= this.size) return;
    unreadable("truncated", `a reference to bytes ${at} to ${at + bytes} of ${this.size}`);
  }
}

/** True if some of `ranges` has bytes from `from` up to `to`. */
function touches(ranges: readonly ByteRange[], from: number, to: number): boolean {
  let low = 0, high = ranges.length; // the first range that ends behind `from`
  while (low < high) {
    const middle = (low + high) >> 1, { offset, bytes } = ranges[middle]!;
    if (offset + bytes > from) high = middle;
    else low = middle + 1;
  }
  return low < ranges.length && ranges[low]!.offset < to;
}
