import { DEFAULT_EXPERIMENT_ID, type Experiment } from './experiment.ts';
import { findExperiment, listExperiments, loadExperiments } from './experiment-store.ts';

/** Experiments as this process read them, each under a version that its row had before. */
const known = new Map<string, { readonly version: string; readonly experiment: Experiment }>();

/** So many are remembered, of a kilobyte or so each. */
const MAX_KNOWN = 10_000;

/**
 * Every experiment, in no particular order, the default one too. A search over thousands would pay a read
 * unit for each: their rows, two hundred a unit, tell which of them changed since this process read them.
 */
export async function allExperiments(): Promise<Experiment[]> {
  const rows = await listExperiments();
  const experiments: Experiment[] = [];
  const versions = new Map<string, string | undefined>();
  for (const { sk: id, version } of rows) {
    const same = known.get(id);
    if (same && same.version === version) experiments.push(same.experiment);
    else versions.set(id, version);
  }
  for (const experiment of await loadExperiments([...versions.keys()])) {
    experiments.push(experiment);
    remember(experiment, versions.get(experiment.experiment_id));
  }
  if (rows.some(({ sk }) => sk === DEFAULT_EXPERIMENT_ID)) return experiments;
  const standard = await findExperiment(DEFAULT_EXPERIMENT_ID);
  return standard ? [...experiments, standard] : experiments;
}

/** It may have changed since its row was read: then the row has another version by now, and it is read again. */
function remember(experiment: Experiment, version: string | undefined): void {
  if (version === undefined) return;
  const { experiment_id } = experiment;
  if (known.size >= MAX_KNOWN && !known.has(experiment_id)) known.clear();
  known.set(experiment_id, { version, experiment });
}
