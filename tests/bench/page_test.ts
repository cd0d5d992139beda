/** The page of benchmarks. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Line } from "./lines.ts";
import { renderPage } from "./page.ts";

const kernel = { name: "k_linear", ms: 0.5, gflops: 150, gbps: 10, of_roof: 0.75 };
const lines: readonly Line[] = [
  { machine: { cpu: "Fast <1>", cores: 2, commit: "abc", date: "2030-01-01 10:00", load: 3 } },
  { model: "m&m", peer: "ours tuned", threads: 1, median_ms: 1, kernels: [kernel], verified: "pass" },
  { model: "m&m", peer: "ours tuned", threads: 2, median_ms: 0.5 },
  { model: "m&m", peer: "ort", threads: 1, median_ms: 4 },
  { model: "m&m", peer: "eager", threads: 1, median_ms: 4.5 },
  { model: "slow", peer: "ours", threads: 1, median_ms: 1 },
  { model: "slow", peer: "eager", threads: 1, median_ms: 160 },
  { roof_row: "matmul 512", unit: "compute", ms: 1, gflops: 200, gbps: 1, of_roof: 0.9 },
];

Deno.test("the page holds bars with ratios, kernels, threads and tables, and nothing from elsewhere", () => {
  const page = renderPage(lines);
  assertStringIncludes(page, "Fast &lt;1&gt;, 2 cores");
  assertStringIncludes(page, "Other processes ran: 3.0");
  assertStringIncludes(page, '<b class="good">4.00x</b>');
  assertMatch(page, /<h3>m&amp;m<span class="good">4.00x<\/span>/);
  assertMatch(page, /class="bar tuned">.*style="width:22.2%".*1 ms/);
  assertMatch(page, /class="bar best">.*>ort<.*style="width:88.9%"/);
  assertMatch(page, /class="bar best">.*>eager<.*style="width:100.0%".*160 ms, cut/);
  assertMatch(page, /class="bar high"><span title="k_linear">.*75 %, 0.5 ms/);
  assertMatch(page, /class="bar tuned">.*2.00x/);
  assertMatch(page, /class="bar high">.*matmul 512.*90 %, 200 GFLOP\/s/);
  assertStringIncludes(page, "<td>geometric mean</td>");
  assert(!/https?:|src=|<script|<link|url\(/.test(page), "something is loaded from elsewhere");
});

Deno.test("nothing measured is a page all the same, and the same lines give the same bytes", () => {
  assertStringIncludes(renderPage([]), "<h1>Benchmarks</h1>");
  assertEquals(renderPage(lines), renderPage(lines));
});
