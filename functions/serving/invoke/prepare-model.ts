import type { LiveEntity } from '../endpoints/endpoint.ts';
import type { Scorer } from './scorer.ts';

/** How the control function asks the data path to load a version before it is switched to. */
export interface PrepareEvent {
  readonly prepare: Pick<
    LiveEntity,
    'model' | 'version' | 'location' | 'deployed' | 'environmentVars'
  >;
}

export interface PrepareResult {
  /** Why the version cannot be served; absent when it can. */
  readonly problem?: string;
  /** Where it is scored; `native` when absent. */
  readonly runtime?: Scorer['runtime'];
}

export const isPrepareEvent = (event: object): event is PrepareEvent => 'prepare' in event;

/** Loads the version and keeps it warm. Throws when the object store, not the artefact, is at fault. */
export async function prepareModel(
  version: PrepareEvent['prepare'],
  load: (version: PrepareEvent['prepare']) => Promise<Scorer>,
): Promise<PrepareResult> {
  try {
    const { runtime } = await load(version);
    return { runtime };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (isServiceError(error)) throw error;
    return { problem: error.message };
  }
}

/** Refusals such as AccessDenied will come again; what fails for want of service or network may not. */
function isServiceError(error: Error): boolean {
  if ('syscall' in error) return true;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  if (!$metadata) return false;
  const { httpStatusCode = 500 } = $metadata;
  return httpStatusCode >= 500 || httpStatusCode === 429;
}
