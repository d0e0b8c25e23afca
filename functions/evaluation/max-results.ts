import { invalid } from '../shared/errors.ts';

const LIMIT = 50_000;

/** A page size as MLflow's store checks it, with its messages. */
export function checkMaxResults(given: number): number {
  const refused = `Invalid value ${given} for parameter 'max_results' supplied. It must be`;
  if (given < 1) throw invalid(`${refused} a positive integer`);
  if (given > LIMIT) throw invalid(`${refused} at most ${LIMIT}`);
  return given;
}
