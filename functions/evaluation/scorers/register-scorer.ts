import { randomUUID } from 'node:crypto';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import {
  activeExperiment,
  checkModel,
  checkScorerName,
  modelOf,
  parseScorer,
  type Scorer,
} from './scorer.ts';
import { findScorer, putVersion } from './scorer-store.ts';

interface RegisterScorerInput {
  readonly experiment_id: string;
  readonly name: string;
  readonly serialized_scorer: string;
}

/** A row has 400 KB. */
const MAX_SERIALIZED = 380_000;

/** Adds a version to a scorer of an experiment, which it makes with the first. */
export async function registerScorer(
  input: RegisterScorerInput,
  context: OperationContext,
): Promise<object> {
  const { name, serialized_scorer } = input;
  checkScorerName(name);
  const experiment_id = await activeExperiment(input.experiment_id);
  const data = parseScorer(serialized_scorer);
  // Code that a server would have to run when it loads the scorer.
  if (data.call_source !== undefined && data.call_source !== null) {
    throw invalid(
      'Custom scorer registration (using @scorer decorator) is not supported outside of Databricks ' +
        'tracking environments due to security concerns. Custom scorers require arbitrary code ' +
        'execution during deserialization.',
    );
  }
  if (Buffer.byteLength(serialized_scorer) > MAX_SERIALIZED) {
    throw invalid(`serialized_scorer may have ${MAX_SERIALIZED} bytes`);
  }
  checkModel(modelOf(data));
  const creation_time = context.clock();
  const scorer = await retryChanged(async () => {
    const before = await findScorer(experiment_id, name);
    const after: Scorer = {
      scorer_id: before?.scorer_id ?? randomUUID(),
      experiment_id,
      scorer_name: name,
      latest_version: (before?.latest_version ?? 0) + 1,
      revision: (before?.revision ?? 0) + 1,
    };
    const version = { scorer_version: after.latest_version, serialized_scorer, creation_time };
    await putVersion(before, after, version);
    return after;
  });
  const { latest_version: version, scorer_id } = scorer;
  return { version, scorer_id, experiment_id, name, serialized_scorer, creation_time };
}
