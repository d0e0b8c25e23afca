import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApprovalEscalated, ApprovalRequested } from '../../../functions/approvals/events.ts';
import type { EventDefinition } from '../../../functions/events/define.ts';
import { DriftDetected, QualityDegraded } from '../../../functions/monitoring/events.ts';
import { notificationsFunctions } from '../../../functions/notifications/env.ts';
import { handler } from '../../../functions/notifications/notifications.lambda.ts';
import { RULES } from '../../../functions/notifications/reactions.ts';
import {
  PipelineFailed,
  PipelineSucceeded,
  TrainingRequested,
} from '../../../functions/pipelines/events.ts';
import { putPipeline } from '../../../functions/pipelines/put-pipeline.ts';
import { parsePolicy } from '../../../functions/policies/parse-policy.ts';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { PromotionDecided } from '../../../functions/promotion/events.ts';
import { createEndpoint } from '../../../functions/serving/endpoints/create-endpoint.ts';
import { updateNotifications } from '../../../functions/serving/endpoints/update-notifications.ts';
import {
  EndpointSwitchFailed,
  EndpointVersionSwitched,
} from '../../../functions/serving/events.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { ModelVersionValidated } from '../../../functions/validation/events.ts';
import { WebhookDisabled } from '../../../functions/webhooks/events.ts';
import type { SnsService } from '../../../lib/local/sns/index.ts';
import { startTopics } from '../../support/aws/topics.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

interface Told {
  readonly TopicArn: string;
  readonly Subject: string;
  readonly Message: string;
  readonly MessageAttributes: Readonly<Record<string, { DataType: string; StringValue: string }>>;
}

const OWN = 'arn:aws:sns:us-east-1:000000000000:slipway-dev-notify-fraud';
const context = aContext();
let dynamo: TestDynamo;
let topics: Awaited<ReturnType<typeof startTopics>>;
let sns: SnsService;

beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());
beforeEach(async () => {
  topics = await startTopics();
  sns = topics.sns;
  return () => topics.stop();
});

const told = () =>
  (JSON.parse(sns.messages()) as Told[]).map((one) => ({
    topic: one.TopicArn.slice(one.TopicArn.lastIndexOf(':') + 1),
    subject: one.Subject,
    type: one.MessageAttributes.event_type?.StringValue,
    recipients: JSON.parse(one.MessageAttributes.recipients?.StringValue ?? '[]') as string[],
    message: JSON.parse(one.Message) as Record<string, unknown>,
  }));

const busEvent = <T>(definition: EventDefinition<T>, data: T) => ({
  'detail-type': definition.type,
  detail: {
    metadata: {
      id: newId(),
      version: 1,
      time: '2026-11-21T12:00:00.000Z',
      workspace: 'default',
      actor: 'ana',
      correlationId: 'c-1',
    },
    data,
  },
});

/** Hands events over as the queue does; answers how many were not handled. */
async function deliver(...events: readonly object[]): Promise<number> {
  const Records = events.map((event) => ({ messageId: randomUUID(), body: JSON.stringify(event) }));
  const { batchItemFailures } = await handler({ Records } as never, {} as Context);
  return batchItemFailures.length;
}

const happens = <T>(definition: EventDefinition<T>, data: T) => deliver(busEvent(definition, data));

async function aPolicy(notify: PolicyDocument['notify']): Promise<string> {
  const model = `m-${newId()}`;
  await putPolicy({ name: model, document: { notify } }, context);
  return model;
}

describe('a model’s policy', () => {
  it.each([
    ['on_validation_failure', ModelVersionValidated, { status: 'FAILED' }],
    ['on_validation_success', ModelVersionValidated, { status: 'PASSED' }],
    ['on_approval_request', ApprovalRequested, { approvers: [] }],
    ['on_promotion', PromotionDecided, { verdict: 'promoted' }],
    ['on_promotion_failure', PromotionDecided, { verdict: 'rejected' }],
    ['on_promotion_failure', PromotionDecided, { verdict: 'failed' }],
    ['on_drift_detected', DriftDetected, {}],
    ['on_quality_degraded', QualityDegraded, {}],
    ['on_training_failure', PipelineFailed, {}],
    ['on_training_success', PipelineSucceeded, {}],
  ] as const)('tells its list %s of %o', async (when, definition, data) => {
    const model = await aPolicy({ [when]: ['ana@example.com'] });
    const event = { ...definition.sample, ...data, model };
    await happens(definition as EventDefinition, event);
    expect(told()).toMatchObject([
      { topic: 'told', type: definition.type, recipients: ['ana@example.com'] },
    ]);
  });

  it.each([
    [ModelVersionValidated, { status: 'SKIPPED' }],
    [PromotionDecided, { verdict: 'waiting' }],
    [PromotionDecided, { verdict: 'unchanged' }],
    [ModelVersionValidated, { status: 'FAILED' }],
  ] as const)('tells nobody who did not ask: %o', async (definition, data) => {
    const model = await aPolicy({
      on_validation_success: ['ana'],
      on_validation_failure: [],
      on_promotion_failure: ['ana'],
    });
    await happens(definition as EventDefinition, { ...definition.sample, ...data, model });
    await happens(ModelVersionValidated, { ...ModelVersionValidated.sample, model: 'nobody’s' });
    expect(told()).toEqual([]);
  });

  it('says what happened in words and as JSON, with what subscriptions filter by', async () => {
    const model = await aPolicy({ on_validation_failure: ['ana@example.com', 'group:ml'] });
    const data = { ...ModelVersionValidated.sample, model, failed_checks: ['‘größe’\n'] };
    const event = busEvent(ModelVersionValidated, data);
    await deliver(event);
    const text = `version 3 of ${model} failed its validation: ‘größe’\n`;
    expect(told()).toMatchObject([
      {
        subject: `Slipway: version 3 of ${model} failed its validation: 'gr??e' `.slice(0, 99),
        message: {
          event_type: 'ModelVersionValidated',
          event_id: event.detail.metadata.id,
          subject: `model:${model}`,
          recipients: ['ana@example.com', 'group:ml'],
          text,
          data,
        },
      },
    ]);
    const [{ MessageAttributes } = {} as Told] = JSON.parse(sns.messages()) as Told[];
    expect(MessageAttributes).toMatchObject({
      subject: { DataType: 'String', StringValue: `model:${model}` },
      event_id: { StringValue: event.detail.metadata.id },
      recipients: { DataType: 'String.Array' },
    });
  });

  it('tells a topic of its own instead, everybody there when the list is empty', async () => {
    topics.create(OWN);
    const model = await aPolicy({ on_drift_detected: [], topic_arn: OWN });
    await happens(DriftDetected, { ...DriftDetected.sample, model });
    await happens(QualityDegraded, { ...QualityDegraded.sample, model });
    expect(told()).toMatchObject([
      { topic: 'slipway-dev-notify-fraud', type: 'DriftDetected', recipients: [] },
    ]);
  });
});

describe('a policy', () => {
  it.each([
    [{ on_failure: ['ana'] }, /on_failure/],
    [{ on_promotion: 'ana' }, /notify\.on_promotion/],
    [{ on_promotion: Array(51).fill('ana') }, /notify\.on_promotion/],
    [{ topic_arn: 'slipway-dev-notify-fraud' }, /slipway-<environment>-notify-/],
  ])('is refused with lists that nobody could read: %#', (notify, reason) => {
    expect(() => parsePolicy({ notify })).toThrow(reason);
  });
});

describe('an approval that is asked for', () => {
  it('tells the people it names, and whom the policy names, in one message', async () => {
    const model = await aPolicy({ on_approval_request: ['ben@example.com', 'group:ml-leads'] });
    const approvers = ['group:ml-leads', 'user:ana'];
    await happens(ApprovalRequested, { ...ApprovalRequested.sample, model, approvers });
    await happens(ApprovalEscalated, { ...ApprovalEscalated.sample, model: 'x', to: ['user:eve'] });
    expect(told().map(({ type, recipients }) => [type, recipients])).toEqual([
      ['ApprovalEscalated', ['user:eve']],
      ['ApprovalRequested', ['ben@example.com', 'group:ml-leads', 'user:ana']],
    ]);
  });
});

describe('a pipeline', () => {
  it('tells of its executions, the model’s policy of trainings: a message for each topic', async () => {
    topics.create(OWN);
    const model = await aPolicy({ on_training_failure: ['group:ml'], topic_arn: OWN });
    const pipeline = `p-${newId()}`;
    const definition = {
      model,
      data: { train: 's3://bucket/rows.csv', label: 'y' },
      notifications: { on_start: ['ana'], on_failure: ['ana', 'ben'] },
    };
    await putPipeline(pipeline, definition, context);
    const about = { pipeline, model };
    await happens(TrainingRequested, { ...TrainingRequested.sample, ...about });
    await happens(PipelineSucceeded, { ...PipelineSucceeded.sample, ...about });
    await happens(PipelineFailed, { ...PipelineFailed.sample, ...about });
    expect(told().map(({ topic, type, recipients }) => [topic, type, recipients])).toEqual([
      ['slipway-dev-notify-fraud', 'PipelineFailed', ['group:ml']],
      ['told', 'PipelineFailed', ['ana', 'ben']],
      ['told', 'TrainingRequested', ['ana']],
    ]);
  });

  it.each([
    [{ on_stop: ['ana'] }, /notifications/],
    [{ on_start: [''] }, /notifications.on_start/],
    [{ topic_arn: 'arn:aws:sns:us-east-1:000000000000:other' }, /slipway-<environment>-notify-/],
  ])('is refused with notifications that nobody could get: %o', async (notifications, reason) => {
    const data = { train: 's3://bucket/rows.csv', label: 'y' };
    const definition = { model: 'm', data, notifications };
    await expect(putPipeline('p', definition, context)).rejects.toThrow(reason);
  });
});

describe('an endpoint', () => {
  it('tells of updates that succeeded or failed, as Databricks’ call says', async () => {
    const endpoint = `e-${newId()}`;
    const served = { entity_name: 'm', entity_version: '@champion' };
    const email_notifications = { on_update_failure: ['eve@example.com'] };
    const body = { name: endpoint, config: { served_entities: [served] }, email_notifications };
    expect(await createEndpoint(body, context)).toMatchObject({ email_notifications });
    const failed = () =>
      happens(EndpointSwitchFailed, { ...EndpointSwitchFailed.sample, endpoint });
    await failed();
    const changed = { on_update_success: ['ana@example.com'], on_update_failure: [] };
    const put = { email_notifications: changed };
    expect(await updateNotifications(endpoint, put, context)).toEqual({ name: endpoint, ...put });
    await happens(EndpointVersionSwitched, { ...EndpointVersionSwitched.sample, endpoint });
    await failed();
    expect(told().map(({ type, recipients }) => [type, recipients])).toEqual([
      ['EndpointVersionSwitched', ['ana@example.com']],
      ['EndpointSwitchFailed', ['eve@example.com']],
    ]);
  });

  it('takes no address that is none', async () => {
    const body = { email_notifications: { on_update_failure: [' '] } };
    await expect(updateNotifications('e', body, context)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
  });
});

describe('an event', () => {
  const disabled = () => busEvent(WebhookDisabled, WebhookDisabled.sample);

  it('is told once, however often and however much at once it comes', async () => {
    const event = disabled();
    await deliver(event, event);
    await Promise.all([deliver(event), deliver(event), deliver(event)]);
    expect(told()).toMatchObject([{ type: 'WebhookDisabled', recipients: ['group:admins'] }]);
  });

  it('that comes twice at once goes back to the queue where it is not told yet', async () => {
    const event = disabled();
    const left = await Promise.all([deliver(event), deliver(event), deliver(event)]);
    for (let tries = left.reduce((sum, failed) => sum + failed, 0); tries > 0; tries--) {
      expect(await deliver(event)).toBe(0);
    }
    expect(told()).toHaveLength(1);
  });

  it('that the topic refuses comes again, and is told then', async () => {
    const model = await aPolicy({ on_drift_detected: ['ana'], topic_arn: OWN });
    const event = busEvent(DriftDetected, { ...DriftDetected.sample, model });
    expect(await deliver(event)).toBe(1);
    expect(await deliver(event)).toBe(1);
    topics.create(OWN);
    expect(await deliver(event)).toBe(0);
    expect(await deliver(event)).toBe(0);
    expect(told()).toHaveLength(1);
  });

  it('that is larger than a message is told of without its data', async () => {
    const pipeline = `p-${newId()}`;
    const data = { train: 's3://bucket/rows.csv', label: 'y' };
    await putPipeline(
      pipeline,
      { model: 'm', data, notifications: { on_start: ['ana'] } },
      context,
    );
    const parameters = { long: '"'.repeat(120_000) };
    const reason = '"'.repeat(60_000);
    await happens(TrainingRequested, { ...TrainingRequested.sample, pipeline, reason, parameters });
    expect(told()).toMatchObject([
      { recipients: ['ana'], message: { data_omitted: true, subject: `pipeline:${pipeline}` } },
    ]);
    expect(told()[0]?.message).not.toHaveProperty('data');
  });

  it('has a rule where the function is triggered, and the other way round', () => {
    const [trigger] = notificationsFunctions.notifications.triggers;
    expect(RULES.map(({ definition }) => definition.type)).toEqual([...trigger.events]);
  });
});
