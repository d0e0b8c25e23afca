import { signatureInputs } from '../../artifacts/index.ts';
import { EXECUTION_TAG, getExecution } from '../../pipelines/index.ts';
import { endpointsServing } from '../../serving/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  findRun,
  inputsOfRun,
  type ModelSignature,
  type Run,
  type RunInput,
  signaturesOfRun,
} from '../../tracking/index.ts';
import { findNameOfId, getModel } from '../models/model-store.ts';
import { requireLevel } from '../permissions.ts';
import { aliasesOf, locationOf, type ModelVersion, versionNumber } from './model-version.ts';
import { getVersion } from './version-store.ts';

interface Column {
  readonly name?: string;
  readonly type?: string;
  readonly required?: boolean;
}

/**
 * Where a version comes from and where it went, in one answer: its run with code and datasets, the
 * version or logged model that it was made of, the features it takes, the pipeline that made it, and
 * the endpoints that answer with it now. What is not known is null or an empty list.
 */
export async function describeLineage(
  input: { readonly name: string; readonly version: string },
  context: OperationContext,
): Promise<object> {
  requireLevel(await getModel(input.name), context.actor, 'CAN_READ');
  const version = await getVersion(input.name, versionNumber(input.version));
  const [run, inputs, signatures, endpoints] = await Promise.all([
    version.run_id ? findRun(version.run_id) : undefined,
    version.run_id ? inputsOfRun(version.run_id) : [],
    version.run_id ? signaturesOfRun(version.run_id) : [],
    endpointsServing(version.name, String(version.version)),
  ]);
  const executionId = version.tags[EXECUTION_TAG] ?? run?.tags[EXECUTION_TAG];
  const execution = executionId === undefined ? undefined : await getExecution(executionId);
  return {
    model: version.name,
    version: String(version.version),
    created_by: version.user_id,
    created_at: version.creation_timestamp,
    source: version.source,
    location: locationOf(version),
    aliases: aliasesOf(version),
    run: run ? aboutRun(run) : null,
    code: run ? codeOf(run) : null,
    datasets: inputs.map(aboutDataset),
    parent: await parentOf(version),
    features: await featuresOf(version, run, signatures, inputs),
    pipelines: execution
      ? [
          {
            pipeline: execution.pipeline,
            execution_id: execution.id,
            reason: execution.reason,
            ...(execution.retryOf && { retry_of: execution.retryOf }),
          },
        ]
      : [],
    endpoints,
  };
}

const aboutRun = ({
  run_id,
  experiment_id,
  run_name,
  user_id,
  status,
  start_time,
  end_time,
}: Run) => ({
  run_id,
  experiment_id,
  run_name,
  user_id,
  status,
  start_time,
  end_time: end_time ?? null,
});

/** Tags by which MLflow's clients name the code of a run. */
const CODE_TAGS = {
  git_commit: 'mlflow.source.git.commit',
  git_branch: 'mlflow.source.git.branch',
  git_repo_url: 'mlflow.source.git.repoURL',
  source: 'mlflow.source.name',
  source_type: 'mlflow.source.type',
  entry_point: 'mlflow.project.entryPoint',
} as const;

const codeOf = ({ tags }: Run) =>
  Object.fromEntries(Object.entries(CODE_TAGS).map(([field, tag]) => [field, tags[tag] ?? null]));

const aboutDataset = ({ dataset, tags }: RunInput) => ({
  name: dataset.name,
  digest: dataset.digest,
  context: tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? null,
  source_type: dataset.source_type,
  source: dataset.source,
});

/** What the source names instead of files: another version, whose model may have another name by now, or a logged model. */
async function parentOf({ source, source_model, model_id }: ModelVersion): Promise<object | null> {
  const [, name, version] = /^models:\/+([^/]+)\/(\d{1,8})$/.exec(source) ?? [];
  if (name === undefined) return model_id ? { model_id } : null;
  const present = source_model && (await findNameOfId(source_model));
  return { model: present || name, version };
}

/** A model of a run's history. */
interface LoggedModel {
  readonly artifact_path?: string;
  readonly signature?: { readonly inputs?: string };
}

/**
 * The columns of the signature that was logged with the model, else those of the training data. Clients
 * of before MLflow 3 have told the run; of newer ones the artefact knows.
 */
async function featuresOf(
  version: ModelVersion,
  run: Run | undefined,
  signatures: readonly ModelSignature[],
  inputs: readonly RunInput[],
): Promise<Column[]> {
  const { source } = version;
  const history = parsed(run?.tags['mlflow.log-model.history']);
  const logged = (Array.isArray(history) ? history : []) as LoggedModel[];
  const signed = new Map(signatures.map((one) => [one.artifact_path, one]));
  // Runs of before signatures had a place of their own have them in their history.
  const models = logged.map((one) => ({
    ...one,
    signature: signed.get(one.artifact_path ?? '') ?? one.signature,
  }));
  const own = models.filter(({ artifact_path: path }) => path && source.endsWith(`/${path}`));
  const signature = (own.at(-1) ?? (models.length === 1 ? models[0] : undefined))?.signature;
  const columns = parsed(signature?.inputs ?? (await signatureInputs(locationOf(version))));
  if (Array.isArray(columns)) return (columns as Column[]).map(aboutColumn);
  for (const { dataset } of inputs) {
    const schema = parsed(dataset.schema) as { readonly mlflow_colspec?: Column[] } | undefined;
    if (schema?.mlflow_colspec) return schema.mlflow_colspec.map(aboutColumn);
  }
  return [];
}

const aboutColumn = ({ name = '', type = '', required = true }: Column): Column => ({
  name,
  type,
  required,
});

/** JSON that clients wrote; undefined for what is none. */
function parsed(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
