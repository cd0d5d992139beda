/** The table of two packagers over the same cases. */
import { assertEquals } from "@std/assert";
import { type Answer, compared, tableText } from "./table_text.ts";

const answer = (folder: string, status: Answer["status"], detail = ""): Answer => ({
  folder,
  id: "m0",
  status,
  detail,
});
const unbuilt = [{ folder: "sparse", id: "m0", problem: "aten.to_sparse is not supported" }];
const release = {
  release: "2.6.0",
  ours: [
    answer("a", "pass"),
    answer("b", "pass"),
    answer("c", "FAIL", "output 0 is off"),
    answer("d", "FAIL", "off"),
  ],
  theirs: [
    answer("a", "pass"),
    answer("b", "error", "no lowering"),
    answer("c", "pass"),
    answer("sparse", "pass"),
  ],
};

Deno.test("Cases that only one passes: those that we do not build count against us, those not asked for nobody", () => {
  const { onlyOurs, onlyTheirs, ours } = compared(release, unbuilt);
  assertEquals(ours.failed.map((a) => a.folder), ["c", "d"]);
  assertEquals(onlyOurs.map((a) => a.folder), ["b"]);
  assertEquals(onlyTheirs.map((a) => [a.folder, a.detail]), [
    ["c", "output 0 is off"],
    ["sparse", "aten.to_sparse is not supported"],
  ]);
});

Deno.test("The table has a line for each release, and lists with reasons", () => {
  const { theirs: _theirs, ...alone } = release;
  assertEquals(
    tableText([release, { ...alone, release: "2.13.0", ours: [answer("a", "pass")] }], unbuilt),
    [
      "| PyTorch | ours pass | ours fail | not built | AOTInductor passes | fails | only ours | only theirs |",
      "| --- | --- | --- | --- | --- | --- | --- | --- |",
      "| 2.6.0 | 2 | 2 | 1 | 3 | 1 | 1 | 2 |",
      "| 2.13.0 | 1 | 0 | 1 | – | – | – | – |",
      "",
      "2.6.0: ours fail (2):",
      "- FAIL output 0 is off: c/m0",
      "- FAIL off: d/m0",
      "",
      "2.6.0: AOTInductor passes, we do not (2):",
      "- FAIL output 0 is off: c/m0",
      "- error aten.to_sparse is not supported: sparse/m0",
      "",
      "2.6.0: we pass, AOTInductor does not (1):",
      "- error no lowering: b/m0",
    ].join("\n"),
  );
});
