import { retryChanged } from '../../shared/dynamo/index.ts';
import { activeExperiment, scorerMissing } from './scorer.ts';
import { findScorer, removeScorer, removeVersion, versionsOf } from './scorer-store.ts';

interface DeleteScorerInput {
  readonly experiment_id: string;
  readonly name: string;
  readonly version?: number;
}

/** Deletes one version of a scorer, or the scorer with all of them. */
export async function deleteScorer(input: DeleteScorerInput): Promise<undefined> {
  const { experiment_id, name, version } = input;
  const experiment = await activeExperiment(experiment_id);
  await retryChanged(async () => {
    const scorer = await findScorer(experiment, name);
    if (!scorer) throw scorerMissing(experiment_id, name);
    const numbers = (await versionsOf(scorer.scorer_id)).map((one) => one.scorer_version);
    if (version === undefined) {
      if (numbers.length === 0) throw scorerMissing(experiment_id, name);
      return removeScorer(scorer);
    }
    if (!numbers.includes(version)) throw scorerMissing(experiment_id, name, version);
    const latest = Math.max(0, ...numbers.filter((one) => one !== version));
    return removeVersion(scorer, version, latest);
  });
}
