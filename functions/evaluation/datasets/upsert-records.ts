import {
  isJsonObject,
  type Json,
  JsonNumber,
  type JsonObject,
  parsePythonJson,
  toPythonJson,
} from '../../mlflow/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { datasetDigest, datasetMissing, profileOf } from './dataset.ts';
import { changeDataset, datasetUpdate } from './dataset-store.ts';
import {
  checkRecords,
  type DatasetRecord,
  type GivenRecord,
  inputHash,
  newTexts,
  sourceIdOf,
  userOf,
} from './record.ts';
import { newRecordId, recordsByHash, recordWrites } from './record-store.ts';

interface Counts {
  readonly inserted: number;
  readonly updated: number;
}

interface Hashed {
  readonly given: GivenRecord;
  readonly hash: string;
  /** In the call. */
  readonly place: number;
}

/** Records of one transaction: it takes 4 MB, and a stored record, which is written again, may have 350 KB. */
const MAX_RECORDS = 10;
const MAX_BYTES = 2_000_000;

/**
 * Adds records, and merges those whose inputs the dataset has already: a call that is repeated changes
 * no more than times. A long list is written in several transactions.
 */
export async function upsertRecords(
  input: { readonly dataset_id: string; readonly records: string },
  context: OperationContext,
): Promise<object> {
  const records = checkRecords(parsePythonJson(input.records, 'records')).map(
    (given, place): Hashed => ({ given, hash: inputHash(given.inputs), place }),
  );
  const now = context.clock();
  const updatedBy = records
    .map(({ given }) => userOf(given))
    .findLast((user) => user !== undefined);
  let inserted = 0;
  let updated = 0;
  for (const part of parts(records)) {
    const counts = await upsertPart(input.dataset_id, part, now, updatedBy);
    inserted += counts.inserted;
    updated += counts.updated;
  }
  return { inserted_count: inserted, updated_count: updated };
}

/** The list in parts of one transaction each; one part for an empty list. */
function parts(records: readonly Hashed[]): Hashed[][] {
  let part: Hashed[] = [];
  const all = [part];
  let size = 0;
  for (const record of records) {
    const bytes = toPythonJson(record.given as unknown as Json).length;
    if (part.length > 0 && (part.length >= MAX_RECORDS || size + bytes > MAX_BYTES)) {
      part = [];
      all.push(part);
      size = 0;
    }
    part.push(record);
    size += bytes;
  }
  return all;
}

async function upsertPart(
  datasetId: string,
  part: readonly Hashed[],
  now: number,
  updatedBy: string | undefined,
): Promise<Counts> {
  const counts = await changeDataset(datasetId, async (dataset) => {
    const before = await recordsByHash(datasetId, [...new Set(part.map(({ hash }) => hash))]);
    const after = new Map<string, DatasetRecord>();
    for (const one of part) {
      const present = after.get(one.hash) ?? before.get(one.hash);
      after.set(one.hash, present ? merged(present, one.given, now) : created(one, now));
    }
    const added = [...after.keys()].filter((hash) => !before.has(hash)).length;
    const num_records = dataset.num_records + added;
    const schema = mergedSchema(
      dataset.schema,
      part.map(({ given }) => given),
    );
    return {
      writes: [
        datasetUpdate(dataset, {
          last_update_time: now,
          last_updated_by: updatedBy,
          digest: datasetDigest(dataset.name, now),
          num_records,
          ...(schema !== undefined && { schema }),
          ...(num_records > 0 && { profile: profileOf(num_records) }),
        }),
        ...[...after].flatMap(([hash, record]) =>
          recordWrites(datasetId, record, !before.has(hash)),
        ),
      ],
      result: { inserted: added, updated: part.length - added },
    };
  });
  if (counts) return counts;
  // As by MLflow's server, nothing may be added to a dataset that is not there.
  if (part.length === 0) return { inserted: 0, updated: 0 };
  throw datasetMissing(`Dataset '${datasetId}' not found`);
}

function created({ given, hash, place }: Hashed, now: number): DatasetRecord {
  const user = userOf(given);
  const source_id = given.source && sourceIdOf(given.source);
  return {
    dataset_record_id: newRecordId(now, place),
    input_hash: hash,
    created_time: now,
    last_update_time: now,
    ...(user !== undefined && { created_by: user, last_updated_by: user }),
    ...(source_id !== undefined && { source_id }),
    ...(given.source && { source_type: given.source.source_type }),
    texts: newTexts(given),
  };
}

/** New expectations and tags join the old ones, new outputs take the place of the old. */
function merged(before: DatasetRecord, given: GivenRecord, now: number): DatasetRecord {
  const { outputs: old, expectations, tags, ...kept } = before.texts;
  const outputs = given.outputs === undefined ? old : jsonOrNothing(given.outputs);
  const joined = join(expectations, given.expectations);
  const user = userOf(given);
  return {
    ...before,
    last_update_time: now,
    ...(user !== undefined && { last_updated_by: user }),
    texts: {
      ...kept,
      ...(outputs !== undefined && { outputs }),
      ...(joined !== undefined && { expectations: joined }),
      tags: join(tags, given.tags) ?? '{}',
    },
  };
}

const jsonOrNothing = (value: Json) => (value === null ? undefined : toPythonJson(value));

function join(text: string | undefined, more: JsonObject | undefined): string | undefined {
  if (!more || Object.keys(more).length === 0) return text;
  const before = text === undefined ? {} : parsePythonJson(text, 'record');
  return toPythonJson({ ...(isJsonObject(before) ? before : {}), ...more });
}

type Types = Record<string, Json>;

/**
 * The types of the fields seen so far, as JSON: what a field was first stays. Nothing for a dataset
 * that never had records.
 */
function mergedSchema(
  text: string | undefined,
  records: readonly GivenRecord[],
): string | undefined {
  if (text === undefined && records.length === 0) return undefined;
  const known = text === undefined ? {} : parsePythonJson(text, 'schema');
  const schema = isJsonObject(known) ? known : {};
  const inputs: Types = typesIn(schema.inputs);
  const expectations: Types = typesIn(schema.expectations);
  let outputs: Json = schema.outputs ?? {};
  for (const record of records) {
    learn(inputs, record.inputs);
    learn(expectations, record.expectations);
    if (record.outputs === undefined || record.outputs === null) continue;
    if (isJsonObject(record.outputs)) {
      // Outputs that were a plain value first have one type and no fields.
      if (!isJsonObject(outputs)) continue;
      const fields = typesIn(outputs);
      learn(fields, record.outputs);
      outputs = fields;
    } else if (isJsonObject(outputs) && Object.keys(outputs).length === 0) {
      outputs = typeOf(record.outputs);
    }
  }
  return toPythonJson({ inputs, outputs, expectations, version: '1.0' });
}

const typesIn = (value: Json | undefined): Types => (isJsonObject(value) ? { ...value } : {});

function learn(types: Types, fields: JsonObject | undefined): void {
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (!Object.hasOwn(types, name)) types[name] = typeOf(value);
  }
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (value instanceof JsonNumber) return value.isFloat ? 'float' : 'integer';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
