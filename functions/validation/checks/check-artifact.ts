import type { ValidationPolicy } from '../../policies/index.ts';
import type { ModelVersion, RegisteredModel } from '../../registry/index.ts';
import { DomainError } from '../../shared/errors.ts';
import { type Candidate, loadCandidate } from '../candidate.ts';
import { inputExample } from '../input-example.ts';
import { isPython, type MlModel } from '../ml-model.ts';
import type { ModelFiles } from '../model-files-store.ts';
import { type PythonScoring, requireLoadable } from '../python-model.ts';
import { type CheckResult, type Outcome, runCheck, within } from '../validation.ts';
import { checkDependencies, checkDocuments, failed, present } from './check-documents.ts';
import { checkFeatures } from './check-features.ts';

const BYTES_PER_MB = 1_000_000;

/** Is it the model that it claims to be, is it small enough, is it documented? */
export async function checkArtifact(
  {
    version,
    model,
  }: { readonly version: ModelVersion; readonly model?: RegisteredModel | undefined },
  policy: ValidationPolicy,
  openFiles: () => Promise<ModelFiles>,
  python: PythonScoring = { unbuilt: '' },
): Promise<CheckResult[]> {
  let candidate: Candidate | undefined;
  const loads = await runCheck('artifact_loads', async () => {
    const files = await openFiles();
    candidate = await loadCandidate(files);
    const names = Object.keys(candidate.description.flavors).join(', ');
    return { status: 'PASSED', message: `${names}: ${await loaded(candidate, files, python)}` };
  });
  // A model that cannot be loaded has failed, which is no failure of the check.
  const results: CheckResult[] = [
    loads.status === 'ERROR' ? { ...loads, status: 'FAILED' } : loads,
  ];
  const { require = {}, max_size_mb: maxSize } = policy;
  const add = async (name: string, look: (candidate: Candidate) => Outcome | Promise<Outcome>) =>
    results.push(
      await runCheck(name, () =>
        candidate ? look(candidate) : skipped('the artefact could not be loaded'),
      ),
    );
  if (require.signature) {
    await add('signature', ({ description }) =>
      present(Boolean(description.signature?.inputs), 'a signature with inputs'),
    );
  }
  if (require.input_example) {
    await add('input_example', async ({ description }) =>
      checkExample(description, await openFiles()),
    );
  }
  if (require.dependencies) {
    await add('dependencies', async ({ description }) =>
      checkDependencies(description, await openFiles()),
    );
  }
  results.push(...(await checkDocuments(version, model, require, openFiles)));
  if (maxSize !== undefined) {
    await add('size', ({ bytes }) => within(bytes / BYTES_PER_MB, { max: maxSize }, 'MB'));
  }
  if (policy.feature_consistency) {
    results.push(...(await checkFeatures(candidate, openFiles)));
  }
  return results;
}

/** How a model was loaded. Throws INVALID_PARAMETER_VALUE for one that Python cannot load. */
async function loaded(
  { model, description }: Candidate,
  { location }: ModelFiles,
  python: PythonScoring,
): Promise<string> {
  if (model) return 'loaded';
  if (!location || !isPython(description)) return 'complete; none of its flavors is loaded here';
  await requireLoadable(location, python);
  return 'loaded in Python';
}

/** Any JSON will do: models of text and of tensors have examples, too. */
async function checkExample(model: MlModel, files: ModelFiles): Promise<Outcome> {
  const there = Boolean(model.saved_input_example_info?.artifact_path);
  try {
    if (there) await inputExample(model, files);
    return present(there, 'an input example');
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return failed(error.message);
  }
}

const skipped = (message: string): Outcome => ({ status: 'SKIPPED', message });
