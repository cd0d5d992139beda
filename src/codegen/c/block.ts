/**
 * Code as a tree: lines, loops, choices. Templates print it; the printers of this room build it.
 *
 * @module
 */

/** One piece of a block. */
export type Piece =
  | { readonly kind: "line"; readonly text: string }
  /** `for (int64_t index = from; index < count; index += step)`. */
  | {
    readonly kind: "loop";
    readonly index: string;
    readonly from: string;
    readonly count: string;
    readonly step: string;
    readonly body: Block;
  }
  /** `for (; condition; step)`: the index is declared before, and lives on after. */
  | { readonly kind: "while"; readonly condition: string; readonly step: string; readonly body: Block }
  | { readonly kind: "choice"; readonly condition: string; readonly then: Block; readonly otherwise: Block }
  | { readonly kind: "group"; readonly body: Block };

/** Pieces in order; built by appending. */
export type Block = readonly Piece[];

/** A block under construction. */
export class BlockBuilder {
  readonly pieces: Piece[] = [];
  /** Adds a line. */
  line(text: string): void {
    this.pieces.push({ kind: "line", text });
  }
  /** Adds a piece. */
  push(piece: Piece): void {
    this.pieces.push(piece);
  }
}

/** All lines of a block in order, for tests and digests. */
export function linesOf(block: Block, indent = ""): string[] {
  return block.flatMap((p): string[] => {
    switch (p.kind) {
      case "line":
        return [indent + p.text];
      case "loop": {
        const head =
          `for (int64_t ${p.index} = ${p.from}; ${p.index} < ${p.count}; ${p.index} += ${p.step}) {`;
        return [indent + head, ...linesOf(p.body, indent + "  "), `${indent}}`];
      }
      case "while":
        return [
          `${indent}for (; ${p.condition}; ${p.step}) {`,
          ...linesOf(p.body, indent + "  "),
          `${indent}}`,
        ];
      case "choice": {
        const otherwise = p.otherwise.length > 0
          ? [`${indent}} else {`, ...linesOf(p.otherwise, indent + "  ")]
          : [];
        return [
          `${indent}if (${p.condition}) {`,
          ...linesOf(p.then, indent + "  "),
          ...otherwise,
          `${indent}}`,
        ];
      }
      case "group":
        return [`${indent}{`, ...linesOf(p.body, indent + "  "), `${indent}}`];
    }
  });
}
