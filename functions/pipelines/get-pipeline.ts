import { notFound } from '../shared/errors.ts';
import { describePipeline, type Pipeline } from './pipeline.ts';
import { getPipeline } from './pipeline-store.ts';

export async function existingPipeline(name: string): Promise<Pipeline> {
  const pipeline = await getPipeline(name);
  if (!pipeline) throw notFound(`Pipeline '${name}' does not exist`);
  return pipeline;
}

export async function getPipelineDescription(name: string) {
  return describePipeline(await existingPipeline(name));
}
