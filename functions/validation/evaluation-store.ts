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
  const [content, ...tables] = await Promise.all([
    readData('The evaluation data', source.path, resolveUri(source.path, version)),
    ...(source.feature_lookups ?? []).map(async (lookup) => ({
      lookup,
      content: await readData(
        'The table of features',
        lookup.path,
        resolveUri(lookup.path, version),
      ),
    })),
  ]);
  return evaluationSet(content, source, tables);
}

async function readData(what: string, path: string, uri: string): Promise<Buffer> {
  const content = await readUri(uri);
  if (!content) throw invalid(`${what} ${path} does not exist`);
  return content;
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
