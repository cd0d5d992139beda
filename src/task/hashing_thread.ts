/**
 * The thread that computes digests: asked once, answers once.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { digestsHere, type HashingAnswer, type HashingRequest } from "./hashing.ts";

self.onmessage = ({ data }: MessageEvent<HashingRequest>) => self.postMessage(answer(data));

function answer({ path, ranges }: HashingRequest): HashingAnswer {
  try {
    return digestsHere(path, ranges);
  } catch {
    return null;
  }
}
