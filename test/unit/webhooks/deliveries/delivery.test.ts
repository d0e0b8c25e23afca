import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  type Delivery,
  MAX_ATTEMPTS,
  parseRetryAfter,
  webhookOf,
} from '../../../../functions/webhooks/deliveries/delivery.ts';

const AT = '2026-11-21T10:00:00.000Z';

const aDelivery = (overrides: Partial<Delivery> = {}): Delivery => ({
  id: 'W1-E1',
  webhook_id: 'W1',
  event: 'MODEL_VERSION.CREATED',
  event_id: 'E1',
  body: '{}',
  status: 'PENDING',
  attempt_count: 0,
  attempts: [],
  created_at: AT,
  ...overrides,
});
const answered = (status_code: number) => ({ attempt: { at: AT, status_code, duration_ms: 0 } });
const waitOf = ({ next_attempt_at: next }: Delivery) => Date.parse(next ?? '') - Date.parse(AT);

describe('a delivery after an attempt', () => {
  it.each([200, 202, 299])('is delivered by %i', (status) => {
    expect(afterAttempt(aDelivery(), answered(status)).status).toBe('DELIVERED');
  });

  it.each([301, 302, 400, 401, 404, 410])('fails for good with %i', (status) => {
    expect(afterAttempt(aDelivery(), answered(status)).status).toBe('FAILED');
  });

  it.each([408, 429, 500, 503])('is tried again after %i', (status) => {
    expect(afterAttempt(aDelivery(), answered(status)).status).toBe('PENDING');
  });

  it('is tried again without an answer, unless the address is refused', () => {
    const attempt = { at: AT, error: 'ECONNREFUSED', duration_ms: 0 };
    expect(afterAttempt(aDelivery(), { attempt }).status).toBe('PENDING');
    expect(afterAttempt(aDelivery(), { attempt, refused: true }).status).toBe('FAILED');
  });

  it('waits twice as long each time, up to a quarter of an hour', () => {
    const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, attempt_count) =>
      waitOf(afterAttempt(aDelivery({ attempt_count }), answered(500), 0)),
    );
    expect(waits.map((wait) => wait / 1000)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
  });

  it('fails when all attempts are used up', () => {
    const last = aDelivery({ attempt_count: MAX_ATTEMPTS - 1 });
    expect(afterAttempt(last, answered(500)).status).toBe('FAILED');
  });

  it('waits as long as the receiver asks, but at most an hour, and never less than its schedule', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: MAX_ATTEMPTS - 2 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt_count, retryAfterMs, chance) => {
          const outcome = { ...answered(429), retryAfterMs };
          const wait = waitOf(afterAttempt(aDelivery({ attempt_count }), outcome, chance));
          const scheduled = Math.min(1000 * 2 ** attempt_count, 900_000);
          expect(wait).toBeGreaterThanOrEqual(Math.min(retryAfterMs, 3_600_000));
          expect(wait).toBeGreaterThanOrEqual(scheduled);
          expect(wait).toBeLessThanOrEqual(Math.max(scheduled * 1.2 + 1, 3_600_000));
        },
      ),
    );
  });
});

it('reads Retry-After in seconds and as a date', () => {
  expect(parseRetryAfter('3', 0)).toBe(3000);
  expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6000);
  expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:01 GMT', 4000)).toBe(0);
  expect(parseRetryAfter('soon', 0)).toBeUndefined();
});

it('knows the webhook of a delivery by its id', () => {
  expect(webhookOf('W1-E1')).toBe('W1');
  expect(webhookOf('nothing')).toBe('');
});
