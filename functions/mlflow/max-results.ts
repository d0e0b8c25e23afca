import { invalid } from '../shared/errors.ts';
import type { Int64 } from '../shared/int64.ts';

/** Checks a page size against the endpoint's limit, with MLflow's message. */
export function pageSize(given: Int64 | undefined, standard: number, limit: number): number {
  if (given === undefined) return standard;
  if (given < 1 || given > limit) {
    throw invalid(
      `Invalid value ${given} for parameter 'max_results' supplied: It must be at least 1 and at most ${limit}`,
    );
  }
  return Number(given);
}

/** As `pageSize`, with the words of MLflow's store, which checks searches for experiments and the like. */
export function storePageSize(given: Int64 | undefined, standard: number, limit: number): number {
  if (given === undefined) return standard;
  const refused = `Invalid value ${given} for parameter 'max_results' supplied. It must be`;
  if (given < 1) throw invalid(`${refused} a positive integer`);
  if (given > limit) throw invalid(`${refused} at most ${limit}`);
  return Number(given);
}
