import {
  enforceSignature,
  flavors,
  type InputSpec,
  type LoadedModel,
  loadModel,
  nativeFlavor,
  parseInputs,
  type RequestTable,
} from '../serving/index.ts';
import { DomainError, invalid } from '../shared/errors.ts';
import type { Row } from './evaluation-rows.ts';
import { isPython, type MlModel, namedFiles, parseMlModel } from './ml-model.ts';
import type { ModelFiles } from './model-files-store.ts';
import { type PythonScoring, pythonModel } from './python-model.ts';

/** An artefact that has passed its checks: described, complete, and loaded if Slipway has a scorer for it. */
export interface Candidate {
  readonly description: MlModel;
  readonly bytes: number;
  /** Undefined when Slipway scores none of its flavors, or only in Python and that was not asked for. */
  readonly model: LoadedModel | undefined;
  /** The columns of its signature; undefined without one, and for tensors. */
  readonly inputs: readonly InputSpec[] | undefined;
}

/**
 * Loads an artefact the way serving does. Throws with the reason when it is no loadable model.
 *
 * @param python lets a model that is scored in Python be asked there
 */
export async function loadCandidate(files: ModelFiles, python?: PythonScoring): Promise<Candidate> {
  const text = await files.read('MLmodel');
  if (!text) throw invalid('The artefact has no file MLmodel');
  const description = parseMlModel(text.toString('utf8'));
  const paths = [...files.sizes.keys()];
  for (const name of namedFiles(description)) {
    if (!paths.some((path) => path === name || path.startsWith(`${name}/`))) {
      throw invalid(`${name}, named in MLmodel, does not exist in the artefact`);
    }
  }
  const inputs = columnInputs(description.signature?.inputs);
  return {
    description,
    bytes: [...files.sizes.values()].reduce((sum, size) => sum + size, 0),
    model: await modelOf(description, files, inputs, python),
    inputs,
  };
}

/** Errors of the champion name the champion, so that nobody takes them for errors of the challenger. */
export async function ofChampion<T>(version: number, made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError(error.code, `Champion ${version}: ${error.message}`, { cause: error });
  }
}

async function modelOf(
  description: MlModel,
  { read, location }: ModelFiles,
  inputs: Candidate['inputs'],
  python: PythonScoring | undefined,
): Promise<LoadedModel | undefined> {
  if (nativeFlavor(description, flavors)) return loadModel(read, flavors);
  if (!python || !location || !isPython(description)) return undefined;
  return pythonModel(location, inputs, python);
}

function columnInputs(text: string | null | undefined): InputSpec[] | undefined {
  if (!text) return undefined;
  const specs = JSON.parse(text) as { type?: string; name?: string }[];
  const named = specs.every(({ type, name }) => type !== 'tensor' && name !== undefined);
  return named ? parseInputs(text) : undefined;
}

/** Rows of the evaluation data as a request holds them. */
export function tableOf(rows: readonly Row[]): RequestTable {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => columns.map((name) => row[name] ?? null)) };
}

/** One number per row: the probability of the positive class, or the value. */
export const scoreRows = (candidate: Candidate, rows: readonly Row[]): Promise<Float64Array> =>
  scoreTable(candidate, tableOf(rows));

export async function scoreTable(candidate: Candidate, table: RequestTable): Promise<Float64Array> {
  const { model } = candidate;
  if (!model) {
    const present = Object.keys(candidate.description.flavors).join(', ');
    throw invalid(`No flavor of the model (${present}) is scored in a function`);
  }
  const predictions = await model.predict(enforceSignature(table, model.inputs));
  return Float64Array.from(predictions, (prediction, i) => {
    const number = numberIn(prediction);
    if (number !== undefined && Number.isFinite(number)) return number;
    throw invalid(`The prediction of row ${i} is ${JSON.stringify(prediction)}, not a number`);
  });
}

/**
 * The number that a prediction is judged by: itself, its only output, or of a classifier with outputs
 * for the label and for two classes the probability of the second, which is the positive one; of one in
 * Python that answers probabilities the same.
 */
function numberIn(prediction: unknown): number | undefined {
  if (typeof prediction === 'number') return prediction;
  if (typeof prediction === 'boolean') return Number(prediction);
  if (typeof prediction !== 'object' || prediction === null) return undefined;
  if (Array.isArray(prediction) && prediction.length === 2) return secondOfTwo(prediction);
  const outputs: unknown[] = Object.values(prediction);
  const [only] = outputs;
  if (outputs.length === 1 && typeof only === 'number') return only;
  const [positive, ...others] = outputs.flatMap((output) => secondOfTwo(output) ?? []);
  return others.length === 0 ? positive : undefined;
}

function secondOfTwo(output: unknown): number | undefined {
  if (typeof output !== 'object' || output === null) return undefined;
  const values: unknown[] = Object.values(output);
  return values.length === 2 && typeof values[1] === 'number' ? values[1] : undefined;
}
