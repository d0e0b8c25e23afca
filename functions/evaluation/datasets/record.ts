import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  isJsonObject,
  type Json,
  JsonNumber,
  type JsonObject,
  toPythonJson,
} from '../../mlflow/index.ts';
import { invalid } from '../../shared/errors.ts';
import { USER_TAG } from './dataset.ts';

export const RECORD_SOURCES = ['TRACE', 'HUMAN', 'DOCUMENT', 'CODE'] as const;

/** What a client gave for a record; what it left out is absent. */
export interface GivenRecord {
  readonly inputs: JsonObject;
  /** Null removes the outputs; absent keeps them, and is `{}` in a new record. */
  readonly outputs?: Json;
  readonly expectations?: JsonObject;
  readonly tags?: JsonObject;
  readonly source?: RecordSource;
}

interface RecordSource {
  readonly source_type: (typeof RECORD_SOURCES)[number];
  readonly source_data: JsonObject;
}

/** The parts of a record, each a JSON text as Python writes it. */
export interface RecordTexts {
  readonly inputs: string;
  readonly outputs?: string;
  readonly expectations?: string;
  readonly tags: string;
  readonly source?: string;
}

/** A record as it is listed; `dataset_record_id` begins with its time, so that ids sort by it. */
export interface DatasetRecord {
  readonly dataset_record_id: string;
  /** Of the inputs: a dataset has one record of the same inputs. */
  readonly input_hash: string;
  /** Epoch milliseconds. */
  readonly created_time: number;
  readonly last_update_time: number;
  readonly created_by?: string;
  readonly last_updated_by?: string;
  /** Where it comes from: the id of a trace, or what the client named. */
  readonly source_id?: string;
  readonly source_type?: string;
  readonly texts: RecordTexts;
}

/** The hash by which equal inputs are found: that of their JSON with sorted keys. */
export const inputHash = (inputs: Json): string =>
  createHash('sha256')
    .update(toPythonJson(inputs, { sortKeys: true }))
    .digest('hex');

/** Records out of a client's list. Throws INVALID_PARAMETER_VALUE for one that is none. */
export function checkRecords(records: Json): GivenRecord[] {
  if (!Array.isArray(records)) throw invalid('records must be a JSON list');
  return records.map((record: Json, i) => {
    if (!isJsonObject(record)) throw invalid(`records[${i}] must be an object`);
    const { inputs = {}, outputs } = record;
    if (!isJsonObject(inputs)) throw invalid(`records[${i}].inputs must be an object`);
    const expectations = optional(record.expectations, `records[${i}].expectations`);
    const tags = optional(record.tags, `records[${i}].tags`);
    const source = parseSource(record.source, `records[${i}].source`);
    return {
      inputs,
      ...(outputs !== undefined && { outputs }),
      ...(expectations && { expectations }),
      ...(tags && { tags }),
      ...(source && { source }),
    };
  });
}

function optional(value: Json | undefined, name: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw invalid(`${name} must be an object`);
  return value;
}

function parseSource(value: Json | undefined, name: string): RecordSource | undefined {
  const source = optional(value, name);
  if (!source || Object.keys(source).length === 0) return undefined;
  const { source_type, source_data, ...unknown } = source;
  const surplus = Object.keys(unknown)[0];
  if (surplus !== undefined) throw invalid(`${name} has no field '${surplus}'`);
  const type = String(source_type).toUpperCase();
  const known = RECORD_SOURCES.find((one) => one === type);
  if (!known) {
    const valid = ['UNSPECIFIED', ...RECORD_SOURCES].map((one) => `'${one}'`).join(', ');
    throw invalid(`Invalid dataset record source type: ${type}. Valid source types: [${valid}]`);
  }
  const data = optional(source_data, `${name}.source_data`) ?? {};
  return { source_type: known, source_data: data };
}

/** Who a record's tags say made it. */
export function userOf({ tags }: GivenRecord): string | undefined {
  const user = tags && Object.hasOwn(tags, USER_TAG) ? tags[USER_TAG] : undefined;
  return typeof user === 'string' ? user : undefined;
}

/** The texts of a new record. */
export const newTexts = ({ inputs, outputs, expectations, tags, source }: GivenRecord) => ({
  inputs: toPythonJson(inputs),
  ...(outputs === undefined
    ? { outputs: '{}' }
    : outputs !== null && { outputs: toPythonJson(outputs) }),
  ...(expectations && { expectations: toPythonJson(expectations) }),
  tags: toPythonJson(tags ?? {}),
  ...(source && { source: toPythonJson({ ...source }) }),
});

/** The id in a source: of a trace, or what the client named. */
export function sourceIdOf({ source_type, source_data }: RecordSource): string | undefined {
  const name = source_type === 'TRACE' ? 'trace_id' : 'source_id';
  const id = Object.hasOwn(source_data, name) ? source_data[name] : undefined;
  if (id === undefined || id === null) return undefined;
  return typeof id === 'string' ? id : id instanceof JsonNumber ? id.text : toPythonJson(id);
}

/** A record as a JSON text of the list: its parts are JSON already. */
export function recordText(datasetId: string, record: DatasetRecord): string {
  const { texts } = record;
  const members: [string, string | undefined][] = [
    ['dataset_record_id', JSON.stringify(record.dataset_record_id)],
    ['dataset_id', JSON.stringify(datasetId)],
    ['inputs', texts.inputs],
    ['expectations', texts.expectations],
    ['tags', texts.tags],
    ['source', texts.source],
    ['source_id', text(record.source_id)],
    ['source_type', text(record.source_type)],
    ['created_time', String(record.created_time)],
    ['last_update_time', String(record.last_update_time)],
    ['created_by', text(record.created_by)],
    ['last_updated_by', text(record.last_updated_by)],
    ['outputs', texts.outputs],
  ];
  const given = members.filter(([, value]) => value !== undefined);
  return `{${given.map(([name, value]) => `"${name}": ${value}`).join(', ')}}`;
}

const text = (value: string | undefined) => (value === undefined ? undefined : toPythonJson(value));

/** Texts longer than this are packed: a row has at most 400 KB, and capacity is paid by the byte. */
const PACK_FROM = 4096;
const MAX_PACKED = 350_000;

/** How a row holds the texts. Throws INVALID_PARAMETER_VALUE for more than it can. */
export function packTexts(texts: RecordTexts): { texts: RecordTexts } | { packed: Uint8Array } {
  const json = JSON.stringify(texts);
  if (json.length < PACK_FROM) return { texts };
  const packed = deflateRawSync(json);
  if (packed.length > MAX_PACKED) {
    throw invalid(`A record is too large: packed it has ${packed.length} of ${MAX_PACKED} bytes`);
  }
  return { packed };
}

export const unpackTexts = (row: { texts?: RecordTexts; packed?: Uint8Array }): RecordTexts =>
  row.texts ?? (JSON.parse(inflateRawSync(row.packed ?? Buffer.of(0)).toString()) as RecordTexts);
