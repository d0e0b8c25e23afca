import type { RegisteredModel } from '../models/registered-model.ts';
import type { Stage } from './stages.ts';
import { listVersions } from './version-store.ts';

/**
 * The model's newest version per stage after some versions changed stage (`null`: were deleted).
 * Only a stage that loses its newest version has to be looked through.
 */
export async function latestAfter(
  model: RegisteredModel,
  changes: ReadonlyMap<number, Stage | null>,
): Promise<RegisteredModel['latest']> {
  const latest: Partial<Record<Stage, number>> = { ...model.latest };
  const lost = new Set<Stage>();
  for (const [stage, version] of Object.entries(model.latest) as [Stage, number][]) {
    if (!changes.has(version) || changes.get(version) === stage) continue;
    delete latest[stage];
    lost.add(stage);
  }
  if (lost.size > 0) {
    for await (const { version, current_stage: stage } of listVersions(model.name)) {
      if (changes.has(version) || !lost.has(stage)) continue;
      latest[stage] = version;
      lost.delete(stage);
      if (lost.size === 0) break;
    }
  }
  for (const [version, stage] of changes) {
    if (stage !== null) latest[stage] = Math.max(latest[stage] ?? 0, version);
  }
  return latest;
}
