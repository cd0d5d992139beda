import { assertEquals } from "@std/assert";
import { modulePath, originOf } from "../../../src/import/archive/trace.ts";

Deno.test("the origin is the innermost frame that is not torch's", () => {
  const trace = [
    '  File "site-packages/torch/_dynamo/functional_export.py", line 232, in forward',
    "    res = self._export_root(*args, **kwargs)",
    '  File "nets/mlp.py", line 14, in forward',
    "    return self.fc(x) + 1",
    "           ^^^^^^^^^^",
    '  File "site-packages/torch/nn/modules/linear.py", line 125, in forward',
    "    return F.linear(input, self.weight, self.bias)",
  ].join("\n");
  const origin = { file: "nets/mlp.py", line: 14, function: "forward", code: "return self.fc(x) + 1" };
  assertEquals(originOf(trace), origin);
});

Deno.test("a trace without frames of the user's has no origin", () => {
  assertEquals(originOf('File "torch/fx/passes/runtime_assert.py", line 24, in insert'), null);
  assertEquals(originOf('File "<eval_with_key>.45", line 24, in forward'), null);
  assertEquals(originOf("no trace"), null);
  assertEquals(originOf(""), null);
});

Deno.test("a frame may lack function and source", () => {
  assertEquals(originOf('File "a.py", line 3'), { file: "a.py", line: 3, function: "", code: "" });
  assertEquals(originOf('File "a.py", line 3, in f\n  File "torch/b.py", line 1')?.code, "");
});

Deno.test("a megabyte of half frames takes no quadratic time", () => {
  const start = performance.now();
  assertEquals(originOf('File "'.repeat(200_000)), null);
  assertEquals(performance.now() - start < 1000, true);
});

const paths: [string, string | null][] = [
  ["L__self__,,__main__.Net", ""],
  ["L__self__,,__main__.Net;L__self___fc,fc,torch.nn.modules.linear.Linear", "fc"],
  ["L__s___a_l,L['s'].a.l,torch.nn.modules.linear.Linear", "a.l"],
  ["L__self__,L['self'],__main__.Net", ""],
  ["0,_export_root,__main__.Net", ""],
  ["_empty_nn_module_stack_from_metadata_hook,_empty_nn_module_stack_from_metadata_hook,x", null],
  ["", null],
];
for (const [stack, path] of paths) {
  Deno.test(`the module path of ${JSON.stringify(stack)} is ${JSON.stringify(path)}`, () => {
    assertEquals(modulePath(stack), path);
  });
}
