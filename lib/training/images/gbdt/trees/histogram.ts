/** Numbers per bin of a histogram: sum of gradients, sum of hessians, rows. */
export const STRIDE = 3;

/** Binned features of the training rows. */
export interface BinnedFeatures {
  readonly rows: number;
  /** Bins per feature. */
  readonly counts: readonly number[];
  /** Bin of every row, per feature. */
  readonly bins: readonly Uint8Array[];
}

/** Where the bins of each feature begin in a histogram; the last number is its length. */
export function histogramOffsets(counts: readonly number[]): Int32Array {
  const offsets = new Int32Array(counts.length + 1);
  for (const [f, count] of counts.entries()) {
    offsets[f + 1] = (offsets[f] ?? 0) + count * STRIDE;
  }
  return offsets;
}

/** Gradients of the rows of a leaf in the order of its row numbers, so that features read them in sequence. */
export class OrderedGradients {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;

  constructor(rows: number) {
    this.gradients = new Float64Array(rows);
    this.hessians = new Float64Array(rows);
  }

  gather(order: Uint32Array, gradients: Float64Array, hessians: Float64Array): void {
    for (let i = 0; i < order.length; i++) {
      const row = order[i] as number;
      this.gradients[i] = gradients[row] as number;
      this.hessians[i] = hessians[row] as number;
    }
  }
}

/** Adds the rows of a leaf to the bins of one feature, which begin at `offset`. */
export function addToHistogram(
  histogram: Float64Array,
  offset: number,
  bins: Uint8Array,
  order: Uint32Array,
  { gradients, hessians }: OrderedGradients,
): void {
  for (let i = 0; i < order.length; i++) {
    const at = offset + (bins[order[i] as number] as number) * STRIDE;
    histogram[at] = (histogram[at] as number) + (gradients[i] as number);
    histogram[at + 1] = (histogram[at + 1] as number) + (hessians[i] as number);
    histogram[at + 2] = (histogram[at + 2] as number) + 1;
  }
}

/** Turns a parent's histogram into that of one child by taking the other child's away. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) {
    parent[i] = (parent[i] as number) - (child[i] as number);
  }
}
