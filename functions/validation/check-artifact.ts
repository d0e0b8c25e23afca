import type { ValidationPolicy } from '../policies/index.ts';
import type { ModelVersion } from '../registry/index.ts';
import { type Candidate, loadCandidate } from './candidate.ts';
import type { ModelFiles } from './model-files-store.ts';
import { type CheckResult, type Outcome, runCheck, within } from './validation.ts';

const BYTES_PER_MB = 1_000_000;

/** Is it the model that it claims to be, is it small enough, is it documented? */
export async function checkArtifact(
  version: ModelVersion,
  policy: ValidationPolicy,
  openFiles: () => Promise<ModelFiles>,
): Promise<CheckResult[]> {
  let candidate: Candidate | undefined;
  const loads = await runCheck('artifact_loads', async () => {
    candidate = await loadCandidate(await openFiles());
    const names = Object.keys(candidate.description.flavors).join(', ');
    const how = candidate.model ? 'loaded' : 'complete; none of its flavors is loaded here';
    return { status: 'PASSED', message: `${names}: ${how}` };
  });
  // A model that cannot be loaded has failed, which is no failure of the check.
  const results: CheckResult[] = [
    loads.status === 'ERROR' ? { ...loads, status: 'FAILED' } : loads,
  ];
  const { require = {}, max_size_mb: maxSize } = policy;
  const loaded = (look: (candidate: Candidate) => Outcome) => () =>
    candidate ? look(candidate) : skipped('the artefact could not be loaded');
  if (require.signature) {
    results.push(
      await runCheck(
        'signature',
        loaded(({ description }) =>
          present(Boolean(description.signature?.inputs), 'a signature with inputs'),
        ),
      ),
    );
  }
  if (require.input_example) {
    results.push(
      await runCheck(
        'input_example',
        loaded(({ description }) =>
          present(Boolean(description.saved_input_example_info?.artifact_path), 'an input example'),
        ),
      ),
    );
  }
  if (require.description) {
    results.push(
      await runCheck('description', () =>
        present(Boolean(version.description?.trim()), 'a description'),
      ),
    );
  }
  for (const tag of require.tags ?? []) {
    results.push(
      await runCheck(`tag:${tag}`, () => present(Boolean(version.tags[tag]), `the tag ${tag}`)),
    );
  }
  if (maxSize !== undefined) {
    const size = loaded(({ bytes }) => within(bytes / BYTES_PER_MB, { max: maxSize }, 'MB'));
    results.push(await runCheck('size', size));
  }
  return results;
}

const skipped = (message: string): Outcome => ({ status: 'SKIPPED', message });

const present = (there: boolean, what: string): Outcome =>
  there
    ? { status: 'PASSED', message: `has ${what}` }
    : { status: 'FAILED', message: `lacks ${what}` };
