import type { ValidationPolicy } from '../../policies/index.ts';
import { type Candidate, tableOf } from '../candidate.ts';
import type { Row } from '../evaluation-rows.ts';
import type { EvaluationSet } from '../evaluation-set.ts';
import { type CheckResult, type Outcome, runCheck, within } from '../validation.ts';
import { typeErrors } from './check-features.ts';

type Quality = NonNullable<ValidationPolicy['data_quality']>;
type ColumnRule = NonNullable<Quality['columns']>[string];

/** Is the evaluation data fit to judge a model by? Schema first, then what the policy asks of it. */
export async function checkData(
  quality: Quality,
  evaluation: () => Promise<EvaluationSet>,
  candidate: () => Promise<Candidate>,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const add = async (name: string, look: (data: EvaluationSet) => Outcome | Promise<Outcome>) =>
    results.push(await runCheck(name, async () => look(await evaluation())));
  await add('data_schema', async ({ rows }) => schema(rows, quality, await candidate()));
  if (quality.min_rows !== undefined) {
    const { min_rows: min } = quality;
    await add('data_rows', ({ rows }) => within(rows.length, { min }, 'rows'));
  }
  if (quality.max_duplicates !== undefined) {
    const { max_duplicates: max } = quality;
    await add('data_duplicates', ({ rows }) =>
      within(duplicates(rows), { max }, 'share of repeated rows'),
    );
  }
  if (quality.min_class_share !== undefined) {
    const { min_class_share: min } = quality;
    await add('data_classes', ({ labels }) =>
      within(rarerClass(labels), { min }, 'share of the rarer class'),
    );
  }
  if (quality.max_missing !== undefined) {
    const { max_missing: max } = quality;
    await add('data_missing', async ({ rows }) => mostMissing(rows, await candidate(), max));
  }
  for (const [name, rule] of Object.entries(quality.columns ?? {})) {
    results.push(...(await checkColumn(name, rule, evaluation)));
  }
  return results;
}

/** The columns that the model takes and those that the policy names are there, of their types. */
function schema(rows: readonly Row[], quality: Quality, { inputs = [] }: Candidate): Outcome {
  const table = tableOf(rows);
  const wanted = [
    ...inputs.filter(({ required }) => required).map(({ name }) => name),
    ...Object.keys(quality.columns ?? {}),
  ];
  const missing = [...new Set(wanted)].filter((name) => !table.columns?.includes(name));
  const wrong = [
    ...missing.map((name) => `Column '${name}' is missing.`),
    ...typeErrors(table, inputs),
    ...Object.entries(quality.columns ?? {}).flatMap(([name, { type }]) => {
      const found = type && rows.findIndex((row) => row[name] != null && !IS[type](row[name]));
      return found === undefined || found < 0
        ? []
        : [`Row ${found} of '${name}' is ${JSON.stringify(rows[found]?.[name])}, not a ${type}.`];
    }),
  ];
  const base = { measured: wrong.length, limit: { max: 0 }, unit: 'columns' };
  return wrong.length === 0
    ? { ...base, status: 'PASSED', message: `${table.columns?.length} columns as expected` }
    : { ...base, status: 'FAILED', message: wrong.join(' ') };
}

const IS: Readonly<Record<NonNullable<ColumnRule['type']>, (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
};

function duplicates(rows: readonly Row[]): number {
  const distinct = new Set(
    rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))),
  );
  return (rows.length - distinct.size) / rows.length;
}

/** With one class alone the rarer one has no row. */
function rarerClass(labels: Float64Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts.size < 2 ? 0 : Math.min(...counts.values()) / labels.length;
}

/** In Parquet a missing number is a null or a NaN, as its writer has it. */
const isMissing = (value: unknown) => value === null || value === undefined || Number.isNaN(value);

const missingShare = (rows: readonly Row[], name: string) =>
  rows.filter((row) => isMissing(row[name])).length / rows.length;

function mostMissing(rows: readonly Row[], { inputs }: Candidate, max: number): Outcome {
  const columns = inputs?.map(({ name }) => name) ?? Object.keys(rows[0] ?? {});
  let worst = { name: '', share: 0 };
  for (const name of columns) {
    const share = missingShare(rows, name);
    if (share > worst.share) worst = { name, share };
  }
  const of = worst.name ? ` in '${worst.name}'` : '';
  return within(worst.share, { max }, `share of missing values${of}`);
}

async function checkColumn(
  name: string,
  rule: ColumnRule,
  evaluation: () => Promise<EvaluationSet>,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const add = async (check: string, look: (rows: readonly Row[]) => Outcome) =>
    results.push(await runCheck(`${check}:${name}`, async () => look((await evaluation()).rows)));
  const { max_missing: max, min, max: high, values } = rule;
  if (max !== undefined) {
    await add('data_missing', (rows) =>
      within(missingShare(rows, name), { max }, 'share of missing values'),
    );
  }
  if (min != null || high != null) {
    await add('data_range', (rows) =>
      none(rows, name, `outside ${min ?? '…'} to ${high ?? '…'}`, (value) => {
        const number = Number(value);
        return !(number >= (min ?? number) && number <= (high ?? number));
      }),
    );
  }
  if (values) {
    const text = `not one of ${values.join(', ')}`;
    await add('data_values', (rows) =>
      none(rows, name, text, (value) => !values.some((allowed) => allowed === value)),
    );
  }
  return results;
}

/** Fails when a value that is there is bad, and shows the first that is. */
function none(
  rows: readonly Row[],
  name: string,
  what: string,
  bad: (value: unknown) => boolean,
): Outcome {
  const found = rows.flatMap((row, i) => (row[name] != null && bad(row[name]) ? [i] : []));
  const base = { measured: found.length, limit: { max: 0 }, unit: 'rows' };
  const [first] = found;
  if (first === undefined) return { ...base, status: 'PASSED', message: `no row is ${what}` };
  const value = JSON.stringify(rows[first]?.[name]);
  return { ...base, status: 'FAILED', message: `row ${first} is ${value}, ${what}` };
}
