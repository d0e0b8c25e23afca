import { readArtifact } from '../../artifacts/index.ts';
import { getModelVersion } from '../../registry/index.ts';
import { DomainError } from '../../shared/errors.ts';
import type { Baseline } from '../drift/summary.ts';

/** Baselines never change; a process sees few versions. */
const known = new Map<string, Baseline>();

/** The summary that the version's training run stored of its data; undefined if it stored none. */
export async function loadBaseline(model: string, version: string): Promise<Baseline | undefined> {
  const id = `${model}#${version}`;
  const remembered = known.get(id);
  if (remembered) return remembered;
  const registered = await getModelVersion(model, version);
  if (!registered?.run_id) return undefined;
  const baseline = await readBaseline(`runs:/${registered.run_id}/baseline/summary.json`);
  if (baseline) known.set(id, baseline);
  return baseline;
}

async function readBaseline(uri: string): Promise<Baseline | undefined> {
  let content: Buffer;
  try {
    content = await readArtifact(uri);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
    throw error;
  }
  const baseline = JSON.parse(content.toString('utf8')) as Baseline;
  return baseline.format === 'slipway.baseline' && baseline.version === 1 ? baseline : undefined;
}
