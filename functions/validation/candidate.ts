import { enforceSignature, flavors, type LoadedModel, loadModel } from '../serving/index.ts';
import { invalid } from '../shared/errors.ts';
import type { Row } from './evaluation-rows.ts';
import { type MlModel, namedFiles, parseMlModel } from './ml-model.ts';
import type { ModelFiles } from './model-files-store.ts';

/** An artefact that is what it says: described, complete, and loaded where Slipway has a scorer. */
export interface Candidate {
  readonly description: MlModel;
  readonly bytes: number;
  /** Undefined when none of its flavors is scored in a function. */
  readonly model: LoadedModel | undefined;
}

/** Loads an artefact the way serving does. Throws with the reason when it is no loadable model. */
export async function loadCandidate(files: ModelFiles): Promise<Candidate> {
  const text = await files.read('MLmodel');
  if (!text) throw invalid('The artefact has no file MLmodel');
  const description = parseMlModel(text.toString('utf8'));
  const paths = [...files.sizes.keys()];
  for (const name of namedFiles(description)) {
    if (!paths.some((path) => path === name || path.startsWith(`${name}/`))) {
      throw invalid(`${name}, named in MLmodel, does not exist in the artefact`);
    }
  }
  const native = Object.keys(flavors).some((flavor) => description.flavors[flavor]);
  return {
    description,
    bytes: [...files.sizes.values()].reduce((sum, size) => sum + size, 0),
    model: native ? await loadModel(files.read, flavors) : undefined,
  };
}

/** One number per row: the probability of the positive class, or the value. */
export function scoreRows(candidate: Candidate, rows: readonly Row[]): Float64Array {
  const { model } = candidate;
  if (!model) {
    const present = Object.keys(candidate.description.flavors).join(', ');
    throw invalid(`No flavor of the model (${present}) is scored in a function`);
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table = { columns, rows: rows.map((row) => columns.map((name) => row[name] ?? null)) };
  const predictions = model.predict(enforceSignature(table, model.inputs));
  return Float64Array.from(predictions, (prediction, i) => {
    if (typeof prediction === 'number' && Number.isFinite(prediction)) return prediction;
    throw invalid(`The prediction of row ${i} is ${JSON.stringify(prediction)}, not a number`);
  });
}
