import { load } from 'js-yaml';
import { invalid } from '../../shared/errors.ts';
import { toRequestTable } from './request-table.ts';
import { enforceSignature, type InputColumns, type InputSpec, parseInputs } from './signature.ts';

/** A version ready to answer. */
export interface LoadedModel {
  readonly inputs?: readonly InputSpec[];
  /** One prediction per row: a number, or a record of named outputs. */
  predict(input: InputColumns): unknown[];
}

/** Reads one file of the artefact; undefined when it does not exist. */
export type ReadFile = (path: string) => Promise<Buffer | undefined>;

/** The fields of `MLmodel` that serving knows. */
export interface MlModel {
  readonly flavors?: Readonly<Record<string, { readonly data?: string } | undefined>>;
  readonly signature?: { readonly inputs?: string | null } | null;
  readonly saved_input_example_info?: {
    readonly artifact_path?: string;
    readonly pandas_orient?: string;
  } | null;
}

/** Makes a predictor from the data file of a flavor. */
export type FlavorLoader = (data: string) => (input: InputColumns) => unknown[];

/**
 * Loads an MLflow model with one of the given flavors, and lets it predict its input example.
 * Throws INVALID_PARAMETER_VALUE with the reason when it cannot be served.
 */
export async function loadModel(
  read: ReadFile,
  flavors: Readonly<Record<string, FlavorLoader>>,
): Promise<LoadedModel> {
  return loadDescribed(await readDescription(read), read, flavors);
}

/** What `MLmodel` says. Throws INVALID_PARAMETER_VALUE when it is not there. */
export async function readDescription(read: ReadFile): Promise<MlModel | null> {
  return load((await required(read, 'MLmodel')).toString('utf8')) as MlModel | null;
}

/** As `loadModel`, for a model whose description was read already. */
export async function loadDescribed(
  description: MlModel | null,
  read: ReadFile,
  flavors: Readonly<Record<string, FlavorLoader>>,
): Promise<LoadedModel> {
  const present = Object.keys(description?.flavors ?? {});
  const flavor = Object.keys(flavors).find((name) => present.includes(name));
  const loader = flavor === undefined ? undefined : flavors[flavor];
  if (flavor === undefined || !loader) {
    throw invalid(
      `none of its flavors (${present.join(', ') || 'none'}) is served here; ` +
        `served are ${Object.keys(flavors).join(', ')}`,
    );
  }
  const file = description?.flavors?.[flavor]?.data;
  if (file === undefined) throw invalid(`flavor ${flavor} names no data file`);
  const text = description?.signature?.inputs;
  const inputs = text ? parseInputs(text) : undefined;
  const predict = loader((await required(read, file)).toString('utf8'));
  const model: LoadedModel = { predict, ...(inputs && { inputs }) };
  await predictExample(model, description?.saved_input_example_info, read);
  return model;
}

async function required(read: ReadFile, path: string): Promise<Buffer> {
  const content = await read(path);
  if (!content) throw invalid(`${path} does not exist in the artefact`);
  return content;
}

async function predictExample(
  model: LoadedModel,
  info: MlModel['saved_input_example_info'],
  read: ReadFile,
): Promise<void> {
  if (!info?.artifact_path) return;
  const example: unknown = JSON.parse((await required(read, info.artifact_path)).toString('utf8'));
  const format = Array.isArray(example) ? 'dataframe_records' : 'dataframe_split';
  const input = enforceSignature(toRequestTable({ [format]: example }), model.inputs);
  const { length } = model.predict(input);
  if (length !== input.length) {
    throw invalid(`its input example of ${input.length} rows gave ${length} predictions`);
  }
}
