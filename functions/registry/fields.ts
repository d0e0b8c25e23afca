import { bool, int64, messages, requiredString, string, strings } from '../mlflow/index.ts';

/** Fields of MLflow's `model_registry.proto`, as far as its endpoints are bound. */
const tags = messages({ key: requiredString, value: string });
const name = requiredString;
const search = { filter: string, max_results: int64, order_by: strings, page_token: string };
const version = { name, version: requiredString };

export const FIELDS = {
  createRegisteredModel: { name, tags, description: string, deployment_job_id: string },
  renameRegisteredModel: { name, new_name: requiredString },
  updateRegisteredModel: { name, description: string, deployment_job_id: string },
  model: { name },
  search,
  getLatestVersions: { name, stages: strings },
  setModelTag: { name, key: requiredString, value: string },
  deleteModelTag: { name, key: requiredString },
  setAlias: { name, alias: requiredString, version: requiredString },
  alias: { name, alias: requiredString },
  createModelVersion: {
    name,
    source: requiredString,
    run_id: string,
    tags,
    run_link: string,
    description: string,
    model_id: string,
  },
  version,
  updateModelVersion: { ...version, description: string },
  transitionStage: { ...version, stage: requiredString, archive_existing_versions: bool },
  setVersionTag: { ...version, key: requiredString, value: string },
  deleteVersionTag: { ...version, key: requiredString },
} as const;
