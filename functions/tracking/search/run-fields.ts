import { type CheckedComparison, holds, type Literal } from '../../search/index.ts';
import { contextOf, type RunInput } from '../inputs/run-input.ts';
import type { RunDetails } from '../runs/describe-run.ts';

/** Whether filter or order look beyond the head of a run. */
export const usesMore = (fields: readonly { readonly entity: string }[]): boolean =>
  fields.some(({ entity }) => entity === 'metric' || entity === 'dataset');

/** The value of a field that has one value per run. */
export function fieldOf(
  { run, metrics }: RunDetails,
  entity: string,
  key: string,
): Literal | undefined {
  if (entity === 'metric') return metrics.find((metric) => metric.key === key)?.value;
  if (entity === 'parameter') return own(run.params, key);
  if (entity === 'tag') return own(run.tags, key);
  return own(run as unknown as Readonly<Record<string, Literal>>, key);
}

/** A condition on datasets holds when one of the run's datasets satisfies it. */
export const matches = (details: RunDetails, filter: readonly CheckedComparison[]): boolean =>
  filter.every((comparison) => {
    const { entity, key } = comparison;
    if (entity !== 'dataset') return holds(comparison, fieldOf(details, entity, key));
    return datasetHolds(details.inputs, comparison);
  });

/** Whether one of the datasets satisfies the condition. */
export const datasetHolds = (inputs: readonly RunInput[], comparison: CheckedComparison): boolean =>
  inputs.some((input) => holds(comparison, datasetField(input, comparison.key)));

const datasetField = (input: RunInput, key: string): string | undefined =>
  key === 'context' ? contextOf(input) : own(input.dataset, key);

const own = <T extends object>(record: T, key: string) =>
  Object.hasOwn(record, key) ? record[key as keyof T] : undefined;
