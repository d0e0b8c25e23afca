import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as approvals } from '../../../functions/approvals/approvals.lambda.ts';
import { handler as events } from '../../../functions/events/events.lambda.ts';
import { handler as policies } from '../../../functions/policies/policies.lambda.ts';
import { handler as promotion } from '../../../functions/promotion/promotion.lambda.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { platformTable } from '../../../functions/serving/table.ts';
import { handler as validation } from '../../../functions/validation/validation.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());

const v1 = '/api/slipway/v1';
type Handler = Parameters<typeof callApi>[0];

describe('own resources over HTTP', () => {
  it('puts, gets and deletes a policy, also of a prefix', async () => {
    const path = `${v1}/models/${encodeURIComponent('prod.*')}/policy`;
    const document = { validation: { mode: 'enabled' } };

    expect(await callApi(policies, 'PUT', path, document)).toEqual({
      status: 200,
      body: { ...document, revision: 1 },
    });
    expect(await callApi(policies, 'GET', path)).toMatchObject({ status: 200 });
    expect(await callApi(policies, 'DELETE', path)).toEqual({ status: 200, body: {} });
    expect(await callApi(policies, 'GET', path)).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
  });

  it('names the path of an unknown field', async () => {
    const answer = await callApi(policies, 'PUT', `${v1}/models/m/policy`, {
      validation: { mode: 'enabled', treshold: 1 },
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('treshold') },
    });
  });

  it.each([
    [events as Handler, 'GET', '/events?typ=x', 400],
    [events as Handler, 'GET', '/events', 200],
    [validation as Handler, 'GET', '/models/m/versions/1/validation', 404],
    [validation as Handler, 'GET', '/models/m/versions/x/validation', 400],
    [promotion as Handler, 'GET', '/models/m/promotions', 200],
    [promotion as Handler, 'GET', '/models/m/promotions?limit=0', 400],
    [promotion as Handler, 'GET', '/promotions/none', 404],
    [promotion as Handler, 'POST', '/promotions/none/revert', 404],
    [approvals as Handler, 'GET', '/approvals?status=PENDING', 200],
    [approvals as Handler, 'GET', '/approvals?status=open', 400],
    [approvals as Handler, 'GET', '/approvals/none', 404],
    [approvals as Handler, 'POST', '/approvals/none/approve', 404],
  ])('%# answers %s %s with %d', async (handler, method, path, status) => {
    expect((await callApi(handler, method, v1 + path)).status).toBe(status);
  });
});
