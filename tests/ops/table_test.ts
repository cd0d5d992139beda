import assert from "node:assert/strict";
import { atenOp, atenTargets, parseSchema } from "../../src/ops/mod.ts";

Deno.test("atenOp() finds a row by target and nothing for an unknown one", () => {
  assert.equal(atenOp("aten.add.Tensor")?.target, "aten.add.Tensor");
  assert.equal(atenOp("aten.no_such_operator.default"), undefined);
});

Deno.test("atenTargets are sorted and every one names its schema", () => {
  assert.deepEqual([...atenTargets].sort(), [...atenTargets]);
  for (const target of atenTargets) {
    const { schema } = atenOp(target)!;
    assert.equal(schema.target, target);
    const names = schema.args.map((arg) => arg.name);
    assert.equal(new Set(names).size, names.length, `${target} names an argument twice`);
    assert.ok(
      schema.args.every((arg) => /^[A-Z]?[a-zA-Z]+(\[\d*\])?\??(\[\d*\])?\??$/.test(arg.type)),
      target,
    );
  }
});

Deno.test("parseSchema() reads types, defaults, lists of results and quoted defaults", () => {
  const schema = parseSchema(
    `aten::norm.out(Tensor(a!) self, SymInt[2] size=[1, 2], *, str? mode="a,b", Tensor? w) -> (Tensor, Tensor[])`,
  );
  assert.equal(schema.target, "aten.norm.out");
  assert.equal(schema.results, 2);
  assert.deepEqual(schema.args, [
    { name: "self", type: "Tensor" },
    { name: "size", type: "SymInt[2]", default: "[1, 2]" },
    { name: "mode", type: "str?", default: '"a,b"' },
    { name: "w", type: "Tensor?" },
  ]);
  assert.equal(parseSchema("f(Tensor x) -> ()").results, 0);
});

Deno.test("parseSchema() says what it wanted when a text is no schema", () => {
  assert.throws(() => parseSchema("add(self"), /Cannot parse schema "add\(self": wanted/);
});
