import { DomainError, invalid } from '../shared/errors.ts';
import { pythonQuoted } from '../shared/python-text.ts';
import type { Metric } from '../tracking/index.ts';

/** How far the upload of a model's files is. */
export const MODEL_STATUSES = [
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
] as const;
/** What stands for none. */
export const NO_STATUS = 'LOGGED_MODEL_STATUS_UNSPECIFIED';
export type ModelStatus = (typeof MODEL_STATUSES)[number];

/** A model that a run logged, as its row holds it; its metrics are kept apart. */
export interface LoggedModel {
  readonly model_id: string;
  readonly experiment_id: string;
  readonly name: string;
  readonly artifact_uri: string;
  /** Epoch milliseconds. */
  readonly creation_timestamp_ms: number;
  readonly last_updated_timestamp_ms: number;
  readonly status: ModelStatus;
  readonly lifecycle_stage: 'active' | 'deleted';
  readonly model_type?: string;
  readonly source_run_id?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
}

/** A point that a run logged about a model, measured on a dataset if one is named. */
export interface ModelMetric extends Metric {
  readonly run_id: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

export const modelMissing = (modelId: string): DomainError =>
  new DomainError('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${modelId}' not found.`);

const FORBIDDEN = ['/', ':', '.', '%', '"', "'"];

/** Names stand in addresses of artifacts. */
export function checkModelName(name: string): void {
  if (!FORBIDDEN.some((character) => name.includes(character))) return;
  throw invalid(
    `Invalid model name (${pythonQuoted(name)}) provided. Model name must be a non-empty string and cannot ` +
      `contain the following characters: ('/', ':', '.', '%', '"', "'")`,
  );
}

/** A model as the wire has it. */
export function toWireModel(model: LoggedModel, metrics: readonly ModelMetric[]): object {
  const { tags, params, lifecycle_stage: _stage, ...info } = model;
  return {
    // MLflow's server stores empty texts where none were given.
    info: {
      ...info,
      model_type: info.model_type ?? '',
      source_run_id: info.source_run_id ?? '',
      tags: pairs(tags),
    },
    data: {
      params: pairs(params),
      metrics: metrics.map((metric) => ({ ...metric, model_id: model.model_id })),
    },
  };
}

/** By their keys, in which order MLflow's database has those of models. */
const pairs = (record: Readonly<Record<string, string>>) =>
  Object.keys(record)
    .sort()
    .map((key) => ({ key, value: record[key] ?? '' }));
