import { type RequestTable, toRequestTable } from '../serving/index.ts';
import { invalid } from '../shared/errors.ts';
import type { MlModel } from './ml-model.ts';
import type { ModelFiles } from './model-files-store.ts';

/** What was logged with the model as its input example: rows, a tensor, or any other JSON. */
export async function inputExample(model: MlModel, files: ModelFiles): Promise<unknown> {
  const path = model.saved_input_example_info?.artifact_path;
  if (!path) throw invalid('No input example was logged with the model');
  return artefactJson(path, files);
}

/** The rows that were logged with the model as its input example. */
export async function loggedExample(model: MlModel, files: ModelFiles): Promise<RequestTable> {
  const example = await inputExample(model, files);
  const format = Array.isArray(example) ? 'dataframe_records' : 'dataframe_split';
  const table = toRequestTable({ [format]: example });
  if (table.rows.length === 0) throw invalid('The logged example has no rows');
  return table;
}

/** What a JSON file of the artefact holds. */
export async function artefactJson(path: string, files: ModelFiles): Promise<unknown> {
  const content = await files.read(path);
  if (!content) throw invalid(`${path} does not exist in the artefact`);
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw invalid(`${path} is not valid JSON: ${(error as Error).message}`);
  }
}
