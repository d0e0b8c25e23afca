import type { Clock } from '../../shared/clock.ts';
import { databricksNames, databricksNotice } from '../notices/databricks-notice.ts';
import { mlflowNames, mlflowNotice } from '../notices/mlflow-notice.ts';
import { Facts, modelOf, type Notice, type PlatformEvent } from '../notices/notice.ts';
import { type EventModel, isAbout, type Webhook } from '../webhook.ts';
import { type Delivery, deliveryId } from './delivery.ts';
import { insertDeliveries, type NotWritten } from './delivery-store.ts';
import { tellLane } from './lane-store.ts';

interface FanOutPorts {
  readonly webhooks: () => Promise<Webhook[]>;
  readonly wake: (webhookId: string) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Makes a delivery for every active webhook that asked for one of the events, then sees to it that
 * somebody works on the lane of each. Repeated events make nothing new. Throws when anything could not be written, after everything
 * else was: all may come again.
 */
export async function fanOut(events: readonly PlatformEvent[], ports: FanOutPorts): Promise<void> {
  const active = (await ports.webhooks()).filter(({ status }) => status === 'ACTIVE');
  if (active.length === 0) return;
  const facts = new Facts();
  const createdAt = new Date(ports.clock()).toISOString();
  const made = await Promise.all(
    events.map((event) => deliveriesOf(event, active, facts, createdAt)),
  );
  // An event may be in a batch twice.
  const deliveries = [...new Map(made.flat().map((one) => [one.id, one])).values()];
  const notWritten = await Promise.all(
    [...Map.groupBy(deliveries, ({ webhook_id }) => webhook_id)].map(([id, own]) =>
      handOver(id, own, ports),
    ),
  );
  const [first] = notWritten.flat();
  if (first) throw first.error;
}

/** Writes a webhook's deliveries and has its lane see to them: what the others' rows take is not its concern. */
async function handOver(
  webhookId: string,
  deliveries: readonly Delivery[],
  ports: FanOutPorts,
): Promise<NotWritten[]> {
  const notWritten = await insertDeliveries(deliveries);
  const written = notWritten.length < deliveries.length;
  if (written && !(await tellLane(webhookId, ports.clock()))) await ports.wake(webhookId);
  return notWritten;
}

async function deliveriesOf(
  event: PlatformEvent,
  active: readonly Webhook[],
  facts: Facts,
  createdAt: string,
): Promise<Delivery[]> {
  const candidates = { mlflow: mlflowNames(event), databricks: databricksNames(event) };
  const subscribed = active.filter(({ dialect, events }) =>
    candidates[dialect].some((name) => events.includes(name)),
  );
  const model = await eventModel(event, subscribed, facts);
  const interested = subscribed.filter((webhook) => isAbout(webhook, model));
  const notices: Partial<Record<Webhook['dialect'], Notice>> = {};
  if (interested.some(({ dialect }) => dialect === 'mlflow')) {
    const notice = await mlflowNotice(event, facts);
    if (notice) notices.mlflow = notice;
  }
  if (interested.some(({ dialect }) => dialect === 'databricks')) {
    notices.databricks = databricksNotice(event);
  }
  return interested.flatMap((webhook) => {
    const notice = notices[webhook.dialect];
    const name = notice?.names.find((candidate) => webhook.events.includes(candidate));
    if (!notice || name === undefined) return [];
    return {
      id: deliveryId(webhook.id, event.metadata.id),
      webhook_id: webhook.id,
      event: name,
      event_id: event.metadata.id,
      body: notice.body(name, webhook.id),
      status: 'PENDING',
      attempt_count: 0,
      attempts: [],
      created_at: createdAt,
    } satisfies Delivery;
  });
}

/** What the event is about, if one of the webhooks is for a model: only then anybody asks. */
async function eventModel(
  event: PlatformEvent,
  webhooks: readonly Webhook[],
  facts: Facts,
): Promise<EventModel | undefined> {
  const name = modelOf(event);
  if (name === undefined || webhooks.every(({ model_name }) => model_name === undefined)) {
    return undefined;
  }
  return { name, id: (await facts.model(name))?.id, at: Date.parse(event.metadata.time) };
}
