import type { ValidationPolicy } from '../../policies/index.ts';
import { findRegisteredModel, locationOf, type ModelVersion } from '../../registry/index.ts';
import { loadCandidate, ofChampion, scoreRows, scoreTable, tableOf } from '../candidate.ts';
import { championOf } from '../champion-of.ts';
import { columnScores, type EvaluationSet } from '../evaluation-set.ts';
import { readEvaluationSet } from '../evaluation-store.ts';
import { loggedExample } from '../input-example.ts';
import { modelFiles } from '../model-files-store.ts';
import type { CheckTaskInput } from '../task-input.ts';
import type { CheckResult } from '../validation.ts';
import { versionToCheck } from '../version-to-check.ts';
import { checkArtifact } from './check-artifact.ts';
import { checkData } from './check-data.ts';
import { checkLatency } from './check-latency.ts';
import { checkPerformance } from './check-performance.ts';

/** Runs one group of Slipway's own checks; what cannot be checked comes back as a result, too. */
export async function runChecks(input: CheckTaskInput): Promise<CheckResult[]> {
  const { model, check, unbuilt } = input;
  const { policy, version } = await versionToCheck(input);
  const evaluation = once(() => readEvaluationSet(policy.evaluation_data, version));
  const files = once(() => modelFiles(locationOf(version)));
  const candidate = once(async () => loadCandidate(await files(), { unbuilt }));
  switch (check) {
    case 'artifact': {
      const registered = await findRegisteredModel(model);
      return checkArtifact({ version, model: registered }, policy, files, { unbuilt });
    }
    case 'data':
      return checkData(policy.data_quality ?? {}, evaluation, candidate);
    case 'performance':
      return checkPerformance(policy, {
        evaluation,
        scores: once(async () => scoreRows(await candidate(), (await evaluation()).rows)),
        championScores: once(async () => {
          const champion = await championOf(version);
          if (!champion) return undefined;
          const { rows } = await evaluation();
          return ofChampion(champion.version, scoresOf(champion, unbuilt, rows));
        }),
        baselineScores: once(async () => baselineScores(policy.baseline, await evaluation())),
      });
    case 'latency':
      return checkLatency(policy.latency_p95_ms ?? 0, async () => {
        const loaded = await candidate();
        // Without evaluation data the example that was logged with the model is asked again and again.
        const table = policy.evaluation_data
          ? tableOf((await evaluation()).rows)
          : await loggedExample(loaded.description, await files());
        return { table, predict: (rows) => scoreTable(loaded, { ...table, rows }) };
      });
    default:
      throw new Error(`There are no checks ${check}`);
  }
}

/**
 * Scores that no model was needed for: a heuristic's, from a column of the evaluation data, else the
 * mean of the labels for each row.
 */
function baselineScores(
  baseline: ValidationPolicy['baseline'],
  evaluation: EvaluationSet,
): Float64Array {
  if (!baseline) {
    const { rows, labels } = evaluation;
    return new Float64Array(rows.length).fill(
      labels.reduce((sum, y) => sum + y, 0) / labels.length,
    );
  }
  return columnScores(evaluation, baseline.column);
}

const scoresOf = async (version: ModelVersion, unbuilt: string, rows: EvaluationSet['rows']) =>
  scoreRows(await loadCandidate(await modelFiles(locationOf(version)), { unbuilt }), rows);

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
