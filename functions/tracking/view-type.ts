import { enumeration } from '../mlflow/index.ts';
import type { LifecycleStage } from './experiments/experiment.ts';

export const viewType = enumeration('ACTIVE_ONLY', 'DELETED_ONLY', 'ALL');

export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';

/** Whether a thing in a lifecycle stage is asked for. */
export function isInView(stage: LifecycleStage, view: ViewType = 'ACTIVE_ONLY'): boolean {
  return view === 'ALL' || (stage === 'active') === (view === 'ACTIVE_ONLY');
}
