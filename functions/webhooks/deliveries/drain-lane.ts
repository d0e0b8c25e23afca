import type { OperationContext } from '../../shared/context.ts';
import { groupCommit } from '../../shared/group-commit.ts';
import { newId } from '../../shared/ids.ts';
import type { Webhook } from '../webhook.ts';
import { disableWebhook, findWebhook } from '../webhook-store.ts';
import { afterAttempt, type Delivery, MAX_ATTEMPTS, type Outcome, webhookOf } from './delivery.ts';
import { PACK_SIZE } from './delivery-pack.ts';
import { listPending, loadDue, type Pending, removePacks, saveOutcomes } from './delivery-store.ts';
import { enterLane, type Lane, leaveLane, wakesOf } from './lane-store.ts';

/** Requests to one receiver at once. */
const PARALLEL = 10;

/** How long one run works on a lane before others get their turn. */
const SLICE_MS = 5000;

/** Longer than a slice and one more round of requests that time out. */
const LEASE_MS = 45_000;

interface DrainPorts {
  readonly send: (webhook: Webhook, delivery: Delivery) => Promise<Outcome>;
  readonly wake: (webhookId: string, afterMs?: number) => Promise<void>;
  /** Deliveries that fail one after the other before the webhook is disabled. */
  readonly failureLimit: number;
}

/**
 * Delivers what is due to a webhook. Only one run does so at a time; others leave word and go. What is
 * due later, and what a slice leaves over, wakes a later run. `owner` is what a run has in common with
 * the one that goes on after its death.
 */
export async function drainLane(
  webhookId: string,
  ports: DrainPorts,
  context: OperationContext,
  owner: string = newId(),
): Promise<void> {
  const started = context.clock();
  let lane = await enterLane(webhookId, owner, started, LEASE_MS);
  if (!lane) return;
  for (;;) {
    const pending = await listPending(webhookId, PARALLEL);
    const due = pending.filter((row) => row.due <= context.clock());
    for (const rows of sentTogether(due)) {
      lane = await deliver(webhookId, rows, lane, ports, context);
      if (context.clock() - started < SLICE_MS) continue;
      await leaveLane(webhookId, owner, lane, { evenIfAsked: true });
      return ports.wake(webhookId);
    }
    if (due.length > 0) continue;
    if (await leaveLane(webhookId, owner, lane, { evenIfAsked: false })) {
      const [next] = pending;
      if (next) await ports.wake(webhookId, next.due - context.clock());
      return;
    }
    const wakes = await wakesOf(webhookId, owner);
    if (wakes === undefined) return ports.wake(webhookId);
    lane = { ...lane, wakes };
  }
}

/** Rows in their order, so many at a time as mean no more deliveries than are sent at once. */
function* sentTogether(rows: readonly Pending[]): Generator<Pending[]> {
  let group: Pending[] = [];
  let size = 0;
  for (const row of rows) {
    const count = 'packed' in row ? PACK_SIZE : 1;
    if (group.length > 0 && size + count > PARALLEL) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(row);
    size += count;
  }
  if (group.length > 0) yield group;
}

async function deliver(
  webhookId: string,
  rows: readonly Pending[],
  lane: Lane,
  ports: DrainPorts,
  context: OperationContext,
): Promise<Lane> {
  const [webhook, due] = await Promise.all([findWebhook(webhookId), loadDue(rows)]);
  const save = groupCommit(saveOutcomes);
  const results = await Promise.all(
    due.map(async ({ pending, id, delivery: found }) => {
      const delivery = found ?? expired(id, context);
      const sent = webhook?.status === 'ACTIVE' && found !== undefined;
      const after = sent
        ? afterAttempt(delivery, await ports.send(webhook, delivery))
        : abandoned(delivery, webhook, context);
      await save({ pending, after });
      return { after, sent };
    }),
  );
  await removePacks(webhookId, rows);
  const counted = results.filter(({ sent }) => sent).map(({ after }) => after);
  const failures = counted.reduce(countFailures, lane);
  const tooMany =
    failures.failed_deliveries >= ports.failureLimit ||
    failures.failed_attempts >= ports.failureLimit * MAX_ATTEMPTS;
  if (webhook && tooMany && counted.length > 0) {
    const last = counted.findLast(({ status }) => status !== 'DELIVERED')?.attempts.at(-1);
    const run = {
      deliveries: failures.failed_deliveries,
      attempts: failures.failed_attempts,
      cause: last?.error ?? `the receiver answered ${last?.status_code}`,
    };
    await disableWebhook(webhook, run, context);
  }
  return failures;
}

/** A success ends the run of failures. */
function countFailures(lane: Lane, { status }: Delivery): Lane {
  if (status === 'DELIVERED') return { ...lane, failed_deliveries: 0, failed_attempts: 0 };
  return {
    ...lane,
    failed_deliveries: lane.failed_deliveries + (status === 'FAILED' ? 1 : 0),
    failed_attempts: lane.failed_attempts + 1,
  };
}

/** A delivery that is given up without another attempt; a replay sends it again. */
function abandoned(
  delivery: Delivery,
  webhook: Webhook | undefined,
  context: OperationContext,
): Delivery {
  const error = webhook ? `the webhook is ${webhook.status}` : 'the webhook was deleted';
  const { next_attempt_at: _, ...rest } = delivery;
  const attempt = { at: new Date(context.clock()).toISOString(), error, duration_ms: 0 };
  return { ...rest, status: 'FAILED', attempts: [...delivery.attempts, attempt] };
}

/** Stands for a delivery whose history expired while it waited. */
const expired = (id: string, context: OperationContext): Delivery => ({
  id,
  webhook_id: webhookOf(id),
  event: '',
  event_id: '',
  body: '',
  status: 'FAILED',
  attempt_count: 0,
  attempts: [],
  created_at: new Date(context.clock()).toISOString(),
});
