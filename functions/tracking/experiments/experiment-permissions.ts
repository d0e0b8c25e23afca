import { outbox } from '../../events/outbox.ts';
import { accessFacts, mergeAccess, toWireAccess } from '../../shared/access-control.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged } from '../../shared/dynamo/index.ts';
import { ExperimentPermissionsChanged } from '../events.ts';
import { trackingTableName } from '../keys.ts';
import type { Experiment } from './experiment.ts';
import {
  EXPERIMENT_LEVELS,
  type ExperimentAccess,
  type ExperimentLevel,
  forgetAccess,
  requireLevel,
} from './experiment-access.ts';
import { loadExperiment, replaceAccess } from './experiment-store.ts';

const DESCRIPTIONS: Readonly<Record<ExperimentLevel, string>> = {
  CAN_READ: 'Can see who may do what with the experiment',
  CAN_EDIT: 'Can log to the experiment, change, delete and restore its runs',
  CAN_MANAGE: 'Can do everything with the experiment',
};

export const experimentPermissionLevels = () => ({
  permission_levels: EXPERIMENT_LEVELS.map((level) => ({
    permission_level: level,
    description: DESCRIPTIONS[level],
  })),
});

const toWire = ({ experiment_id, acl = [] }: Experiment) => ({
  object_id: `/experiments/${experiment_id}`,
  object_type: 'mlflowExperiment',
  access_control_list: toWireAccess(acl),
});

export async function getExperimentPermissions(
  id: string,
  { actor }: OperationContext,
): Promise<object> {
  const experiment = await loadExperiment(id);
  requireLevel(experiment, actor, 'CAN_READ');
  return toWire(experiment);
}

/**
 * Replaces an experiment's list, or with `merge` only the entries of those who are named; what others
 * give at the same moment is not lost.
 */
export async function setExperimentPermissions(
  id: string,
  entries: readonly ExperimentAccess[],
  { merge }: { readonly merge: boolean },
  context: OperationContext,
): Promise<object> {
  const changed = await retryChanged(async () => {
    const experiment = await loadExperiment(id);
    requireLevel(experiment, context.actor, 'CAN_MANAGE');
    const acl = mergeAccess(merge ? (experiment.acl ?? []) : [], entries);
    const data = {
      experiment_id: id,
      access: accessFacts(acl),
      previous_access: accessFacts(experiment.acl ?? []),
    };
    const event = outbox(trackingTableName(), ExperimentPermissionsChanged, data, context);
    await replaceAccess(experiment, acl, event);
    return { ...experiment, acl };
  });
  forgetAccess(id);
  return toWire(changed);
}
