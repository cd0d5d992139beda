/**
 * Guards taken apart: what a predicate asks of the lanes, what is the same in all of them, and what holds where a loop
 * is away from the borders.
 *
 * @module
 */
import { and, type Pred, printPred, symsOfPred } from "../../ir/expr/mod.ts";
import { type Scalar, type Scalars, scalarsOf } from "../../ir/loops/mod.ts";

/** The parts that all have to hold. */
export function partsOf(pred: Pred): readonly Pred[] {
  return pred.kind === "and" ? pred.args : [pred];
}

/** The parts of all guards in `values` that `wanted` picks, each once. */
export function guardParts(values: readonly Scalar[], wanted: (p: Pred) => boolean): readonly Pred[] {
  const found = new Map<string, Pred>();
  for (const s of scalarsOf(...values)) {
    if (s.kind !== "guarded") continue;
    for (const part of partsOf(s.pred)) if (wanted(part)) found.set(printPred(part), part);
  }
  return [...found.values()];
}

/** `s` where all of `facts` (parts of its guards) hold. */
export function assuming(s: Scalar, facts: readonly Pred[], scalars: Scalars): Scalar {
  const known = new Set(facts.map(printPred));
  return mapGuards(s, scalars, (pred, value, other) => {
    const left = partsOf(pred).filter((p) => !known.has(printPred(p)));
    return left.length === 0 ? value : scalars.guarded(and(...left), value, other);
  });
}

/** Guards with parts that vary and parts that do not become two: a choice around a mask. */
export function apart(s: Scalar, varies: (name: string) => boolean, scalars: Scalars): Scalar {
  return mapGuards(s, scalars, (pred, value, other) => {
    const parts = partsOf(pred), masked = parts.filter((p) => symsOfPred(p).some((x) => varies(x.name)));
    const same = parts.filter((p) => !masked.includes(p));
    if (masked.length === 0 || same.length === 0) return scalars.guarded(pred, value, other);
    return scalars.guarded(and(...same), scalars.guarded(and(...masked), value, other), other);
  });
}

function mapGuards(
  root: Scalar,
  scalars: Scalars,
  guard: (pred: Pred, value: Scalar, other: Scalar) => Scalar,
): Scalar {
  return scalars.rebuild(root, (s, go) => {
    return s.kind === "guarded" ? guard(s.pred, go(s.value), go(s.other)) : undefined;
  });
}
