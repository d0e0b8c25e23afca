import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Comparator, NUMBERS, TEXTS } from '../../../support/comparators.ts';
import { anExperiment } from '../../tracking/api.ts';
import { aTrace, found, useTraces } from '../api.ts';

useTraces();

interface Known {
  readonly id: string;
  readonly time: number;
  readonly duration: number;
  readonly state: string;
  readonly env: string | undefined;
  readonly team: string | undefined;
}

const START = Date.parse('2026-11-21T10:00:00Z');
const ENVS = ['prod', 'Prod', 'dev', 'p%d', undefined];
const STATES = ['OK', 'ERROR', 'IN_PROGRESS'];

let experiment: string;
const known: Known[] = [];

beforeAll(async () => {
  experiment = await anExperiment();
  for (let i = 0; i < 40; i++) {
    // Several share a time: ids decide.
    const time = START + Math.floor(i / 3) * 1000;
    const one = {
      time,
      duration: (i * 37) % 11,
      state: STATES[i % 3] ?? '',
      env: ENVS[i % 5],
      team: i % 4 === 0 ? undefined : `t${i % 4}`,
    };
    const id = await aTrace(experiment, {
      request_time: new Date(time).toISOString(),
      execution_duration: `${one.duration / 1000}s`,
      state: one.state,
      tags: one.env === undefined ? {} : { env: one.env },
      trace_metadata: one.team === undefined ? {} : { team: one.team },
    });
    known.push({ id, ...one });
  }
});

interface Condition {
  readonly text: string;
  readonly holds: (one: Known) => boolean;
}

/** Traces also know RLIKE; the property uses it with plain texts. */
const TRACE_TEXTS: readonly Comparator[] = [
  ...TEXTS,
  ['RLIKE', (a, b) => String(a).includes(String(b))],
];

const numeric = fc
  .record({
    field: fc.constantFrom('timestamp_ms', 'execution_time_ms', 'end_time_ms'),
    comparator: fc.constantFrom(...NUMBERS),
    pick: fc.nat(39),
  })
  .map(({ field, comparator: [sign, compare], pick }): Condition => {
    const numberOf = (one: Known) =>
      ({
        timestamp_ms: one.time,
        execution_time_ms: one.duration,
        end_time_ms: one.time + one.duration,
      })[field] ?? 0;
    const wanted = numberOf(
      known[pick] ?? { id: '', time: 0, duration: 0, state: '', env: '', team: '' },
    );
    return { text: `${field} ${sign} ${wanted}`, holds: (one) => compare(numberOf(one), wanted) };
  });

const textual = fc
  .record({
    field: fc.constantFrom('status', 'tags.env', 'metadata.team'),
    comparator: fc.constantFrom(...TRACE_TEXTS),
    value: fc.constantFrom(
      'prod',
      'OK',
      'p%d',
      '%d%',
      '_rod',
      'PROD',
      't1',
      't',
      'IN_PROGRESS',
      'r',
    ),
  })
  .map(({ field, comparator: [sign, compare], value }): Condition => {
    return {
      text: `${field} ${sign} '${value}'`,
      holds: (one) => {
        const own = { status: one.state, 'tags.env': one.env, 'metadata.team': one.team }[field];
        return own !== undefined && compare(own, value);
      },
    };
  });

const absent = fc
  .record({ field: fc.constantFrom('tags.env', 'metadata.team'), not: fc.boolean() })
  .map(
    ({ field, not }): Condition => ({
      text: `${field} IS ${not ? 'NOT ' : ''}NULL`,
      holds: (one) => ((field === 'tags.env' ? one.env : one.team) === undefined) !== not,
    }),
  );

const ORDERS: Readonly<Record<string, (a: Known, b: Known) => number>> = {
  '': () => 0,
  'timestamp_ms ASC': (a, b) => a.time - b.time,
  'execution_time_ms DESC': (a, b) => b.duration - a.duration,
  status: (a, b) => (a.state < b.state ? -1 : Number(a.state > b.state)),
};

describe('a search for traces', () => {
  it('finds what a plain loop over all of them finds, in its order, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(numeric, textual, absent), { maxLength: 3 }),
        fc.constantFrom(...Object.keys(ORDERS)),
        fc.integer({ min: 1, max: 50 }),
        async (conditions, order, max_results) => {
          const compare = ORDERS[order] ?? (() => 0);
          const expected = known
            .filter((one) => conditions.every(({ holds }) => holds(one)))
            .sort((a, b) => compare(a, b) || b.time - a.time || (a.id < b.id ? -1 : 1))
            .map(({ id }) => id)
            .slice(0, max_results);
          const filter = conditions.map(({ text }) => text).join(' AND ');
          const order_by = order ? [order] : [];
          expect(await found(experiment, { filter, order_by, max_results })).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});
