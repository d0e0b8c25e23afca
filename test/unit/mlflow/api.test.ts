import { describe, expect, it } from 'vitest';
import { mlflowApi, operation, string } from '../../../functions/mlflow/index.ts';
import { defineRoutes } from '../../../functions/shared/declare.ts';
import { DynamoError } from '../../../functions/shared/dynamo/index.ts';
import { callApi, callForText } from '../../support/call-api.ts';

const routes = defineRoutes([
  { operation: 'echo', method: 'POST', path: '/echo', fn: 'test' },
  { operation: 'echo', method: 'GET', path: '/echo', fn: 'test' },
  { operation: 'remove', method: 'DELETE', path: '/echo', fn: 'test' },
  { operation: 'fail', method: 'POST', path: '/fail', fn: 'test' },
  { operation: 'elsewhere', method: 'POST', path: '/elsewhere', fn: 'other' },
]);
const handler = mlflowApi(routes, 'test', {
  echo: operation({ name: string }, async ({ name }) => ({ name, tags: [] })),
  remove: operation({ name: string }, async () => undefined),
  fail: operation({ name: string }, async ({ name = '' }) => {
    const [type, Code] = name.split(' ');
    throw new DynamoError(type === 'InternalServerError' ? 500 : 400, {
      __type: `x#${type}`,
      ...(Code && { CancellationReasons: [{ Code }] }),
    });
  }),
});

describe('a function of MLflow endpoints', () => {
  it('decodes bodies and query strings and encodes answers', async () => {
    expect(await callApi(handler, 'POST', '/echo', { name: 'x' })).toEqual({
      status: 200,
      body: { name: 'x' },
    });
    expect((await callApi(handler, 'GET', '/echo?name=y')).body).toEqual({ name: 'y' });
    // The body of a GET counts when there is no query.
    expect((await callApi(handler, 'GET', '/echo', { name: 'z' })).body).toEqual({ name: 'z' });
    const both = await callApi(handler, 'GET', '/echo?name=y', { name: 'z' });
    expect(both.body).toEqual({ name: 'y' });
  });

  it('answers an empty object where there is nothing to say', async () => {
    expect(await callApi(handler, 'DELETE', '/echo', { name: 'x' })).toEqual({
      status: 200,
      body: {},
    });
  });

  it.each([
    ['text/plain', "Bad Request. Content-Type must be one of ['application/json']."],
    ['', 'Bad Request. Content-Type header is missing.'],
  ])('refuses a POST whose content type is %j', async (type, message) => {
    const answer = await callApi(handler, 'POST', '/echo', {}, { 'content-type': type });
    expect(answer).toEqual({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message },
    });
  });

  it('takes a content type with parameters', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await callApi(handler, 'POST', '/echo', {}, headers)).status).toBe(200);
  });

  it.each([
    ['ThrottlingException', 429, 'REQUEST_LIMIT_EXCEEDED', '1'],
    ['ProvisionedThroughputExceededException', 429, 'REQUEST_LIMIT_EXCEEDED', '1'],
    ['TransactionCanceledException ThrottlingError', 429, 'REQUEST_LIMIT_EXCEEDED', '1'],
    ['InternalServerError', 503, 'TEMPORARILY_UNAVAILABLE', '1'],
    ['TransactionCanceledException None', 500, 'INTERNAL_ERROR', undefined],
    ['ValidationException', 500, 'INTERNAL_ERROR', undefined],
  ])('answers %s of its table with %d: clients know whether to try again', async (...expected) => {
    const [name, status, error_code, seconds] = expected;
    const answer = await callForText(handler, 'POST', '/fail', { name });
    expect([answer.status, JSON.parse(answer.text).error_code]).toEqual([status, error_code]);
    expect(answer.headers['retry-after']).toBe(seconds);
    expect(answer.text).not.toContain(name);
  });

  it('answers a method that the path has not with 405', async () => {
    const answer = await callApi(handler, 'PUT', '/echo', {});
    expect(answer).toMatchObject({ status: 405, body: { error_code: 'METHOD_NOT_ALLOWED' } });
  });

  it('knows the methods that a path has in another function', async () => {
    const answer = await callForText(handler, 'GET', '/elsewhere');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'OPTIONS, POST']);
    const told = await callForText(handler, 'OPTIONS', '/elsewhere');
    expect([told.status, told.headers.allow]).toEqual([204, 'OPTIONS, POST']);
  });

  it('answers an unknown path with 404 ENDPOINT_NOT_FOUND', async () => {
    const answer = await callApi(handler, 'GET', '/api/2.0/mlflow/nothing');
    expect(answer).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } });
  });
});
