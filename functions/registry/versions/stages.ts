import { invalid } from '../../shared/errors.ts';

export const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;

export type Stage = (typeof STAGES)[number];

/** Stages that are taken away from others by `archive_existing_versions`. */
export const ACTIVE_STAGES: readonly Stage[] = ['Staging', 'Production'];

/** The stage's canonical name; case does not matter. */
export function canonicalStage(stage: string): Stage {
  const found = STAGES.find((name) => name.toLowerCase() === stage.toLowerCase());
  if (found) return found;
  throw invalid(
    `Invalid Model Version stage: ${stage}. Value must be one of ${STAGES.join(', ')}.`,
  );
}
