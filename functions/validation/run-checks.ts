import {
  getModelVersion,
  getVersionByAlias,
  locationOf,
  type ModelVersion,
} from '../registry/index.ts';
import { loadCandidate, scoreRows } from './candidate.ts';
import { checkArtifact } from './check-artifact.ts';
import { checkLatency } from './check-latency.ts';
import { checkPerformance } from './check-performance.ts';
import { readEvaluationSet } from './evaluation-store.ts';
import { modelFiles } from './model-files-store.ts';
import type { CheckTaskInput } from './task-input.ts';
import type { CheckResult } from './validation.ts';
import { versionToCheck } from './version-to-check.ts';

/** Runs one group of Slipway's own checks; what cannot be checked comes back as a result, too. */
export async function runChecks({
  model,
  version: number,
  check,
}: CheckTaskInput): Promise<CheckResult[]> {
  const { policy, version } = await versionToCheck(model, number);
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
    default:
      throw new Error(`There are no checks ${check}`);
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
