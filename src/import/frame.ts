/**
 * What the conversion of one graph (the program's, or a subgraph's) knows: its names, and where nodes go.
 *
 * @module
 */
import { type DType, refuse } from "../base/mod.ts";
import type { GraphBuilder, Origin, Value } from "../ir/graph/mod.ts";
import type { HostOp } from "../ops/mod.ts";
import type { Graph as ExportedGraph, Node, TensorMeta } from "./archive/types.ts";
import { nameOf, type Report, shortTarget } from "./report.ts";
import type { Scalar } from "./scalar.ts";
import { Alias } from "./storage.ts";
import type { Symbols } from "./symbols.ts";
import type { OperatorTable } from "./types.ts";

/** What a name stands for. */
export type Bound =
  | {
    readonly kind: "tensor";
    readonly alias: Alias;
    /** The export recorded another shape: see `misshapen` in bind.ts. */
    readonly misshapen?: true;
  }
  | Scalar
  | { readonly kind: "none" }
  /** An output that the operator's composition does not compute; reading it is refused. */
  | { readonly kind: "absent"; readonly target: string };

/** What is one for a whole program. */
export interface Session {
  readonly symbols: Symbols;
  readonly report: Report;
  readonly operators: OperatorTable;
  /** Operators that the host computes. */
  readonly host: ReadonlyMap<string, HostOp>;
  /** Whether the host computes what the table lacks. */
  readonly fallback: boolean;
  /** Whether any node writes: only then are aliases followed. */
  readonly writes: boolean;
}

/** One graph under conversion. */
export interface Frame {
  readonly session: Session;
  readonly graph: ExportedGraph;
  readonly g: GraphBuilder;
  readonly names: Map<string, Bound>;
  /** Set within `torch.autocast`: what eligible operators compute in; null where autocast is off. */
  readonly autocast: DType | null;
}

/** What `name` stands for. */
export function lookUp(frame: Frame, name: string): Bound {
  const bound = frame.names.get(name);
  if (!bound) {
    return refuse({ reason: "bad-graph", message: `Cannot find a value: nothing defines "${name}"` });
  }
  return bound;
}

/** The tensor of a name. */
export function tensorOf(frame: Frame, name: string): Alias {
  const bound = lookUp(frame, name);
  if (bound.kind === "tensor") return bound.alias;
  if (bound.kind === "absent") {
    return refuse({
      reason: "unsupported-operator",
      message: `Cannot use "${name}": this result of ${bound.target} is not computed`,
    });
  }
  return refuse({ reason: "bad-graph", message: `Cannot use "${name}" as a tensor: it is ${bound.kind}` });
}

/** The present value of a tensor. */
export function valueOf(frame: Frame, name: string): Value {
  return tensorOf(frame, name).read(frame.g);
}

/** The scalar of a name. */
export function scalarOf(frame: Frame, name: string): Scalar {
  const bound = lookUp(frame, name);
  if (bound.kind === "tensor") return { kind: "data", value: bound.alias.read(frame.g) };
  if (bound.kind !== "none" && bound.kind !== "absent") return bound;
  return refuse({ reason: "bad-graph", message: `Cannot use "${name}" as a number: it is ${bound.kind}` });
}

/** A tensor with memory of its own, as a bound name. */
export function whole(value: Value): Bound {
  return { kind: "tensor", alias: Alias.whole(value) };
}

/** What the export recorded of a tensor. */
export function metaOf(frame: Frame, name: string): TensorMeta {
  return frame.graph.tensors.get(name) ??
    refuse({ reason: "bad-graph", message: `Cannot find the type of "${name}": the export recorded none` });
}

/** Refuses what the core operations have no meaning for. */
export function checkMeta(name: string, meta: TensorMeta): void {
  if (meta.layout !== "strided" && meta.layout !== "unknown") {
    refuse({
      reason: "unsupported-layout",
      message: `Cannot compile "${name}": its layout is ${meta.layout}, not strided`,
      help: "Call to_dense() before export.",
    });
  }
}

/** Where nodes built for `node` come from. */
export function originOf(node: Node): Origin {
  const { origin, module } = node;
  return {
    ...(origin && { file: origin.file, line: origin.line, ...(origin.code && { code: origin.code }) }),
    ...(module !== null && { module }),
    node: nameOf(node),
    target: shortTarget(node.target),
  };
}
