import { policyFor } from '../policies/index.ts';
import {
  getModelVersion,
  getVersionByAlias,
  locationOf,
  type ModelVersion,
} from '../registry/index.ts';
import { loadCandidate, scoreRows } from './candidate.ts';
import { checkArtifact } from './check-artifact.ts';
import { checkCustom } from './check-custom.ts';
import { checkLatency } from './check-latency.ts';
import { checkPerformance } from './check-performance.ts';
import { readEvaluationSet } from './evaluation-store.ts';
import { modelFiles } from './model-files-store.ts';
import type { ValidationTaskInput } from './task-input.ts';
import type { CheckResult } from './validation.ts';

/** Runs one group of checks; what cannot be checked comes back as a result, too. */
export async function runChecks({
  model,
  version: number,
  check,
}: ValidationTaskInput & { readonly check: string }): Promise<CheckResult[]> {
  const [found, version] = await Promise.all([policyFor(model), getModelVersion(model, number)]);
  const policy = found?.policy.validation;
  if (!policy || !version) throw new Error('The version or its policy is gone');
  const evaluation = once(() => readEvaluationSet(policy.evaluation_data, version));
  const candidate = once(() => load(version));
  switch (check) {
    case 'artifact':
      return checkArtifact(version, policy, () => modelFiles(locationOf(version)));
    case 'performance':
      return checkPerformance(policy, {
        evaluation,
        scores: once(async () => scoreRows(await candidate(), (await evaluation()).rows)),
        championScores: once(async () => {
          const champion = await championOf(version);
          return champion && scoreRows(await load(champion), (await evaluation()).rows);
        }),
      });
    case 'latency':
      return checkLatency(policy.latency_p95_ms ?? 0, async () => ({
        candidate: await candidate(),
        rows: (await evaluation()).rows,
      }));
    default: {
      const custom = policy.custom?.[Number(/^custom\/(\d+)$/.exec(check)?.[1])];
      if (!custom) throw new Error(`The policy has no check ${check}`);
      return checkCustom(custom, version);
    }
  }
}

const load = async (version: ModelVersion) => loadCandidate(await modelFiles(locationOf(version)));

/** The champion, unless it is the version itself. */
async function championOf(version: ModelVersion): Promise<ModelVersion | undefined> {
  const champion = await getVersionByAlias(version.name, 'champion');
  if (champion === undefined || champion === String(version.version)) return undefined;
  return getModelVersion(version.name, champion);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
