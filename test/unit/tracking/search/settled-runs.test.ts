import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compactRuns } from '../../../../functions/tracking/segments/compact-runs.ts';
import { NUMBERS, TEXTS } from '../../../support/comparators.ts';
import { anExperiment, aRun, log, post, useTracking } from '../api.ts';
import { EAGER } from '../eager-compaction.ts';

useTracking();

/** Segments are small, so that there are several. */
const LIMITS = { ...EAGER, maxRuns: 9, maxRows: 12 };

const settle = (experiment: string) => compactRuns(experiment, Date.now() + 60_000, LIMITS);

interface Known {
  readonly id: string;
  readonly name: string;
  readonly start: number;
  readonly end: number | undefined;
  readonly status: string;
  readonly dataset: string | undefined;
  readonly metrics: Readonly<Record<string, number | undefined>>;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly tags: Readonly<Record<string, string | undefined>>;
}

const ACCURACIES = [0, 1, 0.5, -1, Number.NaN, 1e300, undefined];
const RATES = ['0.1', '0.10', 'a', 'A%b', 'x_y', '', undefined];
const TEAMS = ['ads', 'Ads', 'a', undefined, ''];
const STATUSES = ['RUNNING', 'FINISHED', 'FAILED'];

const wire = (value: number) => (Number.isNaN(value) ? 'NaN' : value);

async function make(experiment_id: string, i: number): Promise<Known> {
  const [name, start] = [`r${i % 10}`, i % 5];
  const id = await aRun({ experiment_id, run_name: name, start_time: start });
  const accuracy = ACCURACIES[i % ACCURACIES.length];
  const one: Known = {
    id,
    name,
    start,
    status: STATUSES[i % STATUSES.length] ?? '',
    end: i % STATUSES.length === 0 ? undefined : 100 + (i % 4),
    dataset: i % 4 === 0 ? `d${i % 3}` : undefined,
    metrics: { acc: accuracy, ...(i % 3 > 0 && { loss: i }) },
    params: { lr: RATES[i % RATES.length] },
    // Segments write a run's own id as one sign.
    tags: { team: TEAMS[i % TEAMS.length], self: `run ${id}` },
  };
  await tell(one);
  return one;
}

async function tell({ id: run_id, metrics, params, tags, status, end, dataset }: Known) {
  const pairs = (record: Known['params']) =>
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : { key, value }));
  await log(run_id, {
    metrics: Object.entries(metrics).flatMap(([key, value]) =>
      value === undefined ? [] : { key, value: wire(value), timestamp: 1, step: 0 },
    ),
    params: pairs(params),
    tags: pairs(tags),
  });
  if (dataset) {
    const named = { name: dataset, digest: 'x', source_type: 's', source: '{}' };
    await post('/runs/log-inputs', { run_id, datasets: [{ dataset: named }] });
  }
  if (end !== undefined) await post('/runs/update', { run_id, status, end_time: end });
}

const RUNS = 36;
let experiment: string;
const known: Known[] = [];

/** Some rest, some rest in two segments, some have gone on since, some never rested. */
beforeAll(async () => {
  experiment = await anExperiment();
  const change = async (i: number) => {
    const one = known[i];
    if (!one) throw new Error(`There are ${known.length} runs`);
    const metrics = [{ key: 'acc', value: 3, timestamp: 2, step: 1 }];
    await log(one.id, { metrics, tags: [{ key: 'team', value: 'late' }] });
    known[i] = {
      ...one,
      metrics: { ...one.metrics, acc: 3 },
      tags: { ...one.tags, team: 'late' },
    };
  };
  for (let i = 0; i < RUNS; i++) {
    known.push(await make(experiment, i));
    if (i === 11) expect(await settle(experiment)).toBe(12);
    if (i === 12) for (const settled of [2, 5]) await change(settled);
    if (i === 23) expect(await settle(experiment)).toBe(14);
  }
  for (const settled of [5, 13]) await change(settled);
});

interface Condition {
  readonly text: string;
  readonly holds: (one: Known) => boolean;
}

type Value = number | string;

/** Fields by their names in filters and orders. */
const FIELDS: Readonly<Record<string, (one: Known) => Value | undefined>> = {
  'metrics.acc': ({ metrics }) => metrics.acc,
  'metrics.`loss`': ({ metrics }) => metrics.loss,
  'metrics.none': () => undefined,
  'attributes.start_time': ({ start }) => start,
  end_time: ({ end }) => end,
  'params.lr': ({ params }) => params.lr,
  'params.none': () => undefined,
  'tags.team': ({ tags }) => tags.team,
  'tags.self': ({ tags }) => tags.self,
  status: ({ status }) => status,
  'attributes.run_name': ({ name }) => name,
  artifact_uri: ({ id }) => `mlflow-artifacts:/${experiment}/${id}/artifacts`,
};

const NUMERIC = Object.keys(FIELDS).slice(0, 5);
const TEXTUAL = Object.keys(FIELDS).slice(5);

const numeric = fc
  .record({
    field: fc.constantFrom(...NUMERIC),
    comparator: fc.constantFrom(...NUMBERS),
    value: fc.constantFrom(0, 1, 0.5, -1, 3, 7, 102, 1e300),
  })
  .map(({ field, comparator: [sign, compare], value }): Condition => {
    return {
      // MLflow's reader of SQL knows no exponent with a plus.
      text: `${field} ${sign} ${String(value).replace('e+', 'e')}`,
      holds: (one) => {
        const own = FIELDS[field]?.(one);
        // NaN is compared as the 0 that MLflow stores for it.
        return own !== undefined && compare(Number.isNaN(own) ? 0 : own, value);
      },
    };
  });

const textual = fc
  .record({
    field: fc.constantFrom(...TEXTUAL),
    comparator: fc.constantFrom(...TEXTS),
    value: fc.oneof(
      fc.constantFrom('0.1', 'a', 'A', 'A%b', '%', '_', '', 'ads', '%d%', 'r1', 'FINISHED', 'F%'),
      // Of a run, which is known when the condition is tried.
      fc.nat({ max: RUNS - 1 }),
    ),
    around: fc.boolean(),
  })
  .map(({ field, comparator: [sign, compare], value, around }): Condition => {
    const id = typeof value === 'number' ? (known[value]?.id ?? '') : undefined;
    const named = field === 'artifact_uri' ? `%/${id}/%` : `run ${id}`;
    const wanted = id === undefined ? String(value) : around ? `%${id.slice(4, 20)}%` : named;
    return {
      text: `${field} ${sign} '${wanted}'`,
      holds: (one) => {
        const own = FIELDS[field]?.(one);
        return own !== undefined && compare(own, wanted);
      },
    };
  });

const absent = fc
  .record({
    field: fc.constantFrom('params.lr', 'params.none', 'tags.team', 'tags.self'),
    not: fc.boolean(),
  })
  .map(({ field, not }): Condition => {
    const holds = (one: Known) => (FIELDS[field]?.(one) === undefined) !== not;
    return { text: `${field} IS ${not ? 'NOT ' : ''}NULL`, holds };
  });

const listed = fc
  .record({ picks: fc.array(fc.nat({ max: RUNS - 1 }), { minLength: 1 }), not: fc.boolean() })
  .map(({ picks, not }): Condition => {
    const ids = picks.flatMap((pick) => known[pick]?.id ?? []);
    const list = ids.map((id) => `'${id}'`).join(', ');
    return {
      text: `run_id ${not ? 'NOT ' : ''}IN (${list})`,
      holds: ({ id }) => ids.includes(id) !== not,
    };
  });

const ofDataset = fc
  .record({ sign: fc.constantFrom('=', '!='), value: fc.constantFrom('d0', 'd1', 'none') })
  .map(({ sign, value }): Condition => {
    return {
      text: `datasets.name ${sign} '${value}'`,
      holds: ({ dataset }) => dataset !== undefined && (dataset === value) === (sign === '='),
    };
  });

const rank = (value: Value | undefined) => (value === undefined ? 2 : Number(Number.isNaN(value)));

/** Numbers, then NaN, then what is missing, whatever the direction; then the newest, then ids. */
function sorted(runs: readonly Known[], order: string): Known[] {
  const [field = '', direction] = order.split(' ');
  const ownOf = FIELDS[field] ?? (() => undefined);
  return runs.toSorted((a, b) => {
    const [x, y] = [ownOf(a), ownOf(b)];
    const ranks = rank(x) - rank(y);
    if (ranks !== 0) return ranks;
    if (x !== undefined && y !== undefined && !Number.isNaN(x) && x !== y) {
      return (x < y ? -1 : 1) * (direction === 'DESC' ? -1 : 1);
    }
    return b.start - a.start || (a.id < b.id ? -1 : 1);
  });
}

const ORDERS = ['', ...Object.keys(FIELDS).flatMap((field) => [field, `${field} DESC`])];

/** Ids of the runs on each page, until there is no further one; `between` pages something may happen. */
async function pages(
  query: { readonly experiment_ids: readonly string[] },
  between: () => Promise<void> = async () => {},
): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const { status, body } = await post('/runs/search', {
      ...query,
      ...(token && { page_token: token }),
    });
    expect([status, body.message]).toEqual([200, undefined]);
    found.push(...(body.runs ?? []).map(({ info }) => info.run_id));
    token = body.next_page_token;
    if (token) await between();
  } while (token);
  return found;
}

describe('a search of runs that rest, have gone on, or are new', () => {
  it('finds what a plain loop over all of them finds, in its order, page by page', async () => {
    const conditions = fc.oneof(numeric, textual, absent, listed, ofDataset);
    await fc.assert(
      fc.asyncProperty(
        fc.array(conditions, { maxLength: 3 }),
        fc.constantFrom(...ORDERS),
        fc.integer({ min: 5, max: 50 }),
        async (asked, order, max_results) => {
          const expected = sorted(
            known.filter((one) => asked.every(({ holds }) => holds(one))),
            order,
          );
          const found = await pages({
            experiment_ids: [experiment],
            ...{ filter: asked.map(({ text }) => text).join(' AND '), max_results },
            ...(order && { order_by: [order] }),
          });
          expect(found).toEqual(expected.map(({ id }) => id));
        },
      ),
      { numRuns: 120 },
    );
  });
});

type Change =
  | { readonly kind: 'create'; readonly start: number }
  | { readonly kind: 'end' | 'delete' | 'log'; readonly run: number }
  | { readonly kind: 'settle' };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), start: fc.nat(6) }),
  fc.record({
    kind: fc.constantFrom('end' as const, 'delete' as const, 'log' as const),
    run: fc.nat(30),
  }),
  fc.record({ kind: fc.constant('settle' as const) }),
);

describe('pages of runs that are added, ended, deleted and settled meanwhile', () => {
  it('have every run that stays once, in order, and no other twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('', 'start_time', 'params.p', 'params.p DESC'),
        fc.integer({ min: 1, max: 4 }),
        async (turns, order, max_results) => {
          const experiment_id = await anExperiment();
          const runs: { readonly id: string; readonly start: number; readonly p: string }[] = [];
          const add = async (start: number) => {
            const id = await aRun({ experiment_id, start_time: start });
            const p = `${runs.length % 4}`;
            await log(id, { params: [{ key: 'p', value: p }] });
            runs.push({ id, start, p });
          };
          for (let i = 0; i < 12; i++) {
            await add(i % 4);
            if (i === 6) await settle(experiment_id);
          }
          const first = runs.map(({ id }) => id);
          const gone = new Set<string>();
          const apply = async (one: Change) => {
            if (one.kind === 'settle') return void (await settle(experiment_id));
            if (one.kind === 'create') return add(one.start);
            const run_id = runs[one.run % runs.length]?.id ?? '';
            if (one.kind === 'end') {
              await post('/runs/update', { run_id, status: 'FINISHED', end_time: 9 });
            } else if (one.kind === 'delete') {
              gone.add(run_id);
              await post('/runs/delete', { run_id });
            } else await log(run_id, { metrics: [{ key: 'm', value: 1, timestamp: 1, step: 1 }] });
          };
          let turn = 0;
          const order_by = order ? [order] : [];
          const seen = await pages(
            { experiment_ids: [experiment_id], ...{ order_by, max_results } },
            async () => {
              // As many changes as there are turns: a list that grows with each page has no end.
              for (const one of turns[turn++] ?? []) await apply(one);
            },
          );
          expect(new Set(seen).size).toBe(seen.length);
          const stays = (id: string) => first.includes(id) && !gone.has(id);
          const place = new Map(
            runs
              .toSorted((a, b) => {
                const way = order.endsWith('DESC') ? -1 : 1;
                if (order === 'start_time' && a.start !== b.start) return a.start - b.start;
                if (order.startsWith('params') && a.p !== b.p) return (a.p < b.p ? -1 : 1) * way;
                return b.start - a.start || (a.id < b.id ? -1 : 1);
              })
              .map(({ id }, i) => [id, i]),
          );
          const inOrder = (ids: readonly string[]) =>
            ids.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
          expect(seen).toEqual(inOrder(seen));
          expect(seen.filter(stays)).toEqual(inOrder(first.filter(stays)));
        },
      ),
      { numRuns: 20 },
    );
  });
});
