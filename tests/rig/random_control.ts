/**
 * Steps of random graphs that make control flow: branches, loops, values that become sizes.
 *
 * @module
 */
import { isFloat } from "../../src/base/mod.ts";
import { add, type Expr, floorDiv, int, lt, mod, sub, sym } from "../../src/ir/expr/mod.ts";
import type { GraphBuilder, Region, Value } from "../../src/ir/graph/mod.ts";
import type { Workshop } from "./random_graph.ts";

function region(
  b: GraphBuilder,
  name: string,
  xs: readonly Value[],
  of: (g: GraphBuilder, ys: Value[]) => Value[],
): Region {
  const inner = b.region(), inputs = xs.map((x) => inner.input("r", x.type)), outputs = of(inner, inputs);
  return { name, inputs, nodes: inner.nodes, outputs };
}

/** A 0-d bool. */
function test(shop: Workshop): Value {
  const { b } = shop, flag = shop.find((k) => k.value.type.dtype === "bool")?.value;
  if (!flag) return b.mask([], () => lt(0, 1));
  return flag.type.shape.length === 0 ? flag : b.reduce("any", flag, flag.type.shape.map((_, n) => n));
}

function branch(shop: Workshop): void {
  if (!shop.options.control) return;
  const { b } = shop, x = shop.find((k) => isFloat(k.value.type.dtype))!, given = [x.value];
  const twice = region(b, "then", given, (g, [y]) => [g.pointwise("add", y!, y!), y!]);
  const other = region(b, "else", given, (g, [y]) => [g.pointwise("neg", y!), g.pointwise("abs", y!)]);
  const outs = b.control({ kind: "cond" }, [test(shop), ...given], [twice, other], [
    x.value.type,
    x.value.type,
  ]);
  const grid = x.grid && { ...x.grid, top: x.grid.top + 1 };
  outs.forEach((value) => shop.add(value, { loose: x.loose, grid }));
}

/** Branches whose results differ in size: the size is a symbol that the branch binds. */
function branchOfSizes(shop: Workshop): void {
  if (!shop.options.control) return;
  const { b } = shop, x = shop.find((k) => isFloat(k.value.type.dtype) && k.value.type.shape.length > 0);
  if (!x) return;
  const [size, ...rest] = x.value.type.shape as [Expr, ...Expr[]],
    u = sym(`u${shop.unbacked++}`, { min: 0, unbacked: true });
  const twice = region(b, "then", [x.value], (g, [y]) => [g.concat([y!, y!], 0)]);
  const half = region(b, "else", [x.value], (g, [y]) => {
    return [
      g.remap(
        y!,
        [floorDiv(size, 2), ...rest],
        ([i, ...more]) => [add(i!, sub(size, floorDiv(size, 2))), ...more],
      ),
    ];
  });
  const type = { dtype: x.value.type.dtype, shape: [u, ...rest] };
  const [out] = b.push({ kind: "cond" }, [test(shop), x.value], [type], {
    regions: [twice, half],
    binds: [u],
  });
  shop.add(b.pointwise("neg", out!), { loose: x.loose, grid: x.grid });
}

/** Adds a captured vector to a carried one a few times, counting. */
function loop(shop: Workshop): void {
  if (!shop.options.control) return;
  const { b, choices } = shop, x = shop.find((k) => isFloat(k.value.type.dtype))!, { type } = x.value;
  const times = BigInt(choices.below(4)), zero = b.constant(0n, "i64");
  const given = [zero, x.value, x.value];
  const condition = region(
    b,
    "condition",
    given,
    (g, [n]) => [g.pointwise("lt", n!, g.constant(times, "i64"))],
  );
  const body = region(b, "body", given, (g, [n, y, z]) => [
    g.pointwise("add", n!, g.constant(1n, "i64")),
    g.pointwise("add", g.remap(y!, type.shape, (axes) => axes), z!),
  ]);
  const outs = b.control({ kind: "while", carried: 2 }, given, [condition, body], [zero.type, type]);
  shop.add(outs[0]!);
  shop.add(outs[1]!, { loose: x.loose, grid: x.grid && { ...x.grid, top: x.grid.top + 3 } });
}

/** Makes a size of a value: an iota of that length, doubled. */
function sizeOfValue(shop: Workshop): void {
  if (!shop.options.control) return;
  const { b } = shop,
    x = shop.find((k) => k.value.type.dtype === "i64" && k.value.type.shape.length === 0)?.value;
  const raw = x ?? b.constant(4n, "i64"), small = b.pointwise("mod", raw, b.constant(6n, "i64"));
  const u = sym(`u${shop.unbacked++}`, { min: 0, max: 5, unbacked: true });
  b.item(small, u);
  b.assert(lt(u, 6), "small");
  const shape: Expr[] = [add(u, 1), int(2)];
  const value = b.iota(shape, ([i, j]) => add(mod(i!, 3), j!), "f32");
  shop.add(b.pointwise("mul", value, b.constant(0.5, "f32")), { grid: { unit: -1, top: 4 } });
}

export const controlSteps = [branch, loop, sizeOfValue, branchOfSizes] as const;
