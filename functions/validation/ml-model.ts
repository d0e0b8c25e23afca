import { load } from 'js-yaml';
import { flavors, nativeFlavor } from '../serving/index.ts';
import { invalid } from '../shared/errors.ts';

/** The parts of an `MLmodel` file that checks look at. */
export interface MlModel {
  readonly flavors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly signature?: { readonly inputs?: string | null; readonly outputs?: string | null } | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly saved_input_example_info?: {
    readonly artifact_path?: string;
    /** The same rows as a request. */
    readonly serving_input_path?: string;
  } | null;
}

/** Fields by which flavors name the files they are made of. */
const FILE_FIELDS = ['data', 'model_path', 'pickled_model', 'model_data', 'model_file'];

/** Reads the description of a model. Throws with what is wrong with it. */
export function parseMlModel(text: string): MlModel {
  let value: unknown;
  try {
    value = load(text);
  } catch (error) {
    throw invalid(`MLmodel is not valid YAML: ${(error as Error).message}`);
  }
  const flavors = (value as Partial<MlModel> | null)?.flavors;
  if (!flavors || typeof flavors !== 'object' || Object.keys(flavors).length === 0) {
    throw invalid('MLmodel names no flavor');
  }
  return value as MlModel;
}

/** Whether endpoints have the model scored in Python. */
export const isPython = (model: MlModel): boolean =>
  nativeFlavor(model, flavors) === undefined && Object.hasOwn(model.flavors, 'python_function');

/** Files and folders that the flavors name. */
export function namedFiles(model: MlModel): string[] {
  const files = Object.values(model.flavors).flatMap((flavor) =>
    FILE_FIELDS.map((field) => flavor?.[field]).filter((path) => typeof path === 'string'),
  );
  return [...new Set(files)];
}
