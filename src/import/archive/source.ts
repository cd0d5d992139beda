/**
 * A window of an open file that is read at random positions.
 *
 * @module
 */
import { unreadable } from "./errors.ts";

/** Bytes `start` to `start + size` of a file; positions given to `read` count from `start`. */
export class Source {
  constructor(
    readonly file: Deno.FsFile,
    readonly path: string,
    readonly start: number,
    readonly size: number,
  ) {}

  /** The part of this window that begins at `at`. */
  window(at: number, size: number): Source {
    this.#check(at, size);
    return new Source(this.file, this.path, this.start + at, size);
  }

  /** Exactly `bytes` bytes from `at`. */
  read(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    this.#check(at, bytes);
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
