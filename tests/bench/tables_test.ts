/** Lines of benchmarks as comparisons and tables. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Comparison, geometricMean } from "./comparison.ts";
import { isLatency, type Latency, machineOf, readLines } from "./lines.ts";
import { compileTable, digits, latencyTable, scalingTable, tablesOf } from "./tables.ts";
import { coresFor } from "./machine.ts";
import { commandOf, peerOf } from "./zoo.ts";

function line(model: string, peer: string, median_ms: number, more: Partial<Latency> = {}): Latency {
  return { model, peer, threads: 1, median_ms, min_ms: median_ms / 2, ...more };
}

function messageOf(work: () => unknown): string {
  const error: unknown = assertThrows(work);
  return error instanceof Error ? error.message : "";
}

const lines = [
  line("a", "ours", 2, { compile_s: 1, library_bytes: 1e5, bytes: 2e5 }),
  line("a", "ours tuned", 1),
  line("a", "ours tuned", 0.6, { threads: 2 }),
  line("a", "aoti", 4, { torch: "2.13", compile_s: 10 }),
  line("a", "aoti", 3, { torch: "2.6" }),
  line("b", "ours", 8),
  line("b", "aoti", 2, { torch: "2.13" }),
  line("b", "ort", 9, { median_ms: undefined, failed: "no twin" }),
];

Deno.test("peers' lines are read, words of scripts between them are not", () => {
  const text =
    `warning: slow\n{"threads": 1, "torch": "2.13", "model": "m", "peer": "aoti", "median_ms": 1.5, "error": NaN}
{"machine": {"cpu": "c", "cores": 2, "commit": "x", "date": "d", "load": 0}}\n\n`;
  const [first, second] = readLines(text, "peers");
  assertEquals(first && isLatency(first) && first.median_ms, 1.5);
  assertEquals(machineOf([second!])?.cpu, "c");
  assertMatch(messageOf(() => readLines('{"model": 3}', "f.jsonl")), /f.jsonl, line 1/);
  assertMatch(messageOf(() => readLines("\n{", "f.jsonl")), /line 2/);
});

Deno.test("the best peer is the fastest of those that ran, releases of PyTorch counting apart", () => {
  const c = new Comparison(lines);
  assertEquals(c.names, ["ours", "ours tuned", "aoti (torch 2.13)", "aoti (torch 2.6)", "ort"]);
  assertEquals(c.best("a", 1), { name: "aoti (torch 2.6)", ms: 3 });
  assertEquals(c.best("b", 1), { name: "aoti (torch 2.13)", ms: 2 });
  assertEquals(c.best("b", 2), undefined);
  assertEquals([c.ratio("a", "ours tuned", 1), c.ratio("b", "ours", 1)], [3, 0.25]);
  assertEquals(new Comparison(lines, "min_ms").ms("a", "ours", 1), 1);
});

Deno.test("of repeated rounds the quickest counts, and a compile time stays known", () => {
  const c = new Comparison([
    line("a", "aoti", 4, { compile_s: 10 }),
    line("a", "aoti", 3, { compile_s: null }),
    line("a", "aoti", 5),
  ]);
  assertEquals([c.ms("a", "aoti", 1), c.compileS("a", "aoti")], [3, 10]);
});

Deno.test("tables end with geometric means, and say nothing where nothing is known", () => {
  const c = new Comparison(lines), { head, rows } = latencyTable(c, 1);
  assertEquals(head.at(-2), "best/ours");
  assertEquals(rows.map((r) => r.slice(-2)), [["1.50x", "3.00x"], ["0.25x", "–"], ["0.61x", "3.00x"]]);
  assertEquals(compileTable(c).rows.map((r) => r.at(-1)), ["10.00x", "–", "10.00x"]);
  assertEquals(scalingTable(c).rows[0]?.slice(1, 3), ["–", "1.67x"]);
  assertEquals(tablesOf(new Comparison([]), []), []);
  assertEquals(geometricMean([2, undefined, 8]), 4);
  assertEquals([0.01264, 1.5, 123.4, undefined].map(digits), ["0.0126", "1.5", "123", "–"]);
});

Deno.test("runs take the last cores, peers get their places", () => {
  assertEquals([coresFor(1, 4), coresFor(2, 4), coresFor(8, 2)], ["3", "2,3", "0,1"]);
  assertEquals(peerOf(["env", "CACHE=/c", "/tools/torch", "2.6", "python3", "p.py"]), "torch 2.6");
  assertEquals(peerOf(["python", "p.py"]), "python");
  assertEquals(
    commandOf(" python p.py {zoo}/x {threads}  {model} {other}", { zoo: "/z", threads: "2", model: "m" }),
    [
      "python",
      "p.py",
      "/z/x",
      "2",
      "m",
      "{other}",
    ],
  );
});
