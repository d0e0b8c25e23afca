import { enforceSignature, type RequestTable, toRequestTable } from '../../serving/index.ts';
import { invalid } from '../../shared/errors.ts';
import { type Candidate, scoreTable } from '../candidate.ts';
import { artefactJson, loggedExample } from '../input-example.ts';
import type { ModelFiles } from '../model-files-store.ts';
import { type CheckResult, type Outcome, runCheck } from '../validation.ts';

/** Scores of one row alone and among others may differ by rounding, not by more. */
const TOLERANCE = 1e-9;

/**
 * Feature consistency: the example that was logged with the model, by whoever trained it, has the
 * columns and types that serving gives the model, and the values that serving would make of it. The
 * example as a request (`serving_input_example.json`) holds the same values, and each row alone gets
 * the score that it gets among the others.
 */
export async function checkFeatures(
  candidate: Candidate | undefined,
  openFiles: () => Promise<ModelFiles>,
): Promise<CheckResult[]> {
  let example: RequestTable | undefined;
  const read = async (): Promise<{ candidate: Candidate; example: RequestTable }> => {
    if (!candidate) throw invalid('the artefact could not be loaded');
    example ??= await loggedExample(candidate.description, await openFiles());
    return { candidate, example };
  };
  return [
    await runCheck('feature_columns', async () => columns(await read())),
    await runCheck('feature_types', async () => types(await read())),
    await runCheck('feature_values', async () => values(await read(), await openFiles())),
  ];
}

interface Logged {
  readonly candidate: Candidate;
  readonly example: RequestTable;
}

const named = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

function columns({ candidate, example }: Logged): Outcome {
  const inputs = candidate.inputs ?? [];
  const given = example.columns ?? inputs.map(({ name }) => name);
  const missing = inputs.filter(({ name, required }) => required && !given.includes(name));
  const extra = given.filter((column) => !inputs.some(({ name }) => name === column));
  const measured = missing.length + extra.length;
  const base = { measured, limit: { max: 0 }, unit: 'columns' };
  if (measured === 0) {
    return { ...base, status: 'PASSED', message: `${inputs.length} columns, the same in both` };
  }
  const parts = [
    ...(missing.length > 0 ? [`lacks ${named(missing.map(({ name }) => name))}`] : []),
    ...(extra.length > 0 ? [`has ${named(extra)}, which the signature does not know`] : []),
  ];
  return { ...base, status: 'FAILED', message: `the logged example ${parts.join(' and ')}` };
}

function types({ candidate, example }: Logged): Outcome {
  const wrong = typeErrors(example, candidate.inputs ?? []);
  const base = { measured: wrong.length, limit: { max: 0 }, unit: 'columns' };
  return wrong.length === 0
    ? { ...base, status: 'PASSED', message: `${example.rows.length} logged rows fit the signature` }
    : { ...base, status: 'FAILED', message: wrong.join(' ') };
}

/** What is wrong with the types of a table's columns, one sentence for each column that is. */
export function typeErrors(
  table: RequestTable,
  inputs: NonNullable<Candidate['inputs']>,
): string[] {
  return inputs.flatMap((input) => {
    if (table.columns && !table.columns.includes(input.name)) return [];
    const at = (table.columns ?? inputs.map(({ name }) => name)).indexOf(input.name);
    const one = { columns: [input.name], rows: table.rows.map((row) => [row[at]]) };
    try {
      enforceSignature(one, [input]);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

async function values({ candidate, example }: Logged, files: ModelFiles): Promise<Outcome> {
  const inputs = enforceSignature(example, candidate.inputs);
  const path = candidate.description.saved_input_example_info?.serving_input_path;
  const request = path ? await artefactJson(path, files) : undefined;
  let wrong = 0;
  let first = '';
  const note = (text: string) => {
    wrong++;
    first ||= text;
  };
  if (request !== undefined) {
    const table = toRequestTable(request);
    const [rows, served] = [example.rows.length, table.rows.length];
    if (rows !== served) note(`the example has ${rows} rows as logged and ${served} as served`);
    const { columns } = enforceSignature(table, candidate.inputs);
    for (const [column, logged] of inputs.columns) {
      const asked = columns.get(column) ?? [];
      for (const [row, value] of logged.slice(0, served).entries()) {
        if (same(value, asked[row])) continue;
        note(
          `${column} of row ${row} is ${text(value)} as logged and ${text(asked[row])} as served`,
        );
      }
    }
  }
  if (candidate.model) {
    const together = await scoreTable(candidate, example);
    for (const [row, cells] of example.rows.entries()) {
      const [alone = Number.NaN] = await scoreTable(candidate, { ...example, rows: [cells] });
      const among = together[row] ?? Number.NaN;
      if (Math.abs(alone - among) <= TOLERANCE * Math.max(1, Math.abs(among))) continue;
      note(`row ${row} scores ${alone} alone and ${among} among the others`);
    }
  }
  const base = { measured: wrong, limit: { max: 0 }, unit: 'values' };
  return wrong === 0
    ? { ...base, status: 'PASSED', message: `${example.rows.length} logged rows, the same values` }
    : { ...base, status: 'FAILED', message: first };
}

const text = (value: unknown) => JSON.stringify(value ?? null);
const same = (a: unknown, b: unknown) => text(a) === text(b);
