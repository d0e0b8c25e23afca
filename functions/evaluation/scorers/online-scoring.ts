import { pythonFloat } from '../../mlflow/index.ts';
import { parseFilter } from '../../search/index.ts';
import { invalid } from '../../shared/errors.ts';
import { json } from '../../shared/http/api.ts';
import { newHexId } from '../../shared/ids.ts';
import { activeExperiment, scorerMissing } from './scorer.ts';
import { findOnline, findScorer, type OnlineScoring, putOnline } from './scorer-store.ts';

interface PutOnlineScoringInput {
  readonly experiment_id: string;
  readonly name: string;
  readonly sample_rate: number;
  readonly filter_string?: string;
}

/**
 * Says what share of new traces a scorer is to judge by itself. Only scorers whose model is an endpoint
 * of a gateway can, and Slipway is none: any share but 0 is refused, with MLflow's words.
 */
export async function putOnlineScoring(input: PutOnlineScoringInput) {
  const { experiment_id, name, sample_rate, filter_string } = input;
  if (!(sample_rate >= 0 && sample_rate <= 1)) {
    throw invalid(`sample_rate must be between 0.0 and 1.0, got ${pythonFloat(sample_rate)}`);
  }
  parseFilter(filter_string);
  const experiment = await activeExperiment(experiment_id);
  const scorer = await findScorer(experiment, name);
  if (!scorer) throw scorerMissing(experiment_id, name);
  if (sample_rate > 0 && scorer.latest_version > 0) {
    throw invalid(
      `Scorer '${name}' does not use a gateway model. ` +
        'Automatic evaluation is only supported for scorers that use gateway models.',
    );
  }
  const config: OnlineScoring = {
    online_scoring_config_id: newHexId(),
    scorer_id: scorer.scorer_id,
    sample_rate,
    experiment_id: experiment,
    ...(filter_string !== undefined && { filter_string }),
  };
  await putOnline(config);
  return json(200, { config });
}

export async function getOnlineScoring({ scorer_ids }: { readonly scorer_ids: readonly string[] }) {
  return json(200, { configs: await findOnline(scorer_ids) });
}
