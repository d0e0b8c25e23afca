import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import type { EventDefinition } from '../../../functions/events/define.ts';
import type { OperationContext } from '../../../functions/shared/context.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { fanOut } from '../../../functions/webhooks/deliveries/fan-out.ts';
import { listDeliveries } from '../../../functions/webhooks/deliveries/history-store.ts';
import { sendDelivery } from '../../../functions/webhooks/deliveries/send-delivery.ts';
import { toPlatformEvent } from '../../../functions/webhooks/notices/notice.ts';
import { allWebhooks } from '../../../functions/webhooks/webhook-store.ts';
import { handler } from '../../../functions/webhooks/webhooks.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { type Answer, startReceiver } from '../../support/receiver.ts';

export const WEBHOOKS = '/api/2.0/mlflow/webhooks';
export const REGISTRY = '/api/2.0/mlflow/registry-webhooks';
const MODEL_CREATED = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];

/** What a test may look at and change; set anew before each of them. */
interface WebhookState {
  /** Epoch milliseconds: the time of everything that a test does. */
  now: number;
  /** What the receiver says to the `count`th request for a path. */
  answer: (path: string, count: number) => Answer;
  /** Lanes that were woken. */
  wakes: { readonly id: string; readonly afterMs: number }[];
  receiver: Awaited<ReturnType<typeof startReceiver>>;
}

export const state = {} as WebhookState;

const clock = () => state.now;
export const context: OperationContext = aContext({
  actor: { user: 'ana', groups: ['admins'] },
  clock,
});
export const ports = {
  send: (...[webhook, delivery]: Parameters<typeof sendDelivery>) =>
    sendDelivery(webhook, delivery, clock),
  wake: async (id: string, afterMs = 0) => void state.wakes.push({ id, afterMs }),
  failureLimit: 2,
};

export const call = async (method: string, path: string, body?: object) => {
  type Body = Record<string, never> & { webhook: { id: string; webhook_id: string } };
  return callApi<Body>(handler as never, method, path, body);
};

/** A webhook of MLflow's dialect whose receiver is the test's own; answers its id. */
export async function create(path: string, extra: object = {}): Promise<string> {
  const url = `${state.receiver.url}${path}`;
  const body = { name: 'hook', url, events: MODEL_CREATED, ...extra };
  const made = await call('POST', WEBHOOKS, body);
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.webhook.webhook_id;
}

export function anEvent<T>(definition: EventDefinition<T>, data: T = definition.sample) {
  const id = newId();
  const time = new Date(state.now).toISOString();
  const metadata = { id, version: 1, time, workspace: 'default', actor: 'a', correlationId: 'c' };
  return toPlatformEvent(definition as EventDefinition, { metadata, data });
}

export const deliver = (...events: ReturnType<typeof anEvent>[]) =>
  fanOut(events, { webhooks: allWebhooks, wake: ports.wake, clock });

export const history = async (id: string) => (await listDeliveries(id, { limit: 100 })).deliveries;

/** Tables and a receiver for the tests of a file; each of them begins without webhooks. */
export function useWebhooks(): void {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    dynamo = await startDynamo();
    state.receiver = await startReceiver((path, count) => state.answer(path, count));
  });
  beforeEach(() => {
    vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'true');
    vi.stubEnv('WEBHOOK_SECRETS_KEY', randomBytes(32).toString('base64'));
    vi.stubEnv('WEBHOOK_QUEUE', 'http://127.0.0.1:1/queue');
    state.now = Date.now();
    state.wakes = [];
    state.receiver.received.length = 0;
    state.answer = () => ({ status: 200 });
  });
  afterEach(async () => {
    for (const { id, dialect } of await allWebhooks()) {
      if (dialect === 'mlflow') await call('DELETE', `${WEBHOOKS}/${id}`);
      else await call('DELETE', `${REGISTRY}/delete?id=${id}`);
    }
  });
  afterAll(async () => {
    state.receiver.stop();
    await dynamo.stop();
  });
}
