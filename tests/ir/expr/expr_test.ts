import assert from "node:assert/strict";
import {
  add,
  ceilDiv,
  floorDiv,
  int,
  isMultiple,
  lessThan,
  mod,
  mul,
  parse,
  print,
  sym,
} from "../../../src/ir/expr/mod.ts";

const rows = sym("s0"), columns = sym("s1", { min: 1 });
const i = sym("i0", { below: rows }), j = sym("i1", { below: columns });

Deno.test("A view as one axis and back is the same index", () => {
  const flat = add(mul(i, columns), j);
  assert.equal(floorDiv(flat, columns), i);
  assert.equal(mod(flat, columns), j);
  assert.equal(lessThan(flat, mul(rows, columns)), true);
});

Deno.test("Common factors of a symbolic quotient cancel", () => {
  assert.equal(floorDiv(mul(6, rows), mul(2, rows)), int(3));
  assert.equal(isMultiple(mul(6, rows), mul(2, rows)), true);
});

Deno.test("Printed text parses to the same object", () => {
  const scope = (name: string) => ({ s0: rows, s1: columns, i0: i, i1: j })[name] ?? sym(name);
  for (const e of [ceilDiv(add(rows, -3), 4), mod(mul(i, j), add(columns, 2)), mul(3, floorDiv(i, 2), i)]) {
    assert.equal(parse(print(e), scope), e);
  }
});
