import { type Candidate, scoreTable, tableOf } from '../validation/index.ts';

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
}

const PREDICTIONS = 200;
const WARM_UP = 20;

/** Compares the median time of single-row predictions, taken in turns, or the sizes of the artefacts. */
export async function compareCosts(
  { measure, by }: Pick<CostEvidence, 'measure' | 'by'>,
  models: { readonly challenger: Candidate; readonly champion: Candidate },
  rows: Rows,
): Promise<CostEvidence> {
  const [challenger, champion] =
    measure === 'size'
      ? [models.challenger.bytes, models.champion.bytes]
      : await latencies(models.challenger, models.champion, rows);
  const cheaper = challenger < champion * (1 - by);
  return { measure, unit: measure === 'size' ? 'bytes' : 'ms', challenger, champion, by, cheaper };
}

async function latencies(
  a: Candidate,
  b: Candidate,
  rows: Rows,
): Promise<readonly [number, number]> {
  const times: [number[], number[]] = [[], []];
  const table = tableOf(rows);
  for (let i = 0; i < WARM_UP + PREDICTIONS; i++) {
    const at = i % table.rows.length;
    const row = { ...table, rows: table.rows.slice(at, at + 1) };
    for (const [which, model] of [a, b].entries()) {
      const started = performance.now();
      await scoreTable(model, row);
      if (i >= WARM_UP) times[which]?.push(performance.now() - started);
    }
  }
  return [median(times[0]), median(times[1])];
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}
