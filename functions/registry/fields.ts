import {
  bool,
  int64,
  messages,
  string,
  strings,
  typedString,
  uncheckedString,
} from '../mlflow/index.ts';

// Fields of MLflow's `model_registry.proto`, for the endpoints that Slipway has.

/** A tag without a key gets the empty key, as on MLflow's servers; the operations check it. */
const tags = messages({ key: { ...string, default: '' }, value: string });
const name = typedString;
const search = <const M extends number>(max: M) => ({
  filter: string,
  max_results: { ...int64, max },
  order_by: strings,
  page_token: string,
});
const version = { name, version: typedString };

export const FIELDS = {
  createRegisteredModel: { name, tags, description: string, deployment_job_id: uncheckedString },
  renameRegisteredModel: { name, new_name: typedString },
  updateRegisteredModel: { name, description: string, deployment_job_id: uncheckedString },
  model: { name },
  searchModels: search(1000),
  searchVersions: search(200_000),
  getLatestVersions: { name, stages: strings },
  setModelTag: { name, key: typedString, value: string },
  deleteModelTag: { name, key: typedString },
  setAlias: { name, alias: typedString, version: typedString },
  alias: { name, alias: typedString },
  createModelVersion: {
    name,
    source: typedString,
    run_id: string,
    tags,
    run_link: string,
    description: string,
    model_id: string,
  },
  version,
  updateModelVersion: { ...version, description: string },
  transitionStage: {
    ...version,
    stage: typedString,
    archive_existing_versions: { ...bool, check: 'type' },
  },
  setVersionTag: { ...version, key: typedString, value: string },
  deleteVersionTag: { ...version, key: typedString },
} as const;
