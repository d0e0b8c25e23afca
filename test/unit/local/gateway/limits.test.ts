import { afterAll, expect, it, onTestFinished, vi } from 'vitest';
import { IntegrationCalls } from '../../../../lib/local/gateway/integration-calls.ts';
import { ApiModel, apiProviders } from '../../../../lib/local/gateway/resources.ts';
import { lambdaFixture } from '../lambda/function-fixture.ts';
import { startGateway } from './gateway-fixture.ts';

const MIB = 1024 * 1024;

const functions = lambdaFixture();
afterAll(() => functions.close());

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
it('what Lambda neither takes nor gives is refused, and the next request is answered', async () => {
  const SOURCE = `export const handler = async ({ queryStringParameters, body }) =>
    'x'.repeat(Number(queryStringParameters?.size ?? body?.length ?? 0));`;
  await functions.addFunction('fn', SOURCE, { Timeout: 300 });
  const gateway = await startGateway(functions.lambda);
  onTestFinished(async () => void (await gateway.close()));
  gateway.api();
  gateway.route('$default', 'fn');
  const status = async (size: number, sent = 0) => {
    const body = sent > 0 ? { method: 'POST', body: 'x'.repeat(sent) } : {};
    const response = await fetch(`${gateway.url}/?size=${size}`, body);
    return [response.status, (await response.text()).length > MIB];
  };

  expect(await status(5 * MIB)).toEqual([200, true]);
  expect(await status(7 * MIB)).toEqual([500, false]);
  expect(await status(1, 5 * MIB)).toEqual([200, false]);
  expect(await status(1, 7 * MIB)).toEqual([413, false]);
  expect(await status(1)).toEqual([200, false]);
});

it('an integration without a time of its own has half a minute', async () => {
  const model = new ApiModel();
  const providers = apiProviders(model, 'http://local');
  const integration = providers.find(({ type }) => type.endsWith('::Integration'));
  const properties = { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' };
  const context = { region: '', accountId: '', assetPath: () => '' };
  await integration?.create('I', { ...properties, IntegrationUri: 'fn' }, context);
  const never = new IntegrationCalls({
    invoke: () => new Promise(() => {}),
    invokeAsync: async () => {},
  });
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());

  const ended = vi.fn();
  never.invoke(model.integrations.get('I')!, '{}').catch(({ code }) => ended(code));
  await vi.advanceTimersByTimeAsync(29_999);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveBeenCalledWith('IntegrationTimeout');
});
