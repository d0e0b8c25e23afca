import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { changeRun, loadRun } from './run-store.ts';

const HISTORY_TAG = 'mlflow.log-model.history';

const MANDATORY = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'];

/** Appends a logged model to the run's history tag, as clients before MLflow 3 do. */
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
          ':after': JSON.stringify([...parseHistory(before), model]),
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

function parseModel(text: string): object {
  const model = tryParse(text);
  if (model === null || typeof model !== 'object') {
    throw invalid(`Malformed model info. \n ${text} \n is not a valid JSON.`);
  }
  const missing = MANDATORY.filter((name) => !Object.hasOwn(model, name));
  if (missing.length > 0) {
    throw invalid(`Model json is missing mandatory fields: {'${missing.join("', '")}'}`);
  }
  return model;
}

/** The tag is the user's: it may hold anything. */
function parseHistory(text: string | undefined): unknown[] {
  const history = tryParse(text ?? '[]');
  if (!Array.isArray(history)) throw invalid(`The tag ${HISTORY_TAG} does not hold a JSON list`);
  return history;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
