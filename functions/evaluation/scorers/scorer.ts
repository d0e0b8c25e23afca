import { isJsonObject, type Json, type JsonObject, parsePythonJson } from '../../mlflow/index.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { strip } from '../../shared/python-text.ts';
import { loadExperiment, requireActive } from '../../tracking/index.ts';

/** A scorer of an experiment; its versions have rows of their own. */
export interface Scorer {
  readonly scorer_id: string;
  readonly experiment_id: string;
  readonly scorer_name: string;
  /** The newest there is; 0 when all were deleted one by one. */
  readonly latest_version: number;
  /** Grows with every change. */
  readonly revision: number;
}

export interface ScorerVersion {
  readonly scorer_version: number;
  /** The JSON text that the client sent. */
  readonly serialized_scorer: string;
  /** Epoch milliseconds. */
  readonly creation_time: number;
}

/** How much of its text is looked at to find out about a scorer: judges may hold judges. */
const MAX_DEPTH = 10;

export const scorerMissing = (experimentId: string, name: string, version?: number) =>
  notFound(
    `Scorer with name '${name}'${version === undefined ? '' : ` and version ${version}`} ` +
      `not found for experiment ${experimentId}.`,
  );

/** Names that make a key: DynamoDB takes 1024 bytes. */
const MAX_NAME = 256;

export function checkScorerName(name: string): void {
  if (strip(name) === '') {
    throw invalid('Scorer name cannot be empty or contain only whitespace.');
  }
  if (name.length > MAX_NAME) throw invalid(`Scorer name may have ${MAX_NAME} characters`);
}

/** The id of an experiment that is there and not deleted. */
export async function activeExperiment(experimentId: string): Promise<string> {
  const experiment = await loadExperiment(experimentId);
  requireActive(experiment);
  return experiment.experiment_id;
}

export function parseScorer(serialized: string): JsonObject {
  const data = parsePythonJson(serialized, 'serialized_scorer');
  if (!isJsonObject(data)) throw invalid('serialized_scorer must be a JSON object');
  return data;
}

/** The model that a scorer asks; none for one that asks no model. */
export function modelOf(data: JsonObject, depth = 0): Json | undefined {
  for (const name of ['instructions_judge_pydantic_data', 'builtin_scorer_pydantic_data']) {
    const judge = data[name];
    if (isJsonObject(judge) && Object.keys(judge).length > 0) return judge.model;
  }
  const memory = data.memory_augmented_judge_data;
  if (isJsonObject(memory) && Object.keys(memory).length > 0) {
    const base = memory.base_judge;
    return isJsonObject(base) && depth < MAX_DEPTH ? modelOf(base, depth + 1) : undefined;
  }
  const other = data.third_party_scorer_data;
  return isJsonObject(other) ? other.model : undefined;
}

export function checkModel(model: Json | undefined): void {
  if (model === undefined || model === null) return;
  if (typeof model !== 'string') throw invalid('Scorer model must be a string.');
  if (strip(model) === '') {
    throw invalid('Scorer model cannot be empty or contain only whitespace.');
  }
  const endpoint = /^gateway:\/(.+)$/.exec(model)?.[1];
  // Slipway is no gateway to language models: it has no such endpoint.
  if (endpoint) throw notFound(`GatewayEndpoint not found (name='${endpoint}')`);
}
