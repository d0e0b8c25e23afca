import { describe, expect, it } from 'vitest';
import type { LiveConfig, LiveEntity } from '../../../../functions/serving/endpoints/endpoint.ts';
import { Invocation } from '../../../../functions/serving/invoke/invocation.ts';
import type { LogEntry } from '../../../../functions/serving/invoke/log-entry.ts';
import {
  type PythonAnswer,
  pythonScorer,
} from '../../../../functions/serving/invoke/python-scorer.ts';
import { aContext } from '../../../support/context.ts';

const location = { bucket: 'b', key: 'k' };
const arm = { rollout: 'r', share: 50 };
const anEntity = (version: string, role: 'candidate' | 'champion', weight: number): LiveEntity => ({
  name: 'main',
  model: 'm',
  version,
  location,
  weight,
  mirror: 0,
  arm: { ...arm, role },
});
/** Chance gives every request to the candidate. */
const [candidate, champion] = [
  anEntity('2', 'candidate', 99),
  anEntity('1', 'champion', 1),
] as const;

const answers = { body: '{"predictions": [1]}' };
const raises = {
  error_code: 'BAD_REQUEST',
  message: 'ValueError: boom',
  model_failed: true,
} as const;
const refuses = { error_code: 'BAD_REQUEST', message: 'Model is missing inputs' };

/** One request to the candidate, in Python as all are here; what was answered, and what was logged. */
async function ask(
  said: { candidate: PythonAnswer; champion: PythonAnswer },
  options: { fallback?: true } = {},
) {
  const logged: LogEntry[] = [];
  const live: LiveConfig = {
    endpoint: 'e',
    endpointId: 'id',
    revision: 1,
    config: 1,
    creator: 'ana',
    entities: [candidate, champion],
    ...options,
  };
  const scorer = (answer: PythonAnswer) =>
    pythonScorer({ location }, undefined, async () => answer);
  const models = new Map([
    [candidate, scorer(said.candidate)],
    [champion, scorer(said.champion)],
  ]);
  const body = Buffer.from('{"instances": [[1]], "client_request_id": "c"}');
  const request = { params: { name: 'e' }, headers: {}, body } as never;
  const answer = await new Invocation({
    request,
    context: aContext(),
    snapshot: { live, models, problems: new Map() },
    startedAt: 1,
    elapsed: () => 1,
    log: async (entry) => void logged.push(entry),
    queue: () => Promise.reject(new Error('Nothing is queued here')),
  }).answer();
  return { answer, row: logged[0] };
}

describe('a model that raises at a request which it could read', () => {
  it('is told of with the status that MLflow has for it, and logged as its own failure', async () => {
    const { answer, row } = await ask({ candidate: raises, champion: answers });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain('ValueError: boom');
    expect(row).toMatchObject({
      statusCode: 400,
      modelFailed: true,
      failedEntity: { version: '2' },
      trial: { arm: { role: 'candidate' }, failed: true },
    });
  });

  it('is stood in for where the endpoint asks for that', async () => {
    const { answer, row } = await ask({ candidate: raises, champion: answers }, { fallback: true });
    expect(answer).toMatchObject({ statusCode: 200, body: answers.body });
    expect(row).toMatchObject({ failedEntity: { version: '2' }, trial: { failed: true } });
  });
});

describe('a request that breaks the signature', () => {
  it('is refused by the version that it came to, whatever stands in for it', async () => {
    const { answer, row } = await ask(
      { candidate: refuses, champion: answers },
      { fallback: true },
    );
    expect(answer.statusCode).toBe(400);
    expect(row).not.toHaveProperty('modelFailed');
    expect(row?.trial?.failed).toBe(true);
  });

  it('says nothing about a version when the other arm refuses it as well', async () => {
    const { row } = await ask({ candidate: refuses, champion: refuses });
    expect(row?.statusCode).toBe(400);
    expect(row).not.toHaveProperty('trial');
  });
});
