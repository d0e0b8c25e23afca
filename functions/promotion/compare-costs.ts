import { type Candidate, scoreTable, tableOf, timePredictions } from '../validation/index.ts';

type Rows = Parameters<typeof tableOf>[0];

/** What two models cost to run, and whether the challenger is the cheaper one. */
export interface CostEvidence {
  readonly measure: 'latency' | 'size';
  readonly unit: 'ms' | 'bytes';
  readonly challenger: number;
  readonly champion: number;
  /** Share of the champion's cost that must be saved. */
  readonly by: number;
  readonly cheaper: boolean;
  /** Predictions that were timed of each; absent: as many as there should be. */
  readonly predictions?: number;
}

/** Compares the median time of single-row predictions, taken in turns, or the sizes of the artefacts. */
export async function compareCosts(
  { measure, by }: Pick<CostEvidence, 'measure' | 'by'>,
  models: { readonly challenger: Candidate; readonly champion: Candidate },
  rows: Rows,
): Promise<CostEvidence> {
  const costs =
    measure === 'size'
      ? { challenger: models.challenger.bytes, champion: models.champion.bytes }
      : await latencies(models, rows);
  const cheaper = costs.challenger < costs.champion * (1 - by);
  return { measure, unit: measure === 'size' ? 'bytes' : 'ms', ...costs, by, cheaper };
}

async function latencies(
  { challenger, champion }: Parameters<typeof compareCosts>[1],
  rows: Rows,
): Promise<Pick<CostEvidence, 'challenger' | 'champion' | 'predictions'>> {
  const table = tableOf(rows);
  const [own, theirs] = await timePredictions(
    table.rows,
    [challenger, champion].map((model) => (row) => scoreTable(model, { ...table, rows: [row] })),
  );
  return {
    challenger: median(own?.times),
    champion: median(theirs?.times),
    ...(own?.cut && { predictions: own.times.length }),
  };
}

const median = (sorted: readonly number[] = []) =>
  sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
