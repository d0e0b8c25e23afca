import type { Write } from '../shared/dynamo/index.ts';
import type { LoggedModel } from './logged-model.ts';
import { modelUpdate } from './model-store.ts';

/** Tag with the registered versions of a model, as MLflow's clients write it. */
const VERSIONS_TAG = 'mlflow.modelVersions';

interface Registration {
  readonly name: string;
  readonly version: number;
}

/**
 * The write that notes on a model which version it became, for the transaction that registers it. Fails
 * the transaction when somebody else changed the tag since the model was read.
 */
export function registrationWrite(model: LoggedModel, registration: Registration): Write {
  const before = model.tags[VERSIONS_TAG];
  const noted = [...parse(before), registration];
  return modelUpdate(model.model_id, {
    update: 'SET tags.#versions = :noted',
    names: { '#versions': VERSIONS_TAG },
    values: {
      ':noted': `[${noted.map(toPython).join(', ')}]`,
      ...(before !== undefined && { ':before': before }),
    },
    condition:
      before === undefined ? 'attribute_not_exists(tags.#versions)' : 'tags.#versions = :before',
  });
}

/** Spaces as Python's `json.dumps` sets them: clients compare the text. */
const toPython = ({ name, version }: Registration) =>
  `{"name": ${JSON.stringify(name)}, "version": ${version}}`;

/** The tag is the user's: it may hold anything. */
function parse(text: string | undefined): Registration[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter(isRegistration) : [];
  } catch {
    return [];
  }
}

const isRegistration = (value: unknown): value is Registration =>
  typeof value === 'object' && value !== null && 'name' in value && 'version' in value;
