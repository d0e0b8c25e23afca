import { createHash } from 'node:crypto';
import { ConditionFailed, type Key, key, queryAll, writeOne } from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import { log } from '../../shared/log.ts';
import { tracePartition, tracesTableName } from '../keys.ts';
import { packSpans, unpack } from '../pack.ts';
import type { Trace } from '../trace.ts';
import { openTrace, type TraceItem } from '../trace-store.ts';
import { mergeSpans, type Span, type SpanBatch } from './span.ts';

/** Bytes of an item; a larger chunk lies in several. DynamoDB takes 400 KB. */
const MAX_PART = 300 * 1024;

/** A part of a chunk: of the packed spans of a trace that came together. */
interface ChunkItem extends Key {
  readonly at: string;
  readonly parts: number;
  readonly body: Uint8Array;
}

const SPANS = 'SPANS';

/**
 * Stores spans of a trace that came together, packed. A chunk is named after what it holds and keeps the
 * time of its first arrival: a repeated call changes nothing.
 */
export async function putSpans(traceId: string, spans: readonly Span[]): Promise<void> {
  const packed = packSpans(spans);
  const hash = createHash('sha256').update(packed).digest('base64url').slice(0, 22);
  const parts = Math.ceil(packed.length / MAX_PART);
  const at = newId();
  const table = tracesTableName();
  await Promise.all(
    Array.from({ length: parts }, async (_, part) => {
      const item: ChunkItem = {
        pk: tracePartition(traceId),
        sk: key(SPANS, hash, String(part).padStart(4, '0')),
        at,
        parts,
        body: packed.subarray(part * MAX_PART, (part + 1) * MAX_PART),
      };
      try {
        await writeOne({ table, put: item, condition: 'attribute_not_exists(pk)' });
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }),
  );
}

/** A trace and its spans by one query; a damaged chunk is logged and left out. */
export async function loadWithSpans(
  traceId: string,
): Promise<{ readonly trace: Trace; readonly spans: readonly Span[] } | undefined> {
  let head: TraceItem | undefined;
  const chunks = new Map<string, ChunkItem[]>();
  for await (const item of queryAll<TraceItem | ChunkItem>({
    table: tracesTableName(),
    condition: 'pk = :pk',
    values: { ':pk': tracePartition(traceId) },
  })) {
    if ('parts' in item) {
      const [, hash = ''] = item.sk.split('#');
      chunks.set(hash, [...(chunks.get(hash) ?? []), item]);
    } else head = item;
  }
  if (!head) return undefined;
  const { record } = await openTrace(head);
  const batches = [...chunks].flatMap(([hash, parts]) => openChunk(traceId, hash, parts) ?? []);
  return { trace: record.trace, spans: mergeSpans(batches) };
}

function openChunk(
  trace: string,
  chunk: string,
  items: readonly ChunkItem[],
): SpanBatch | undefined {
  const [first] = items;
  if (!first) return undefined;
  // Whoever wrote it was ended before the last part: nobody was told that these spans are stored.
  if (items.length < first.parts) return undefined;
  try {
    const spans = unpack<Span[]>(Buffer.concat(items.map(({ body }) => body)));
    return { at: items.map(({ at }) => at).sort()[0] ?? first.at, spans };
  } catch (error) {
    log.error('spans of a trace are damaged and left out', { trace, chunk, error: error as Error });
    return undefined;
  }
}

/** Takes all spans of a trace away. */
export async function deleteSpans(traceId: string): Promise<void> {
  const table = tracesTableName();
  const keys: Key[] = [];
  for await (const { pk, sk } of queryAll<Key>({
    table,
    condition: 'pk = :pk AND begins_with(sk, :spans)',
    values: { ':pk': tracePartition(traceId), ':spans': `${SPANS}#` },
  })) {
    keys.push({ pk, sk });
  }
  await Promise.all(keys.map((one) => writeOne({ table, delete: one })));
}
