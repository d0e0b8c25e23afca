import {
  isJsonObject,
  type Json,
  JsonNumber,
  type JsonObject,
  parsePythonJson,
  toPythonJson,
} from '../../mlflow/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { signatureWrites } from './model-signatures.ts';
import { changeRun, loadRun } from './run-store.ts';

const HISTORY_TAG = 'mlflow.log-model.history';

const MANDATORY = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'];

/**
 * Appends a logged model to the run's history tag, as clients before MLflow 3 do. The tag is a text that users
 * read, search and compare: it is written as MLflow writes it, with each number as its client wrote it.
 */
export async function logModel(
  input: { readonly run_id: string; readonly model_json: string },
  context: OperationContext,
): Promise<undefined> {
  const model = parseModel(input.model_json);
  const entry = historyEntry(model, context.clock());
  for (;;) {
    const { tags } = await loadRun(input.run_id);
    const before = tags[HISTORY_TAG];
    const fresh = before === undefined;
    try {
      const change = {
        update: 'SET tags.#history = :after',
        names: { '#history': HISTORY_TAG },
        values: {
          ':after': toPythonJson([...parseHistory(before), entry]),
          ...(!fresh && { ':before': before }),
        },
        condition: fresh ? 'attribute_not_exists(tags.#history)' : 'tags.#history = :before',
      };
      await changeRun(input.run_id, change, signatureWrites(input.run_id, model));
      return undefined;
    } catch (error) {
      // Somebody else appended in between.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

function parseModel(text: string): JsonObject {
  const model = tryParse(text);
  if (!isJsonObject(model)) {
    throw invalid(`Malformed model info. \n ${text} \n is not a valid JSON.`);
  }
  const missing = MANDATORY.filter((name) => !Object.hasOwn(model, name));
  if (missing.length > 0) {
    throw invalid(`Model json is missing mandatory fields: {'${missing.join("', '")}'}`);
  }
  return model;
}

/**
 * What the history keeps of a model: five fields in MLflow's order, its flavors without what only their
 * models need to be loaded.
 */
function historyEntry(model: JsonObject, now: number): JsonObject {
  const { run_id = null, artifact_path = null, model_uuid = null } = model;
  return {
    ...(run_id !== null && { run_id }),
    ...(artifact_path !== null && { artifact_path }),
    utc_time_created: timeText(model.utc_time_created, now),
    model_uuid,
    flavors: flavorsOf(model.flavors),
  };
}

/** A time that is a text stays as it is; for none there is that of the call. */
function timeText(time: Json | undefined, now: number): string {
  if (time instanceof JsonNumber && Number(time.text) !== 0) return time.text;
  if (time === true) return 'True';
  if (typeof time === 'string' && time !== '') return time;
  return `${new Date(now).toISOString().slice(0, -1).replace('T', ' ')}000`;
}

function flavorsOf(flavors: Json | undefined): JsonObject {
  if (flavors === null) return {};
  if (!isJsonObject(flavors)) throw invalid('The flavors of a model must be an object');
  return Object.fromEntries(
    Object.entries(flavors).map(([name, flavor]) => {
      if (!isJsonObject(flavor)) return [name, flavor];
      const { config: _config, ...kept } = flavor;
      return [name, kept];
    }),
  );
}

/** The tag is the user's: it may hold anything. */
function parseHistory(text: string | undefined): readonly Json[] {
  const history = tryParse(text ?? '[]');
  if (!Array.isArray(history)) throw invalid(`The tag ${HISTORY_TAG} does not hold a JSON list`);
  return history;
}

function tryParse(text: string): Json | undefined {
  try {
    return parsePythonJson(text, HISTORY_TAG);
  } catch {
    return undefined;
  }
}
