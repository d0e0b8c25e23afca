import { load } from 'js-yaml';
import { invalid } from '../../shared/errors.ts';
import { toRequestTable } from './request-table.ts';
import type { ScoringRequest } from './scorer.ts';
import {
  enforceSignature,
  type InputColumns,
  type InputSpec,
  parseInputs,
  parseTensors,
  type TensorSpec,
} from './signature.ts';

/** A version ready to answer. */
export interface LoadedModel extends Predictor {
  readonly inputs?: readonly InputSpec[];
}

/** What a flavor makes of a model's files. */
interface Predictor {
  /** One prediction per row: a number, or a record of named outputs. */
  predict(input: InputColumns): Promise<unknown[]>;
  /** The `predictions` of a request, where they are not simply those of its rows. */
  answer?(request: ScoringRequest): Promise<unknown>;
  /** Gives memory back that no garbage collector sees; the model may be asked again. */
  release?(): Promise<void>;
  /** What it takes of this process's memory, about; absent where somebody else sees to that. */
  readonly bytes?: number;
}

/**
 * Reads one file of the artefact; undefined when it does not exist. One with more than `maxBytes` may
 * be refused with INVALID_PARAMETER_VALUE.
 */
export type ReadFile = (path: string, maxBytes?: number) => Promise<Buffer | undefined>;

/** The fields of `MLmodel` that serving knows. */
export interface MlModel {
  readonly flavors?: Readonly<Record<string, { readonly data?: string } | undefined>>;
  readonly signature?: { readonly inputs?: string | null; readonly outputs?: string | null } | null;
  readonly saved_input_example_info?: {
    readonly artifact_path?: string;
    readonly pandas_orient?: string;
    readonly serving_input_path?: string;
  } | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** How models of a flavor are scored in the function. */
export interface Flavor {
  /** Whether a signature of tensors is no reason to refuse a model. */
  readonly takesTensors?: boolean;
  /**
   * Loads the data file at `path`, and files beside it. Throws INVALID_PARAMETER_VALUE with the reason
   * when the model cannot be scored.
   */
  load(
    path: string,
    model: {
      readonly read: ReadFile;
      readonly inputs?: readonly InputSpec[];
      readonly tensors?: readonly TensorSpec[];
    },
  ): Promise<Predictor>;
}

/** Key of a model's metadata: `python` when it is to be scored in Python whatever its flavors. */
const RUNTIME_KEY = 'slipway.runtime';

/** The flavor by which a model is scored in the function, first choice first; undefined without one. */
export function nativeFlavor(
  description: Pick<MlModel, 'flavors' | 'metadata'> | null,
  flavors: Readonly<Record<string, Flavor>>,
): string | undefined {
  if (description?.metadata?.[RUNTIME_KEY] === 'python') return undefined;
  return Object.keys(flavors).find((name) => description?.flavors?.[name]);
}

/**
 * Loads an MLflow model with one of the given flavors, and lets it predict its input example.
 * Throws INVALID_PARAMETER_VALUE with the reason when it cannot be served.
 */
export async function loadModel(
  read: ReadFile,
  flavors: Readonly<Record<string, Flavor>>,
): Promise<LoadedModel> {
  return loadDescribed(await readDescription(read), read, flavors);
}

/** What `MLmodel` says. Throws INVALID_PARAMETER_VALUE when it is not there. */
export async function readDescription(read: ReadFile): Promise<MlModel | null> {
  return load((await requiredFile(read, 'MLmodel')).toString('utf8')) as MlModel | null;
}

/** As `loadModel`, for a model whose description was read already. */
export async function loadDescribed(
  description: MlModel | null,
  read: ReadFile,
  flavors: Readonly<Record<string, Flavor>>,
): Promise<LoadedModel> {
  const name = nativeFlavor(description, flavors);
  const flavor = name === undefined ? undefined : flavors[name];
  if (name === undefined || !flavor) {
    const present = Object.keys(description?.flavors ?? {});
    throw invalid(
      `none of its flavors (${present.join(', ') || 'none'}) is served here; ` +
        `served are ${Object.keys(flavors).join(', ')}`,
    );
  }
  const file = description?.flavors?.[name]?.data;
  if (file === undefined) throw invalid(`flavor ${name} names no data file`);
  const text = description?.signature?.inputs;
  const tensors = text && flavor.takesTensors ? parseTensors(text) : undefined;
  const inputs = text && !tensors ? parseInputs(text) : undefined;
  const signature = { ...(inputs && { inputs }), ...(tensors && { tensors }) };
  const predictor = await flavor.load(file, { read, ...signature });
  const model: LoadedModel = { ...predictor, ...(inputs && { inputs }) };
  await predictExample(model, description?.saved_input_example_info, read);
  return model;
}

/** Throws INVALID_PARAMETER_VALUE when the artefact has no such file. */
export async function requiredFile(
  read: ReadFile,
  path: string,
  maxBytes?: number,
): Promise<Buffer> {
  const content = await read(path, maxBytes);
  if (!content) throw invalid(`${path} does not exist in the artefact`);
  return content;
}

async function predictExample(
  model: LoadedModel,
  info: MlModel['saved_input_example_info'],
  read: ReadFile,
): Promise<void> {
  if (!info?.artifact_path) return;
  if (model.answer) {
    // Newer clients write the example as a request, also when it is no data frame.
    const body = info.serving_input_path && (await read(info.serving_input_path));
    if (body) await model.answer(requestOf(body));
    return;
  }
  const file = await requiredFile(read, info.artifact_path);
  const example: unknown = JSON.parse(file.toString('utf8'));
  const format = Array.isArray(example) ? 'dataframe_records' : 'dataframe_split';
  const input = enforceSignature(toRequestTable({ [format]: example }), model.inputs);
  const { length } = await model.predict(input);
  if (length !== input.length) {
    throw invalid(`its input example of ${input.length} rows gave ${length} predictions`);
  }
}

const requestOf = (body: Buffer): ScoringRequest => ({
  body,
  contentType: 'application/json',
  table: () => toRequestTable(JSON.parse(body.toString('utf8'))),
});
