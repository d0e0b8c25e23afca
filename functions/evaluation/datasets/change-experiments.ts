import type { OperationContext } from '../../shared/context.ts';
import { notFound } from '../../shared/errors.ts';
import { findExperiment, isExperimentId } from '../../tracking/index.ts';
import { datasetMissing, toWireDataset } from './dataset.ts';
import {
  changeDataset,
  datasetUpdate,
  experimentsOfDataset,
  findDataset,
  tieToExperiments,
  untieFromExperiments,
} from './dataset-store.ts';

interface Input {
  readonly dataset_id: string;
  readonly experiment_ids: readonly string[];
}

/** Ties a dataset to experiments, which must be there; those it belongs to already stay. */
export async function addToExperiments(input: Input, context: OperationContext): Promise<object> {
  const { dataset_id } = input;
  await requireDataset(dataset_id);
  const wanted = [...new Set(input.experiment_ids)];
  for (const id of wanted) {
    const found = isExperimentId(id) && (await findExperiment(id));
    if (!found) throw notFound(`No Experiment with id=${id}`);
  }
  const present = new Set(await experimentsOfDataset(dataset_id));
  const missing = wanted.filter((id) => !present.has(id));
  await tieToExperiments(dataset_id, missing, context.clock());
  return touched(dataset_id, context);
}

/** Unties a dataset from experiments; those it does not belong to are passed over. */
export async function removeFromExperiments(
  input: Input,
  context: OperationContext,
): Promise<object> {
  const { dataset_id } = input;
  const dataset = await requireDataset(dataset_id);
  const present = new Set(await experimentsOfDataset(dataset_id));
  const wanted = [...new Set(input.experiment_ids)].filter((id) => present.has(id));
  if (wanted.length === 0) return { dataset: toWireDataset(dataset) };
  await untieFromExperiments(dataset_id, wanted);
  return touched(dataset_id, context);
}

async function touched(datasetId: string, context: OperationContext): Promise<object> {
  await changeDataset(datasetId, async (dataset) => ({
    writes: [datasetUpdate(dataset, { last_update_time: context.clock() })],
    result: true,
  }));
  return { dataset: toWireDataset(await requireDataset(datasetId)) };
}

async function requireDataset(datasetId: string) {
  const dataset = await findDataset(datasetId);
  if (!dataset) throw datasetMissing(`Dataset '${datasetId}' not found`);
  return dataset;
}
