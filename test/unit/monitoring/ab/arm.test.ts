import { describe, expect, it } from 'vitest';
import { toArms } from '../../../../functions/monitoring/ab/arm.ts';
import type { LabelledRequest } from '../../../../functions/monitoring/windows/labels-evaluation.ts';

let requests = 0;

/** A request as it stands in the log, with the columns that an arm looks at. */
function aRequest(columns: Partial<LabelledRequest['row']>): LabelledRequest {
  requests++;
  const row = {
    databricksRequestId: `request-${requests}`,
    statusCode: 200,
    executionTimeMs: 5,
    rows: 1,
    ...columns,
  } as LabelledRequest['row'];
  const payload = { request: {}, response: { predictions: [1] }, shadows: [] };
  return { row, payload, label: undefined };
}

const answered = { servedEntity: 'a', version: '1' };
const refused = { failedEntity: 'a', failedVersion: '1' };
const errorsOf = (...rows: Partial<LabelledRequest['row']>[]) =>
  toArms(rows.map(aRequest)).map((arm) => [arm.entity, arm.requests, arm.errors]);

describe('the errors of an arm', () => {
  it('leave out what the caller did wrong', () => {
    const mistakes = [400, 404, 413].map((statusCode) => ({ ...refused, statusCode }));
    expect(errorsOf(answered, ...mistakes)).toEqual([['a', 1, 0]]);
  });

  it('make no arm of a version that only heard mistakes', () => {
    expect(errorsOf({ ...refused, statusCode: 400 })).toEqual([]);
  });

  it.each([
    [
      'the model raised, though MLflow says 400',
      { ...refused, statusCode: 400, modelFailed: true },
    ],
    ['the scorer failed', { ...refused, statusCode: 500 }],
    ['the model was late', { ...refused, statusCode: 504 }],
    ['the other arm of a rollout takes it', { ...refused, statusCode: 400, failed: true }],
    ['another entity answered in its place', { ...answered, ...refused, servedEntity: 'b' }],
  ] as const)('count a request when %s', (_, row) => {
    expect(errorsOf(answered, row)).toEqual([['a', 2, 1]]);
  });
});
