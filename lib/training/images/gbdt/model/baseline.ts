import {
  type Baseline,
  type ColumnReference,
  categoricalReference,
  numericReference,
} from '../../../../../functions/monitoring/drift/summary.ts';
import type { FeatureColumn } from '../data/columns.ts';
import type { TrainingData } from '../data/split-data.ts';

/** What monitoring compares later requests with. `predictions` are those of the held-out rows. */
export function baselineOf(data: TrainingData, predictions: Float64Array): Baseline {
  const { labels, features, label } = data.train;
  return {
    format: 'slipway.baseline',
    version: 1,
    rows: labels.length,
    columns: Object.fromEntries(features.map((column) => [column.name, referenceOf(column)])),
    label: {
      name: label.name,
      task: data.objective,
      mean: labels.reduce((sum, value) => sum + value, 0) / labels.length,
    },
    prediction: numericReference(predictions),
  };
}

function referenceOf(column: FeatureColumn): ColumnReference {
  if (column.kind === 'numeric') return numericReference(column.values);
  const counts = new Uint32Array(column.dictionary.length);
  let missing = 0;
  for (const code of column.codes) {
    if (code < 0) missing++;
    else counts[code] = (counts[code] ?? 0) + 1;
  }
  const frequencies = new Map(column.dictionary.map((text, code) => [text, counts[code] ?? 0]));
  return categoricalReference(frequencies, missing);
}
