import { DomainError } from '../../shared/errors.ts';
import type { LoadedModel } from '../invoke/load-model.ts';
import { enforceColumns, type InputColumns } from '../invoke/signature.ts';

export interface ScoredRows {
  /** A prediction a row; undefined for rows that failed. */
  readonly predictions: readonly unknown[];
  readonly failures: readonly { readonly row: number; readonly error: string }[];
}

/**
 * Predicts all rows at once; where the model refuses some, halves are tried until those are found. Throws
 * when it refuses more than `mostFailures`.
 */
export async function scoreColumns(
  model: LoadedModel,
  input: InputColumns,
  mostFailures = Number.POSITIVE_INFINITY,
): Promise<ScoredRows> {
  const predictions = new Array<unknown>(input.length);
  const failures: { row: number; error: string }[] = [];
  const score = async (start: number, end: number): Promise<void> => {
    if (start >= end) return;
    try {
      const answer = await model.predict(enforceColumns(part(input, start, end), model.inputs));
      for (let i = start; i < end; i++) predictions[i] = answer[i - start];
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (end - start === 1) {
        failures.push({ row: start, error: error.message });
        if (failures.length > mostFailures) {
          throw new Error(`More than ${mostFailures} rows fail: ${error.message}`);
        }
        return;
      }
      const middle = (start + end) >> 1;
      await score(start, middle);
      await score(middle, end);
    }
  };
  await score(0, input.length);
  return { predictions, failures };
}

const part = ({ length, columns }: InputColumns, start: number, end: number): InputColumns =>
  start === 0 && end === length
    ? { length, columns }
    : {
        length: end - start,
        columns: new Map([...columns].map(([name, values]) => [name, values.slice(start, end)])),
      };
