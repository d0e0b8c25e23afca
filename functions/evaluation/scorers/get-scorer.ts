import { parsePythonJson, toPythonJson } from '../../mlflow/index.ts';
import { activeExperiment, type Scorer, type ScorerVersion, scorerMissing } from './scorer.ts';
import { findScorer, findVersion, latestVersions, scorersOf, versionsOf } from './scorer-store.ts';

interface ScorerInput {
  readonly experiment_id: string;
  readonly name: string;
}

/** Scorers of an experiment by name, each in its newest version. */
export async function listScorers(input: { readonly experiment_id: string }): Promise<object> {
  const scorers = await scorersOf(await activeExperiment(input.experiment_id));
  const found = await latestVersions(scorers);
  return { scorers: found.map(({ scorer, version }) => toWire(scorer, rewritten(version))) };
}

/** All versions of a scorer, the oldest first. */
export async function listScorerVersions({ experiment_id, name }: ScorerInput): Promise<object> {
  const scorer = await load(experiment_id, name);
  const versions = await versionsOf(scorer.scorer_id);
  if (versions.length === 0) throw scorerMissing(experiment_id, name);
  return { scorers: versions.map((version) => toWire(scorer, rewritten(version))) };
}

/** One version of a scorer, the newest unless it is named. */
export async function getScorer(
  input: ScorerInput & { readonly version?: number },
): Promise<object> {
  const { experiment_id, name, version } = input;
  const scorer = await load(experiment_id, name);
  const found = await findVersion(scorer.scorer_id, version ?? scorer.latest_version);
  if (!found) throw scorerMissing(experiment_id, name, version);
  return { scorer: toWire(scorer, found) };
}

async function load(experimentId: string, name: string): Promise<Scorer> {
  const scorer = await findScorer(await activeExperiment(experimentId), name);
  if (!scorer) throw scorerMissing(experimentId, name);
  return scorer;
}

/** MLflow's lists read the scorer's JSON and write it anew. */
function rewritten(version: ScorerVersion): ScorerVersion {
  const data = parsePythonJson(version.serialized_scorer, 'serialized_scorer');
  return { ...version, serialized_scorer: toPythonJson(data) };
}

const toWire = (
  { scorer_id, scorer_name, experiment_id }: Scorer,
  { scorer_version, serialized_scorer, creation_time }: ScorerVersion,
) => ({
  experiment_id: Number(experiment_id),
  scorer_name,
  scorer_version,
  serialized_scorer,
  creation_time,
  scorer_id,
});
