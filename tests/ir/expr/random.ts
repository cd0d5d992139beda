/** Random expressions for property tests, as trees that are built by the algebra and valued without it. */
import fc from "fast-check";
import {
  add,
  type Dim,
  evaluate,
  type Expr,
  floorDiv,
  max,
  min,
  mod,
  mul,
  sub,
  type Sym,
  sym,
} from "../../../src/ir/expr/mod.ts";

/** A tree over numbers and names of symbols. */
export type Tree = number | string | readonly [Op, Tree, Tree];
export type Op = keyof typeof ops;

interface OpRow {
  readonly build: (a: Dim, b: Dim) => Expr;
  /** The meaning, stated apart from the algebra. */
  readonly value: (a: bigint, b: bigint) => bigint;
}

export const ops = {
  add: { build: add, value: (a, b) => a + b },
  sub: { build: sub, value: (a, b) => a - b },
  mul: { build: mul, value: (a, b) => a * b },
  floordiv: { build: floorDiv, value: floorOf },
  mod: { build: mod, value: (a, b) => a - b * floorOf(a, b) },
  min: { build: min, value: (a, b) => a < b ? a : b },
  max: { build: max, value: (a, b) => a > b ? a : b },
} as const satisfies Record<string, OpRow>;

function floorOf(a: bigint, b: bigint): bigint {
  const rounded = a / b; // throws on zero: the caller skips such a case
  return a % b !== 0n && (a < 0n) !== (b < 0n) ? rounded - 1n : rounded;
}

const s0 = sym("s0", { min: 0 }), s1 = sym("s1", { min: 1, max: 6 }), s2 = sym("s2", { min: 2 });
const flat = mul(s1, s2);

/** Symbols in an order in which each bound is known before what it bounds. */
export const symbols: readonly Sym[] = [
  s0,
  s1,
  s2,
  sym("n", { min: -5, max: 5 }),
  sym("u"),
  sym("i0", { below: s0 }),
  sym("i1", { below: s1 }),
  sym("i2", { below: s2 }),
  sym("i3", { below: 4 }),
  sym("i4", { below: 6 }),
  sym("i5", { below: flat }),
  sym("i6", { below: sym("i1", { below: s1 }) }),
  sym("one", { below: 1 }),
];

/** The symbol of a name. */
export function scope(name: string): Sym {
  return symbols.find((s) => s.name === name) ?? sym(name);
}

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...symbols.map((s) => s.name)) },
  { weight: 2, arbitrary: fc.integer({ min: -12, max: 12 }) },
);

/** Trees of at most `depth` operations on a path. */
export function trees(depth = 4): fc.Arbitrary<Tree> {
  return fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: depth, depthIdentifier: "tree" },
      leaf,
      fc.tuple(fc.constantFrom(...Object.keys(ops) as Op[]), tie("tree"), tie("tree")),
    ),
  })).tree;
}

/** Index maps as reshapes make them: quotients and remainders of strided sums. */
export const indexTrees: fc.Arbitrary<Tree> = fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 }).map(
  (dice) => {
    let at = 0;
    const roll = <T>(of: readonly T[]): T => of[dice[at++ % dice.length]! % of.length]!;
    const axis = () => roll(["i0", "i1", "i2", "i3", "i4", "i5", "i6"]);
    const size = (): Tree => roll<Tree>(["s1", "s2", 2, 3, 4, 6, 8, ["mul", "s1", "s2"], ["mul", 4, "s2"]]);
    const row = (): Tree => [
      "add",
      ["mul", axis(), size()],
      roll<Tree>([axis(), ["sub", axis(), 1], ["mul", 2, axis()]]),
    ];
    const cut = (t: Tree): Tree => [roll<Op>(["floordiv", "mod"]), t, size()];
    const piece = () => roll([cut, (t: Tree) => cut(cut(t)), (t: Tree) => cut(["add", t, row()])])(row());
    return ["add", ["mul", piece(), size()], piece()];
  },
);

/** The tree, built: undefined where a constant zero divides. */
export function build(tree: Tree): Expr | undefined {
  try {
    return buildNode(tree);
  } catch (error) {
    if (error instanceof RangeError && /divisor is 0|2\^53/.test(error.message)) return undefined;
    throw error;
  }
}

function buildNode(tree: Tree): Expr {
  if (typeof tree === "number") return add(tree);
  return typeof tree === "string"
    ? add(scope(tree))
    : ops[tree[0]].build(buildNode(tree[1]), buildNode(tree[2]));
}

export type Env = Readonly<Record<string, number>>;

/** The value of a tree by exact arithmetic; undefined where zero divides or a double would not hold it. */
export function valueOf(tree: Tree, env: Env): number | undefined {
  try {
    const value = valueOfNode(tree, env);
    return value > -(2n ** 50n) && value < 2n ** 50n ? Number(value) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function valueOfNode(tree: Tree, env: Env): bigint {
  if (typeof tree === "number") return BigInt(tree);
  if (typeof tree === "string") return BigInt(env[tree]!);
  return ops[tree[0]].value(valueOfNode(tree[1], env), valueOfNode(tree[2], env));
}

/** Values within the facts; none where an axis has no index. */
export const envs: fc.Arbitrary<Env> = fc.array(fc.nat(10_000), {
  minLength: symbols.length,
  maxLength: symbols.length,
})
  .map((dice) => {
    const env: Record<string, number> = {};
    symbols.forEach((s, at) => {
      const low = Math.max(s.min, -20), high = Math.min(s.max, low + 40);
      const top = s.below ? evaluate(s.below, env) - 1 : high;
      env[s.name] = low + dice[at]! % Math.max(1, top - low + 1);
    });
    return env;
  }).filter((env) => symbols.every((s) => !s.below || env[s.name]! < evaluate(s.below, env)));
