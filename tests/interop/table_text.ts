/**
 * Answers of `suite.py` beside one another: who passes what, and the cases that only one passes, with reasons.
 *
 * @module
 */

/** One case in one release. */
export interface Answer {
  readonly folder: string;
  readonly id: string;
  readonly status: "pass" | "FAIL" | "error" | "crash";
  readonly detail?: string;
}

/** A case that we do not build, and why. */
export interface Unbuilt {
  readonly folder: string;
  readonly id: string;
  readonly problem?: string;
}

/** What one release says of both; without `theirs`, AOTInductor was not asked. */
export interface Release {
  readonly release: string;
  readonly ours: readonly Answer[];
  readonly theirs?: readonly Answer[];
}

/** Cases that pass and that do not. */
interface Split {
  readonly passed: readonly Answer[];
  readonly failed: readonly Answer[];
}

/** One release, compared: over the cases that both answered. */
export interface Compared {
  readonly ours: Split;
  readonly theirs?: Split;
  /** We pass; their answer says why they do not. */
  readonly onlyOurs: readonly Answer[];
  /** They pass; our answer, or why we do not build it. */
  readonly onlyTheirs: readonly Answer[];
}

const nameOf = ({ folder, id }: Pick<Answer, "folder" | "id">) => `${folder}/${id}`;

function split(answers: readonly Answer[]): Split {
  const isGood = ({ status }: Answer) => status === "pass";
  return { passed: answers.filter(isGood), failed: answers.filter((a) => !isGood(a)) };
}

/** Compares what both passed and failed. */
export function compared({ ours, theirs }: Release, unbuilt: readonly Unbuilt[]): Compared {
  const own = split(ours);
  if (!theirs) return { ours: own, onlyOurs: [], onlyTheirs: [] };
  const peer = split(theirs), passedByUs = new Set(own.passed.map(nameOf));
  const mine = new Map<string, Answer>([
    ...unbuilt.map((row) =>
      [nameOf(row), { ...row, status: "error", detail: row.problem ?? "not built" }] as const
    ),
    ...own.failed.map((answer) => [nameOf(answer), answer] as const),
  ]);
  return {
    ours: own,
    theirs: peer,
    onlyOurs: peer.failed.filter((answer) => passedByUs.has(nameOf(answer))),
    onlyTheirs: peer.passed.flatMap((answer) => mine.get(nameOf(answer)) ?? []),
  };
}

/** The table as Markdown, lists below it. */
export function tableText(releases: readonly Release[], unbuilt: readonly Unbuilt[]): string {
  const head = [
    "PyTorch",
    "ours pass",
    "ours fail",
    "not built",
    "AOTInductor passes",
    "fails",
    "only ours",
    "only theirs",
  ];
  const lines = releases.map((release) => {
    const { ours, theirs, onlyOurs, onlyTheirs } = compared(release, unbuilt);
    const peer = theirs
      ? [theirs.passed.length, theirs.failed.length, onlyOurs.length, onlyTheirs.length]
      : ["–", "–", "–", "–"];
    return [release.release, ours.passed.length, ours.failed.length, unbuilt.length, ...peer];
  });
  const table = [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`);
  return [...table, ...releases.flatMap((release) => listsOf(release, unbuilt))].join("\n");
}

function listsOf(release: Release, unbuilt: readonly Unbuilt[]): readonly string[] {
  const { ours, onlyOurs, onlyTheirs } = compared(release, unbuilt);
  return [
    ...list(`${release.release}: ours fail`, ours.failed),
    ...list(`${release.release}: AOTInductor passes, we do not`, onlyTheirs),
    ...list(`${release.release}: we pass, AOTInductor does not`, onlyOurs),
  ];
}

/** Cases by reason, as most fail for few. */
function list(title: string, answers: readonly Answer[]): readonly string[] {
  if (answers.length === 0) return [];
  const reasons = Map.groupBy(answers, reasonOf);
  return ["", `${title} (${answers.length}):`].concat(
    [...reasons].map(([reason, all]) => `- ${reason}: ${all.map(nameOf).join(", ")}`),
  );
}

function reasonOf({ status, detail = "" }: Answer): string {
  return `${status} ${detail.replaceAll(/\s+/g, " ").slice(0, 100)}`.trim();
}
