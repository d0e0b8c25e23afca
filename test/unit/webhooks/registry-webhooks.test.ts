import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ApprovalDenied,
  ApprovalEscalated,
  ApprovalExpired,
  ApprovalGranted,
  ApprovalRequested,
} from '../../../functions/approvals/events.ts';
import type { EventDefinition } from '../../../functions/events/define.ts';
import { DriftDetected, QualityDegraded } from '../../../functions/monitoring/events.ts';
import { PromotionDecided } from '../../../functions/promotion/events.ts';
import { ModelAliasMoved, RegisteredModelCreated } from '../../../functions/registry/events.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { EndpointVersionSwitched } from '../../../functions/serving/events.ts';
import { getItem } from '../../../functions/shared/dynamo/index.ts';
import { ModelVersionValidated } from '../../../functions/validation/events.ts';
import { drainLane } from '../../../functions/webhooks/deliveries/drain-lane.ts';
import { WebhookDisabled } from '../../../functions/webhooks/events.ts';
import { announced } from '../../support/outbox.ts';
import {
  anEvent,
  call,
  context,
  deliver,
  ports,
  REGISTRY,
  state,
  useWebhooks,
  WEBHOOKS,
} from './api.ts';

useWebhooks();

describe('registry webhooks', () => {
  const spec = (path: string) => ({
    url: `${state.receiver.url}${path}`,
    secret: 'dbx',
    authorization: 'Bearer t',
  });

  it('are made, listed, changed, tested and deleted as databricks-sdk does', async () => {
    const made = await call('POST', `${REGISTRY}/create`, {
      events: ['MODEL_VERSION_CREATED', 'MODEL_VERSION_VALIDATED'],
      http_url_spec: spec('/dbx'),
    });
    const { id } = made.body.webhook;
    expect(made.body.webhook).toEqual({
      id,
      events: ['MODEL_VERSION_CREATED', 'MODEL_VERSION_VALIDATED'],
      status: 'ACTIVE',
      creation_timestamp: expect.any(Number),
      last_updated_timestamp: expect.any(Number),
      http_url_spec: { url: `${state.receiver.url}/dbx`, enable_ssl_verification: true },
    });
    const list = await call('GET', `${REGISTRY}/list?events=MODEL_VERSION_VALIDATED`);
    expect(list.body.webhooks).toHaveLength(1);
    expect((await call('GET', WEBHOOKS)).body).toEqual({});
    const changed = await call('PATCH', `${REGISTRY}/update`, { id, status: 'TEST_MODE' });
    expect(changed.body.webhook).toMatchObject({ status: 'TEST_MODE' });
    const tested = await call('POST', `${REGISTRY}/test`, { id });
    expect(tested.body).toEqual({ status_code: 200, status: 200, body: 'answer 1' });
    const [sent] = state.receiver.at('/dbx');
    expect(sent?.headers.authorization).toBe('Bearer t');
    expect(sent?.headers['x-databricks-signature']).toBe(
      createHmac('sha256', 'dbx')
        .update(sent?.body ?? '')
        .digest('hex'),
    );
    expect((await call('DELETE', `${REGISTRY}/delete?id=${id}`)).status).toBe(200);
  });

  it('get alias and drift events in Databricks’ form, of their model only', async () => {
    await createRegisteredModel({ name: 'flight-delay' }, context);
    const { body } = await call('POST', `${REGISTRY}/create`, {
      events: ['MODEL_ALIAS_MOVED', 'DRIFT_DETECTED'],
      model_name: 'flight-delay',
      http_url_spec: spec('/own'),
    });
    const moved = anEvent(ModelAliasMoved);
    const drift = anEvent(DriftDetected);
    await deliver(
      moved,
      drift,
      anEvent(ModelAliasMoved, { ...ModelAliasMoved.sample, model: 'x' }),
    );
    await drainLane(body.webhook.id, ports, context);
    const bodies = state.receiver.at('/own').map((one) => JSON.parse(one.body));
    expect(bodies).toHaveLength(2);
    expect(bodies.find(({ event }) => event === 'MODEL_ALIAS_MOVED')).toEqual({
      event: 'MODEL_ALIAS_MOVED',
      webhook_id: body.webhook.id,
      event_timestamp: state.now,
      text: ModelAliasMoved.text(ModelAliasMoved.sample),
      model_name: 'flight-delay',
      version: '3',
      data: ModelAliasMoved.sample,
    });
  });

  it.each([
    ['MODEL_VERSION_VALIDATED', ModelVersionValidated],
    ['DRIFT_DETECTED', DriftDetected],
    ['QUALITY_DEGRADED', QualityDegraded],
    ['PROMOTION_DECIDED', PromotionDecided],
    ['APPROVAL_REQUESTED', ApprovalRequested],
    ['APPROVAL_GRANTED', ApprovalGranted],
    ['APPROVAL_DENIED', ApprovalDenied],
    ['APPROVAL_EXPIRED', ApprovalExpired],
    ['APPROVAL_ESCALATED', ApprovalEscalated],
    ['ENDPOINT_VERSION_SWITCHED', EndpointVersionSwitched],
    ['WEBHOOK_DISABLED', WebhookDisabled],
  ] as const)('tell of %s, signed, with its data and a sentence', async (name, definition) => {
    const { body } = await call('POST', `${REGISTRY}/create`, {
      events: [name],
      http_url_spec: spec(`/${name}`),
    });
    const event = definition as EventDefinition;
    await deliver(anEvent(event), anEvent(RegisteredModelCreated as EventDefinition));
    await drainLane(body.webhook.id, ports, context);
    const [sent, ...others] = state.receiver.at(`/${name}`);
    expect(others).toEqual([]);
    expect(JSON.parse(sent?.body ?? '{}')).toMatchObject({
      event: name,
      webhook_id: body.webhook.id,
      event_timestamp: state.now,
      text: event.text(event.sample),
      data: event.sample,
    });
    expect(sent?.headers['x-databricks-signature']).toBe(
      createHmac('sha256', 'dbx')
        .update(sent?.body ?? '')
        .digest('hex'),
    );
  });

  it('start a job with the event as a parameter', async () => {
    const { body } = await call('POST', `${REGISTRY}/create`, {
      events: ['REGISTERED_MODEL_CREATED'],
      job_spec: { job_id: '42', access_token: 'pat', workspace_url: state.receiver.url },
    });
    expect(body.webhook).toMatchObject({
      job_spec: { job_id: '42', workspace_url: state.receiver.url },
    });
    await deliver(anEvent(RegisteredModelCreated));
    await drainLane(body.webhook.id, ports, context);
    const [sent] = state.receiver.at('/api/2.1/jobs/run-now');
    expect(sent?.headers.authorization).toBe('Bearer pat');
    const { job_id, notebook_params } = JSON.parse(sent?.body ?? '{}');
    expect(job_id).toBe(42);
    expect(JSON.parse(notebook_params.event_message)).toMatchObject({
      event: 'REGISTERED_MODEL_CREATED',
    });
  });

  it.each([
    ['http_url_spec', { secret: 'open-secret', authorization: 'Bearer open-header' }, {}],
    ['job_spec', {}, { job_id: '42', access_token: 'open-token' }],
  ])(
    'seal what is secret of an %s in their row, and answer none of it',
    async (kind, http, job) => {
      const target =
        kind === 'http_url_spec'
          ? { http_url_spec: { url: `${state.receiver.url}/sealed`, ...http } }
          : { job_spec: { workspace_url: state.receiver.url, ...job } };
      const made = await call('POST', `${REGISTRY}/create`, {
        events: ['REGISTERED_MODEL_CREATED'],
        ...target,
      });
      const { id } = made.body.webhook;
      const changed = await call('PATCH', `${REGISTRY}/update`, { id, ...target });
      expect([made.status, changed.status]).toEqual([200, 200]);
      const row = await getItem<Record<string, unknown>>('registry', { pk: 'WEBHOOKS', sk: id });
      const sealed = [row?.secret, row?.authorization].filter((value) => value !== undefined);
      expect(sealed).toHaveLength(kind === 'http_url_spec' ? 2 : 1);
      for (const box of sealed) expect(box).toMatch(/^v1:/);
      const tested = await call('POST', `${REGISTRY}/test`, { id });
      const listed = await call('GET', `${REGISTRY}/list`);
      await deliver(anEvent(RegisteredModelCreated));
      const deliveries = await call('GET', `/api/slipway/v1/webhooks/${id}/deliveries`);
      const events = await announced('registry');
      const places = { row, made, changed, tested, listed, deliveries, events };
      for (const [place, shown] of Object.entries(places)) {
        expect(JSON.stringify(shown), place).not.toMatch(/open-(secret|header|token)/);
      }
      for (const answer of [made, changed, listed]) {
        expect(JSON.stringify(answer)).not.toMatch(/"(secret|authorization|access_token)"/);
      }
    },
  );
});
