import { detailsOf, type RunDetails } from '../runs/describe-run.ts';
import type { Segment, SegmentRow } from './segment.ts';
import { type Restaging, restaged } from './stage-mark.ts';

/** Characters of inputs that a segment keeps for a run; larger ones are read when they are shown. */
const MAX_EXTRA = 8000;

type Extra = Omit<RunDetails, 'run' | 'metrics'>;

/** What a segment keeps of a run. */
export function toSegmentRow(details: RunDetails, again: boolean): SegmentRow {
  const { run, metrics, ...extra } = details;
  return { run, metrics, extra: packExtra(extra), again };
}

function packExtra(extra: Extra): string {
  const lists = Object.values(extra).filter((list) => list.length > 0);
  if (lists.length === 0) return '';
  const text = JSON.stringify(extra);
  if (text.length <= MAX_EXTRA) return text;
  // What searches ask for; the rest is in the run's own partition.
  const inputs = extra.inputs.map(({ dataset: { name, digest }, tags }) => ({
    dataset: { name, digest },
    tags,
  }));
  return JSON.stringify({ inputs, cut: true });
}

/** Everything about the run of a row. */
export async function detailsOfRow(
  segment: Segment,
  row: number,
  by?: Restaging,
): Promise<RunDetails> {
  const { run: stored, metrics, extra } = segment.row(row);
  const run = restaged(stored, by);
  const { cut, ...more } = (extra ? JSON.parse(extra) : {}) as Partial<Extra> & { cut?: true };
  const [all] = cut ? await detailsOf([run]) : [];
  return all ?? { run, metrics, inputs: [], ...more };
}
