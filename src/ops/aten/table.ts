/**
 * All aten operators by target.
 *
 * @module
 */
import { activationOps } from "./activations.ts";
import { algebraOps } from "./algebra.ts";
import { attentionLayerOps } from "./attention_layers.ts";
import { attentionOps } from "./attention.ts";
import { bagOps } from "./bags.ts";
import { binaryOps } from "./binary.ts";
import { castOps } from "./casts.ts";
import { choiceOps } from "./choice.ts";
import { compareOps } from "./compare.ts";
import { complexOps } from "./complex.ts";
import { compositeOps } from "./composites.ts";
import { contractionOps } from "./contractions.ts";
import { convolutionOps } from "./convolutions.ts";
import { creationOps } from "./creation.ts";
import { ctcOps } from "./ctc.ts";
import { distanceOps } from "./distances.ts";
import { drawOps } from "./draws.ts";
import { factorizationOps } from "./factorizations.ts";
import { foreachOps } from "./foreach.ts";
import { fakeQuantisedOps } from "./fake_quantised.ts";
import { fourierOps } from "./fourier.ts";
import { gradientOps } from "./gradients.ts";
import { bagGradientOps } from "./gradients_bags.ts";
import { lossGradientOps } from "./gradients_losses.ts";
import { normGradientOps } from "./gradients_norms.ts";
import { pointwiseGradientOps } from "./gradients_pointwise.ts";
import { resamplingGradientOps } from "./gradients_resampling.ts";
import { selectionGradientOps } from "./gradients_selection.ts";
import { windowGradientOps } from "./gradients_windows.ts";
import { gridOps } from "./grids.ts";
import { histogramOps } from "./histograms.ts";
import { indexingOps } from "./indexing.ts";
import { joinOps } from "./joins.ts";
import { lossOps } from "./losses.ts";
import { moveOps } from "./moves.ts";
import { normalizationOps } from "./normalization.ts";
import { optimiserOps } from "./optimisers.ts";
import { overlayOps } from "./overlays.ts";
import { packedWeightOps } from "./packed_weights.ts";
import { paddingOps } from "./padding.ts";
import { poolingOps } from "./pooling.ts";
import { powOps } from "./pow.ts";
import { quantileOps } from "./quantiles.ts";
import { quantisedOps } from "./quantised.ts";
import { randomOps } from "./random.ts";
import { rangeOps } from "./ranges.ts";
import { recurrentOps } from "./recurrent.ts";
import { reductionOps } from "./reductions.ts";
import { resamplingOps } from "./resampling.ts";
import { scanOps } from "./scans.ts";
import { searchOps } from "./search.ts";
import { selectionOps } from "./selection.ts";
import { setOps } from "./sets.ts";
import { slopeOps } from "./slopes.ts";
import { solverOps } from "./solvers.ts";
import { specialOps } from "./special.ts";
import { synonymOps } from "./synonyms.ts";
import { targetOps } from "./targets.ts";
import { windowOps } from "./spectral_windows.ts";
import { spectraOps } from "./spectra.ts";
import { unaryOps } from "./unary.ts";
import { viewOps } from "./views.ts";
import { visionOps } from "./vision.ts";
import type { AtenOp } from "./types.ts";

const families: readonly (readonly AtenOp[])[] = [
  unaryOps,
  specialOps,
  binaryOps,
  powOps,
  compareOps,
  choiceOps,
  castOps,
  viewOps,
  joinOps,
  moveOps,
  paddingOps,
  contractionOps,
  reductionOps,
  normalizationOps,
  activationOps,
  creationOps,
  rangeOps,
  convolutionOps,
  indexingOps,
  overlayOps,
  attentionOps,
  recurrentOps,
  scanOps,
  lossOps,
  ctcOps,
  targetOps,
  algebraOps,
  factorizationOps,
  solverOps,
  spectraOps,
  randomOps,
  drawOps,
  distanceOps,
  searchOps,
  selectionOps,
  quantileOps,
  setOps,
  bagOps,
  histogramOps,
  resamplingOps,
  gridOps,
  pointwiseGradientOps,
  windowOps,
  gradientOps,
  bagGradientOps,
  lossGradientOps,
  normGradientOps,
  resamplingGradientOps,
  selectionGradientOps,
  windowGradientOps,
  poolingOps,
  visionOps,
  complexOps,
  fourierOps,
  quantisedOps,
  fakeQuantisedOps,
  optimiserOps,
  packedWeightOps,
  slopeOps,
];

const plain = indexed(families.flat());
const byTarget = indexed([
  ...plain.values(),
  ...[foreachOps, synonymOps, attentionLayerOps, compositeOps].flatMap((rows) => rows(declared)),
]);

/** A row that others are made of. */
function declared(target: string): AtenOp {
  const row = plain.get(target);
  if (!row) throw new RangeError(`${target}, which other rows are made of, is not declared in src/ops/aten`);
  return row;
}

function indexed(rows: readonly AtenOp[]): ReadonlyMap<string, AtenOp> {
  const map = new Map<string, AtenOp>();
  for (const row of rows) {
    if (map.has(row.target)) throw new RangeError(`${row.target} is declared twice in src/ops/aten`);
    map.set(row.target, row);
  }
  return map;
}

/** The operator of `target` (`aten.add.Tensor`), if it is declared. */
export function atenOp(target: string): AtenOp | undefined {
  return byTarget.get(target);
}

/** All declared targets, sorted. */
export const atenTargets: readonly string[] = [...byTarget.keys()].sort();
