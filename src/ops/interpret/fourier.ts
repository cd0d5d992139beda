/**
 * Reference of routine `fft`: the definition, in f64.
 *
 * @module
 */
import {
  type AttrValue,
  type DenseTensor,
  denseZeros,
  elementOf,
  roundFloat,
  setElement,
} from "../../ir/scalar/mod.ts";
import { linesAlong } from "./lines.ts";

/** `[re, im]` of one element. */
type Complex = readonly [number, number];

function transform(x: readonly Complex[], sign: 1 | -1): Complex[] {
  const n = x.length,
    turns = x.map((_, t) => [Math.cos(2 * Math.PI * t / n), Math.sin(2 * Math.PI * t / n)] as const);
  return x.map((_, k): Complex => {
    let re = 0, im = 0;
    x.forEach(([a, b], j) => {
      const [c, s] = turns[j * k % n]!, d = sign * s;
      re += a * c - b * d, im += a * d + b * c;
    });
    return [re, im];
  });
}

/** The whole line that `half` is the beginning of: conjugates backwards. */
function whole(half: readonly Complex[], n: number): Complex[] {
  return Array.from({ length: n }, (_, k): Complex => {
    const [re, im] = half[Math.min(k, n - k)]!;
    return [re, 2 * k % n === 0 ? 0 : 2 * k > n ? -im : im];
  });
}

/** `dim` counts among the dims that are no pairs; `size` is the length of the real (or whole complex) lines. */
export function fourierReference(x: DenseTensor, attrs: Readonly<Record<string, AttrValue>>): DenseTensor {
  const dim = Number(attrs.dim),
    n = Number(attrs.size),
    kind = String(attrs.kind),
    half = Math.floor(n / 2) + 1;
  const isFromReal = kind === "from_real", isToReal = kind === "to_real";
  const lead = isFromReal ? x.shape : x.shape.slice(0, -1),
    shape = lead.toSpliced(dim, 1, isFromReal ? half : n);
  const out = denseZeros(x.dtype, isToReal ? shape : [...shape, 2]);
  const scale = { none: 1, root: 1 / Math.sqrt(n), whole: 1 / n }[String(attrs.norm)] ?? 1;
  const [from, to] = [linesAlong(lead, dim), linesAlong(shape, dim)],
    read = (at: number) => Number(elementOf(x, at));
  from.forEach((line, k) => {
    const given = line.map((at): Complex => isFromReal ? [read(at), 0] : [read(2 * at), read(2 * at + 1)]);
    const done = transform(isToReal ? whole(given, n) : given, attrs.inverse ? 1 : -1);
    to[k]!.forEach((at, j) => {
      const [re, im] = done[j]!.map((part) => roundFloat(part * scale, x.dtype)) as [number, number];
      if (isToReal) setElement(out, at, re);
      else {
        setElement(out, 2 * at, re);
        setElement(out, 2 * at + 1, im);
      }
    });
  });
  return out;
}
