import { invalid } from '../../shared/errors.ts';
import { datasetsOfExperiment } from './dataset-store.ts';

const MAX_EXPERIMENTS = 20;
const MAX_SUMMARIES = 1000;

/** Datasets that runs of experiments read, for the web interface's filters. */
export async function searchDatasets(input: {
  readonly experiment_ids: readonly string[];
}): Promise<object> {
  const { experiment_ids } = input;
  if (experiment_ids.length === 0) {
    throw invalid('SearchDatasets request must specify at least one experiment_id.');
  }
  if (experiment_ids.length > MAX_EXPERIMENTS) {
    throw invalid(
      `SearchDatasets request cannot specify more than ${MAX_EXPERIMENTS} experiment_ids. ` +
        `Received ${experiment_ids.length} experiment_ids.`,
    );
  }
  const found = await Promise.all(
    [...new Set(experiment_ids)].map((id) => datasetsOfExperiment(id, MAX_SUMMARIES)),
  );
  return { dataset_summaries: found.flat().slice(0, MAX_SUMMARIES) };
}
