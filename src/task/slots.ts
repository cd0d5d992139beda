/**
 * A bounded number of places to work in; of those who wait, the highest rank goes first.
 *
 * @module
 */

interface Waiting {
  readonly rank: () => number;
  readonly enter: (lane: number) => void;
}

/** `count` places, numbered from 0. */
export class Slots {
  readonly #free: number[];
  readonly #waiting: Waiting[] = [];

  constructor(count: number) {
    this.#free = Array.from({ length: Math.max(1, count) }, (_, i) => i).reverse();
  }

  /** A place, at once or when one is left; `rank` is asked again whenever one is. */
  async take(rank: () => number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const lane = this.#free.pop();
    if (lane !== undefined) return lane;
    return await new Promise<number>((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        rank,
        enter: (lane) => {
          signal.removeEventListener("abort", leave);
          resolve(lane);
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** Leaves a place to the one of highest rank; among equals, to who waited longest. */
  leave(lane: number): void {
    if (this.#waiting.length === 0) {
      this.#free.push(lane);
      return;
    }
    let best = 0;
    for (let i = 1; i < this.#waiting.length; i++) {
      if (this.#waiting[i]!.rank() > this.#waiting[best]!.rank()) best = i;
    }
    this.#waiting.splice(best, 1)[0]!.enter(lane);
  }
}
