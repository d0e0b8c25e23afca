import { artifactLocation } from '../artifacts/index.ts';
import type { ValidationPolicy } from '../policies/index.ts';
import type { ModelVersion } from '../registry/index.ts';
import { invalid } from '../shared/errors.ts';
import { type EvaluationSet, evaluationSet } from './evaluation-set.ts';
import { readFile } from './model-files-store.ts';

/** Reads the rows that a version is judged by; `run:/` paths are artifacts of the version's own run. */
export async function readEvaluationSet(
  source: ValidationPolicy['evaluation_data'],
  version: ModelVersion,
): Promise<EvaluationSet> {
  if (!source) throw invalid('The policy names no evaluation_data');
  const content = await readUri(resolveUri(source.path, version));
  if (!content) throw invalid(`The evaluation data ${source.path} does not exist`);
  return evaluationSet(content, source);
}

function resolveUri(path: string, version: ModelVersion): string {
  if (!path.startsWith('run:/')) return path;
  if (!version.run_id) {
    throw invalid(`${path} is an artifact of the version's run, and the version has none`);
  }
  return `runs:/${version.run_id}/${path.slice('run:/'.length).replace(/^\/+/, '')}`;
}

async function readUri(uri: string): Promise<Buffer | undefined> {
  const { bucket, key } = await artifactLocation(uri);
  return readFile(bucket, key);
}
