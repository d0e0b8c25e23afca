import { describe, expect, it } from 'vitest';
import {
  type SageMakerAnswer,
  sageMakerScorer,
} from '../../../../functions/serving/invoke/sagemaker-scorer.ts';
import { ModelFailure } from '../../../../functions/serving/invoke/scorer.ts';

const deployed = { endpoint: 'e', variant: 'v1-0123' };
const request = {
  body: Buffer.from('{"instances": [[1]]}'),
  contentType: 'application/json',
  table: () => ({ rows: [[1]] }),
};
const scorerOf = (answer: SageMakerAnswer) =>
  sageMakerScorer(deployed, undefined, async (to) => {
    expect(to).toEqual(deployed);
    return answer;
  });

describe('a version that SageMaker serves', () => {
  it('has failed itself where its container says that the model raised', async () => {
    const told = { error_code: 'BAD_REQUEST', message: 'boom', model_failed: true };
    const answer = { error: 'ModelError', status: 400, message: JSON.stringify(told) };
    const raised = scorerOf(answer).score(request);
    await expect(raised).rejects.toBeInstanceOf(ModelFailure);
    await expect(raised).rejects.toMatchObject({ code: 'BAD_REQUEST', message: 'boom' });
  });

  it('answers what its container answers', async () => {
    const body = '{"predictions": [9007199254740993]}';
    expect(await scorerOf({ body }).score(request)).toBe(body);
  });

  it.each([
    ['ModelError', 400, '{"error_code":"BAD_REQUEST","message":"x is missing"}', 'BAD_REQUEST'],
    ['ModelError', 504, '{"error_code":"DEADLINE_EXCEEDED","message":"late"}', 'DEADLINE_EXCEEDED'],
    ['ModelError', 415, 'no such format', 'BAD_REQUEST'],
    ['ModelError', 500, '{"error_code":"INTERNAL_ERROR","message":"CUDA"}', 'INTERNAL_ERROR'],
    ['ModelError', undefined, 'the connection was closed', 'INTERNAL_ERROR'],
    ['ValidationError', undefined, 'Endpoint e not found.', 'INTERNAL_ERROR'],
    ['ServiceUnavailable', undefined, 'no instance', 'TEMPORARILY_UNAVAILABLE'],
    ['ThrottlingException', undefined, 'slow down', 'TEMPORARILY_UNAVAILABLE'],
    ['ModelNotReadyException', undefined, 'wait', 'TEMPORARILY_UNAVAILABLE'],
  ])('%s %s %s is %4$s', async (error, status, message, code) => {
    const answer = { error, message, ...(status !== undefined && { status }) };
    await expect(scorerOf(answer).score(request)).rejects.toMatchObject({ code });
  });
});
