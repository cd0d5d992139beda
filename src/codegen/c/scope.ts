/**
 * Where scalars are printed: the bodies of loops, and choices within them.
 *
 * @module
 */
import type { Expr } from "../../ir/expr/mod.ts";
import type { Scalar } from "../../ir/loops/mod.ts";
import { Names } from "./arguments.ts";
import { BlockBuilder } from "./block.ts";
import type { KernelContext } from "./kernel_context.ts";

/** One loop body or choice. */
export interface Scope {
  readonly block: BlockBuilder;
  readonly loop?: string;
  readonly known: Map<string, string>;
  readonly names: Names;
}

/** The vector loop of a stage: its axis symbol, and how many lanes exist (text), `AOTI_LANES` when all. */
export interface VectorLoop {
  readonly symbol: string;
  readonly count: string;
  readonly partial: boolean;
  /** Long, or of a length that the run decides: what is made once for all of it pays. */
  readonly isLong?: boolean;
}

/** The outermost scope that has all loops in `depends`; choices in between keep what is printed there inside. */
export function homeOf(scopes: readonly Scope[], depends: ReadonlySet<string>): Scope {
  const at = scopes.findLastIndex((scope) => scope.loop === undefined || depends.has(scope.loop));
  return scopes[Math.max(0, at)]!;
}

/** C name of what stands for division by `by`, made where `by` is, which is called `name` there. */
export function divisorOf(scopes: readonly Scope[], by: Scalar, name: string, fresh: () => string): string {
  const scope = scopes.find(({ known }) => known.get(`${by.id}`) === name) ?? scopes.at(-1)!;
  const key = `divisor ${by.id}`, known = scope.known.get(key) ?? fresh();
  if (!scope.known.has(key)) {
    scope.block.line(`const aoti_divisor_f32 ${known} = aoti_divide_by_f32(${name});`);
    scope.known.set(key, known);
  }
  return known;
}

/** The open loops and choices of a stage, innermost last: where lines go, and what is known there. */
export class ScopeStack {
  protected readonly scopes: Scope[];
  protected readonly kernel: KernelContext;
  /** The loop whose iterations are lanes, while it is open. */
  protected vector: VectorLoop | undefined;
  /** Lanes that are wanted; all when absent. */
  protected mask: string | undefined;

  constructor(kernel: KernelContext, block: BlockBuilder, names: Names) {
    this.kernel = kernel;
    this.scopes = [{ block, known: new Map(), names }];
  }

  /** The innermost scope. */
  protected get inner(): Scope {
    return this.scopes[this.scopes.length - 1]!;
  }

  /** The block that lines of the innermost loop go to. */
  get block(): BlockBuilder {
    return this.inner.block;
  }

  /** C names of what index expressions use, in the innermost loop. */
  get names(): Names {
    return this.inner.names;
  }

  /** A name that nothing else in the kernel has. */
  fresh(prefix?: string): string {
    return this.kernel.fresh(prefix);
  }

  /** Runs `work` inside a loop over `symbol`, called `index` in C; gives the loop's body. */
  inLoop(symbol: string, index: string, work: () => void, vector?: VectorLoop): BlockBuilder {
    const names = new Names(this.kernel.args, this.names);
    names.set(symbol, index);
    const scope: Scope = { block: new BlockBuilder(), loop: symbol, known: new Map(), names };
    const before = this.vector;
    this.scopes.push(scope);
    if (vector) this.vector = vector;
    work();
    this.scopes.pop();
    this.vector = before;
    return scope.block;
  }

  /** Runs `work` inside a block of its own, which may run several times; gives the block. */
  inBlock(work: () => void): BlockBuilder {
    const block = new BlockBuilder();
    this.scopes.push({ block, known: new Map(), names: new Names(this.kernel.args, this.names) });
    work();
    this.scopes.pop();
    return block;
  }

  /** Two ways to the same result. What either prints stays in it, but for masks. */
  inChoice(condition: string, then: () => void, otherwise: () => void): void {
    const outer = this.block;
    const [yes, no] = [this.inBlock(then), this.inBlock(otherwise)];
    outer.push({ kind: "choice", condition, then: yes.pieces, otherwise: no.pieces });
  }

  /** Lets `text` stand for `s` in the innermost loop. */
  provide(s: Scalar, text: string): void {
    this.inner.known.set(`${s.id}`, text);
  }

  /** True for what depends on the vector loop. */
  protected varies(depends: ReadonlySet<string>): boolean {
    return this.vector !== undefined && depends.has(this.vector.symbol);
  }

  /** True where lanes have values of their own. */
  protected exprVaries(e: Expr): boolean {
    return this.varies(this.kernel.depends.ofExpr(e));
  }

  /** Where a scalar is printed. */
  protected home(s: Scalar): Scope {
    return homeOf(this.scopes, this.kernel.depends.of(s));
  }

  /** Does `work` with `scope` as the innermost one: what it takes is printed beside it. */
  protected within<T>(scope: Scope, work: () => T): T {
    const inner = this.scopes.splice(this.scopes.indexOf(scope) + 1), result = work();
    this.scopes.push(...inner);
    return result;
  }

  /** Declares a value in `scope`; gives its name. */
  protected declare(scope: Scope, type: string, value: string): string {
    const name = this.fresh();
    scope.block.line(`const ${type} ${name} = ${value};`);
    return name;
  }
}
