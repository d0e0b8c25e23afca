import { ConditionFailed, type Write, writeOne } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import {
  type LogEntry,
  type LogPayload,
  type LogRow,
  packPayload,
  toCountRow,
  toLogRow,
  unpackPayload,
} from './log-entry.ts';
import { isSampled } from './log-policy.ts';
import { GZIPPED_JSON, readObject, writeObject } from './object-store.ts';

/** Compressed payloads up to this size lie in the row; larger ones in the object store. */
const MAX_INLINE_BYTES = 8 * 1024;

/**
 * Writes the row of a request, or, of one that sampling leaves out, what counts it; durable when it
 * resolves.
 */
export async function writeLog(entry: LogEntry): Promise<void> {
  const table = requiredEnv('PLATFORM_TABLE');
  if (!isSampled(entry.live.log, entry.clientRequestId ?? entry.requestId)) {
    await write(entry, { put: toCountRow(entry), table });
    return;
  }
  const row = toLogRow(entry);
  const payload = packPayload(entry);
  if (payload.length <= MAX_INLINE_BYTES) {
    await write(entry, { put: { ...row, payload }, table });
    return;
  }
  const folder = `inference-log/${entry.live.endpoint}/${row.window}`;
  const payloadKey = `${folder}/${entry.requestId}.json.gz`;
  await writeObject(requiredEnv('ARTIFACTS_BUCKET'), payloadKey, payload, GZIPPED_JSON);
  await write(entry, { put: { ...row, payloadKey }, table });
}

/** Of a queued request several may tell, and the first row stays: a rollout may have counted it. */
async function write({ queued }: LogEntry, put: Extract<Write, { put: object }>): Promise<void> {
  try {
    await writeOne(queued ? { ...put, condition: 'attribute_not_exists(pk)' } : put);
  } catch (error) {
    if (!queued || !(error instanceof ConditionFailed)) throw error;
  }
}

/** Request, answer and mirrored answers of a row, from wherever they lie. */
export async function readLogPayload(row: LogRow): Promise<LogPayload> {
  if (row.payload) return unpackPayload(row.payload);
  const key = row.payloadKey ?? '';
  const object = await readObject(requiredEnv('ARTIFACTS_BUCKET'), key);
  if (!object) throw new Error(`Object ${key} of the inference log is missing`);
  return unpackPayload(object);
}
