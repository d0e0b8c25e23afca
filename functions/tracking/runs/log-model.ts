import {
  isJsonObject,
  type Json,
  type JsonObject,
  parsePythonJson,
  toPythonJson,
} from '../../mlflow/index.ts';
import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { changeRun, loadRun } from './run-store.ts';

const HISTORY_TAG = 'mlflow.log-model.history';

const MANDATORY = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'];

/**
 * Appends a logged model to the run's history tag, as clients before MLflow 3 do. The tag is a text that users
 * read, search and compare: it is written as MLflow writes it, with each number as its client wrote it.
 */
export async function logModel(input: {
  readonly run_id: string;
  readonly model_json: string;
}): Promise<undefined> {
  const model = parseModel(input.model_json);
  for (;;) {
    const { tags } = await loadRun(input.run_id);
    const before = tags[HISTORY_TAG];
    const fresh = before === undefined;
    try {
      await changeRun(input.run_id, {
        update: 'SET tags.#history = :after',
        names: { '#history': HISTORY_TAG },
        values: {
          ':after': toPythonJson([...parseHistory(before), model]),
          ...(!fresh && { ':before': before }),
        },
        condition: fresh ? 'attribute_not_exists(tags.#history)' : 'tags.#history = :before',
      });
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
