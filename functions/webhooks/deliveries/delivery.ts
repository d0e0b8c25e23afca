/** One try to hand a delivery over. */
interface Attempt {
  /** ISO 8601. */
  readonly at: string;
  /** What the receiver answered; absent when it did not. */
  readonly status_code?: number | undefined;
  readonly error?: string | undefined;
  readonly duration_ms: number;
}

export const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const;

export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** An event on its way to one webhook, and afterwards its history. */
export interface Delivery {
  /** `<webhook id>-<id of the event, or of the replay>`: the same event never makes two. */
  readonly id: string;
  readonly webhook_id: string;
  /** Name of the event in the webhook's dialect. */
  readonly event: string;
  readonly event_id: string;
  /** What is sent, byte by byte, in every attempt. */
  readonly body: string;
  readonly status: DeliveryStatus;
  readonly attempt_count: number;
  /** The last ones. */
  readonly attempts: readonly Attempt[];
  /** ISO 8601. */
  readonly created_at: string;
  readonly next_attempt_at?: string | undefined;
  readonly replay_of?: string | undefined;
}

export const deliveryId = (webhookId: string, eventId: string) => `${webhookId}-${eventId}`;

export const webhookOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('-')));

/** Attempts that a delivery shows. */
const SHOWN_ATTEMPTS = 20;

/** With the waits below the last attempt comes some 32 minutes after the first. */
export const MAX_ATTEMPTS = 12;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** A receiver may ask for more patience than the schedule has, up to this. */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;
/** Share of a wait that chance adds, so that deliveries that failed together come back apart. */
const JITTER = 0.2;

export interface Outcome {
  readonly attempt: Attempt;
  /** The receiver's `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The address must not be called: further attempts are pointless. */
  readonly refused?: boolean;
}

/** The delivery after an attempt: delivered, to be tried again at `next_attempt_at`, or failed. */
export function afterAttempt(
  delivery: Delivery,
  { attempt, retryAfterMs = 0, refused = false }: Outcome,
  chance: number = Math.random(),
): Delivery {
  const attempt_count = delivery.attempt_count + 1;
  const { next_attempt_at: _, ...rest } = delivery;
  const after = {
    ...rest,
    attempt_count,
    attempts: [...delivery.attempts, attempt].slice(-SHOWN_ATTEMPTS),
  };
  const { status_code: code } = attempt;
  if (code !== undefined && code >= 200 && code <= 299) return { ...after, status: 'DELIVERED' };
  const transient = code === undefined ? !refused : code === 408 || code === 429 || code >= 500;
  if (!transient || attempt_count >= MAX_ATTEMPTS) return { ...after, status: 'FAILED' };
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (attempt_count - 1), LONGEST_WAIT_MS);
  const asked = Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
  const due =
    Date.parse(attempt.at) + attempt.duration_ms + Math.max(wait * (1 + JITTER * chance), asked);
  return { ...after, status: 'PENDING', next_attempt_at: new Date(Math.ceil(due)).toISOString() };
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
