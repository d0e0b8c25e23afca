import { messageOf } from '../../shared/message-of.ts';
import type { ItemBatcher, ItemReader, Json, JsonObject, MapState } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { isObject } from '../asl/values.ts';
import { isArray } from '../jsonata/template.ts';
import type { Child } from './children.ts';
import type { MapItem } from './frame.ts';
import { evaluate, evaluateNumber, PAYLOAD_LIMIT, type Thread } from './thread.ts';

/** What a Map iterates over: items read or given, each through ItemSelector, then batched. */
export async function selectItems(
  thread: Thread,
  state: MapState,
  signal: AbortSignal,
): Promise<Child[]> {
  const source = state.ItemReader
    ? await readItems(thread, state.ItemReader, signal)
    : await givenItems(thread, state);
  const children: Child[] = [];
  for (const item of source) {
    const input =
      state.ItemSelector === undefined
        ? item.Value
        : await evaluate(thread, state.ItemSelector, 'ItemSelector', { item });
    children.push({ input, item });
  }
  return state.ItemBatcher ? batch(thread, children, state.ItemBatcher) : children;
}

async function givenItems(thread: Thread, state: MapState): Promise<MapItem[]> {
  const items =
    state.Items === undefined ? thread.frame.input : await evaluate(thread, state.Items, 'Items');
  if (isArray(items)) return items.map((Value, Index) => ({ Index, Value }));
  const distributed = state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED';
  if (distributed && isObject(items)) {
    return Object.entries(items as JsonObject).map(([Key, Value], Index) => ({
      Index,
      Key,
      Value,
    }));
  }
  throw new StateError(
    'States.QueryEvaluationError',
    `Items of state '${thread.frame.state}' must be an array, not ${JSON.stringify(items)?.slice(0, 80)}`,
  );
}

/** Reads a JSON array or JSON lines from S3. Throws `States.ItemReaderFailed`. */
async function readItems(
  thread: Thread,
  reader: ItemReader,
  signal: AbortSignal,
): Promise<MapItem[]> {
  const { run, frame } = thread;
  const args = await evaluate(thread, reader.Arguments, 'ItemReader/Arguments');
  const limit = await evaluateNumber(thread, reader.ReaderConfig.MaxItems, 'MaxItems');
  try {
    const object = await run.call({
      state: frame.state,
      resource: 'arn:aws:states:::aws-sdk:s3:getObject',
      arguments: args,
      key: `${thread.key}:${frame.visit.sequence}.read`,
      signal,
    });
    const body = isObject(object) ? object.Body : undefined;
    if (typeof body !== 'string') throw new Error('the object has no body');
    const items = reader.ReaderConfig.InputType === 'JSON' ? arrayOf(body) : linesOf(body);
    return items.slice(0, limit ?? items.length).map((Value, Index) => ({ Index, Value }));
  } catch (error) {
    if (signal.aborted) throw error;
    throw new StateError('States.ItemReaderFailed', `${JSON.stringify(args)}: ${messageOf(error)}`);
  }
}

function arrayOf(text: string): readonly Json[] {
  const value: Json = JSON.parse(text);
  if (!isArray(value)) throw new Error('the object holds no JSON array');
  return value;
}

function linesOf(text: string): readonly Json[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line): Json => JSON.parse(line));
}

/** A batch is `{Items, BatchInput?}`; its size in bytes counts the items' JSON. */
async function batch(
  thread: Thread,
  children: readonly Child[],
  batcher: ItemBatcher,
): Promise<Child[]> {
  const field = 'ItemBatcher';
  const count = await evaluateNumber(thread, batcher.MaxItemsPerBatch, `${field}/MaxItemsPerBatch`);
  const bytes = await evaluateNumber(
    thread,
    batcher.MaxInputBytesPerBatch,
    `${field}/MaxInputBytesPerBatch`,
  );
  const shared =
    batcher.BatchInput === undefined
      ? undefined
      : await evaluate(thread, batcher.BatchInput, `${field}/BatchInput`);
  const maxItems = count || Infinity;
  const maxBytes = Math.min(bytes || PAYLOAD_LIMIT, PAYLOAD_LIMIT);
  const envelope: JsonObject = { Items: [], ...(shared !== undefined && { BatchInput: shared }) };
  const base = Buffer.byteLength(JSON.stringify(envelope));
  const batches: Json[][] = [];
  let size = Infinity;
  for (const { input } of children) {
    const grown = Buffer.byteLength(JSON.stringify(input)) + 1;
    const current = batches.at(-1);
    if (!current || current.length >= maxItems || size + grown > maxBytes) {
      batches.push([input]);
      size = base + grown;
    } else {
      current.push(input);
      size += grown;
    }
  }
  return batches.map((Items, Index) => {
    const input = { ...envelope, Items };
    return { input, item: { Index, Value: input } };
  });
}
