import { ConditionFailed, getItem, key, writeOne } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';

/** Longer than dead letters are kept: later than that no event comes twice. */
const KEPT_SECONDS = 30 * 24 * 3600;

/** As long as the function may run: whoever claimed it before that is at it no more. */
const LEASE_MS = 10_000;

interface Row {
  /** Epoch milliseconds. */
  readonly told?: number;
}

const tableName = () => requiredEnv('PLATFORM_TABLE');
const notificationKey = (eventId: string, topic: string) => ({
  pk: key('NOTIFICATION', eventId),
  sk: topic,
});

/**
 * Whether it is the caller who is to tell a topic of an event: false when that was done. Throws while
 * somebody else is at it.
 */
export async function claimNotification(
  eventId: string,
  topic: string,
  now: number,
): Promise<boolean> {
  const own = notificationKey(eventId, topic);
  try {
    await writeOne({
      table: tableName(),
      key: own,
      update: 'SET #until = :until, expiresAt = :expires',
      condition: 'attribute_not_exists(told) AND (attribute_not_exists(pk) OR #until < :now)',
      names: { '#until': 'until' },
      values: {
        ':until': now + LEASE_MS,
        ':now': now,
        ':expires': Math.floor(now / 1000) + KEPT_SECONDS,
      },
    });
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const row = await getItem<Row>(tableName(), own);
    if (row?.told !== undefined) return false;
    throw new Error(`${topic} is being told of event ${eventId} by somebody else`);
  }
}

export async function markTold(eventId: string, topic: string, now: number): Promise<void> {
  await writeOne({
    table: tableName(),
    key: notificationKey(eventId, topic),
    update: 'SET told = :now',
    values: { ':now': now },
  });
}

/** Gives a claim back that came to nothing, so that the next delivery need not wait for its end. */
export async function releaseNotification(eventId: string, topic: string): Promise<void> {
  await writeOne({
    table: tableName(),
    key: notificationKey(eventId, topic),
    update: 'SET #until = :none',
    names: { '#until': 'until' },
    values: { ':none': 0 },
  });
}
