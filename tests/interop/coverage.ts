/**
 * Which operators of PyTorch the table knows: `deno run -R tests/interop/coverage.ts operators.json` (`operators.py`
 * writes the list). Prints how many of each family, and the names of those that it does not know.
 *
 * @module
 */
import { atenTable } from "../../src/import/operators.ts";
import { isSpecial } from "../../src/import/special.ts";
import { functionalOf, writesInto } from "../../src/import/writes.ts";
import { updatesStatistics } from "../../src/import/statistics.ts";

interface Operators {
  readonly release: string;
  readonly families: Readonly<Record<string, readonly string[]>>;
}

/** True for what import converts: a row, an in-place form of one, or what import does itself. */
function isKnown(target: string): boolean {
  if (atenTable.find(target) || isSpecial(target) || updatesStatistics(target)) return true;
  const functional = writesInto(target) ? functionalOf(target) : undefined;
  if (functional === undefined) return false;
  const name = functional.split(".").slice(0, 2).join(".");
  return ["copy", "zero", "fill"].some((own) => name === `aten.${own}`) ||
    atenTable.names.some((other) => other.startsWith(`${name}.`));
}

const { release, families }: Operators = JSON.parse(
  await Deno.readTextFile(Deno.args[0] ?? "operators.json"),
);
console.log(`PyTorch ${release}`);
for (const [family, targets] of Object.entries(families)) {
  const missing = targets.filter((target) => !isKnown(target));
  console.log(`${family}: ${targets.length - missing.length} of ${targets.length}`);
  for (const target of missing) console.log(`  ${target}`);
}
