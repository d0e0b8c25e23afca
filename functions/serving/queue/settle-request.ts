import type { Clock } from '../../shared/clock.ts';
import { DomainError } from '../../shared/errors.ts';
import { writeLog } from '../invoke/log-store.ts';
import { refusalOf } from '../invoke/sagemaker-scorer.ts';
import { ModelFailure } from '../invoke/scorer.ts';
import { deleteQueueObject, getQueued, markAnswered, readQueueObject } from './queue-store.ts';
import type { QueuedRequest } from './queued-request.ts';

interface Outcome {
  readonly statusCode: number;
  readonly body: string;
  /** The model raised at a request that it could read. */
  readonly modelFailed?: true;
}

interface Settled {
  readonly request: QueuedRequest;
  /** Absent while it waits. */
  readonly outcome?: Outcome;
}

/**
 * What came of a queued request; undefined when there is none such. Its answer is in the inference log
 * before anybody hears of it: by the object that SageMaker writes, or by the caller who asks first.
 */
export async function settleRequest(id: string, clock: Clock): Promise<Settled | undefined> {
  const request = await getQueued(id);
  if (!request) return undefined;
  const outcome = await outcomeOf(request);
  if (!outcome) return { request };
  if (request.statusCode === undefined) await logOutcome(id, request, outcome, clock);
  return { request, outcome };
}

async function outcomeOf({ answer, failure }: QueuedRequest): Promise<Settled['outcome']> {
  const answered = await readQueueObject(answer);
  if (answered) return { statusCode: 200, body: answered.toString('utf8') };
  const failed = await readQueueObject(failure);
  if (!failed) return undefined;
  const refusal = toRefusal(failed.toString('utf8'));
  const { code, message, status } = refusal;
  return {
    statusCode: status,
    body: JSON.stringify({ error_code: code, message }),
    ...(refusal instanceof ModelFailure && { modelFailed: true }),
  };
}

/** `Received client error (400) from primary with message "…"`, or why it never got there. */
function toRefusal(text: string): DomainError {
  const found = /\((\d{3})\) from .*? with message "(.*)"/s.exec(text);
  if (!found) return new DomainError('TEMPORARILY_UNAVAILABLE', text);
  const [, status, message = ''] = found;
  return refusalOf({ error: 'ModelError', status: Number(status), message });
}

async function logOutcome(
  id: string,
  { entry, input }: QueuedRequest,
  { statusCode, body, modelFailed }: Outcome,
  clock: Clock,
): Promise<void> {
  const request = await readQueueObject(input);
  // Somebody else has logged it since the row was read.
  if (!request) return;
  const { entity, trial, ...rest } = entry;
  const executionTimeMs = Math.max(1, clock() - entry.timestampMs);
  const isRefusal = statusCode >= 400 && statusCode < 500 && !modelFailed;
  await writeLog({
    ...rest,
    ...(statusCode === 200 ? { entity } : { failedEntity: entity }),
    // Whether the other arm would have taken what this one refused, nobody knows: it says nothing.
    ...(trial && !isRefusal && { trial: { ...trial, failed: statusCode !== 200 } }),
    statusCode,
    ...(modelFailed && { modelFailed }),
    executionTimeMs,
    request,
    response: body,
    pythonMs: 0,
    shadows: [],
    queued: true,
  });
  await markAnswered(id, statusCode);
  await deleteQueueObject(input);
}
