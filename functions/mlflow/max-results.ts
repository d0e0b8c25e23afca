import { invalid } from '../shared/errors.ts';

/** Checks a page size against the endpoint's limit, with MLflow's message. */
export function pageSize(given: number | undefined, standard: number, limit: number): number {
  if (given === undefined) return standard;
  if (given < 1 || given > limit) {
    throw invalid(
      `Invalid value ${given} for parameter 'max_results' supplied: It must be at least 1 and at most ${limit}`,
    );
  }
  return given;
}
