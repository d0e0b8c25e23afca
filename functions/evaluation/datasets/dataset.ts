import { createHash } from 'node:crypto';
import {
  isJsonObject,
  type Json,
  parsePythonJson,
  pythonText,
  toPythonJson,
} from '../../mlflow/index.ts';
import { invalid, notFound } from '../../shared/errors.ts';

/** Tags of a dataset; a client may store the absence of a value. */
type DatasetTags = Readonly<Record<string, string | null>>;

/** An evaluation dataset, as its row holds it; its records and experiments have rows of their own. */
export interface EvaluationDataset {
  readonly dataset_id: string;
  readonly name: string;
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly created_time: number;
  readonly last_update_time: number;
  readonly created_by?: string;
  readonly last_updated_by?: string;
  readonly tags: DatasetTags;
  /** JSON: the types of fields seen in inputs, outputs and expectations. */
  readonly schema?: string;
  /** JSON: statistics, `null` for a dataset whose last record was deleted. */
  readonly profile?: string;
  readonly num_records: number;
  /** Grows with every change: a change that was reckoned from an older state is refused. */
  readonly revision: number;
  /** Its rows are being removed. */
  readonly deleting?: true;
}

/** The tag that names who made or changed something. */
export const USER_TAG = 'mlflow.user';

/** The digest changes with every change of the records. */
export const datasetDigest = (name: string, lastUpdateTime: number): string =>
  createHash('sha256').update(`${name}:${lastUpdateTime}`).digest('hex').slice(0, 8);

/** `Evaluation dataset with id … not found`, and the other wordings that MLflow has for it. */
export const datasetMissing = (message: string) => notFound(message);

/** The statistics of a dataset, `null` without records. */
export const profileOf = (records: number): string =>
  records > 0 ? `{"num_records": ${records}}` : 'null';

/** Tags out of the JSON text that clients send; values become texts. */
export function parseTags(text: string | undefined): Record<string, string | null> {
  if (!text) return {};
  const tags = parsePythonJson(text, 'tags');
  if (tags === null || (Array.isArray(tags) && tags.length === 0)) return {};
  if (!isJsonObject(tags)) throw invalid('tags must be a JSON object of keys and values');
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => {
      if (key.length > 250) throw invalid('A tag key may have 250 characters');
      const stored = tagText(value);
      if (stored !== null && stored.length > 5000) {
        throw invalid(`The value of tag '${key}' may have 5000 characters`);
      }
      return [key, stored];
    }),
  );
}

const tagText = (value: Json): string | null => (value === null ? null : pythonText(value));

/** A dataset as the wire has it: tags, schema and profile are JSON texts. */
export function toWireDataset(dataset: EvaluationDataset): object {
  const { tags, num_records: _records, revision: _revision, ...rest } = dataset;
  const sorted = Object.fromEntries(
    Object.keys(tags)
      .sort()
      .map((key) => [key, tags[key] ?? null]),
  );
  return { ...rest, tags: toPythonJson(sorted) };
}
