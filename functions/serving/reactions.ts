import { expireApproval } from '../approvals/index.ts';
import { on } from '../events/consume.ts';
import type { EventDefinition } from '../events/define.ts';
import { startExecution } from '../events/execution-store.ts';
import { ModelAliasMoved } from '../registry/events.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { followAlias } from './endpoints/follow-alias.ts';
import { reconcileEndpoint } from './endpoints/reconcile-endpoint.ts';
import {
  EndpointConfigChanged,
  EndpointDeploymentOutdated,
  EndpointRolledBack,
  EndpointSettingsChanged,
  RolloutStarted,
  ScorerFailed,
  ScorerPrepared,
  ScorerRequested,
} from './events.ts';
import { startDeployment, startPreparation } from './preparation/bring-up.ts';
import { abortRollout, promoteRollout } from './rollout/end-rollout.ts';
import { RolloutAborted, RolloutPromoted, RolloutSuperseded } from './rollout/events.ts';

const reconcileOn = <T extends { endpoint: string }>(definition: EventDefinition<T>) =>
  on(definition, ({ endpoint }, context) => reconcileEndpoint(endpoint, definition.type, context));

/** However a rollout ends, nobody is asked about it any more. */
const withdrawQuestion = async (
  { rollout_id }: { readonly rollout_id: string },
  context: OperationContext,
) => void (await expireApproval(rollout_id, context));

/** What the control function does when it hears of something. */
export const servingReactions = [
  on(ModelAliasMoved, followAlias),
  reconcileOn(EndpointConfigChanged),
  reconcileOn(EndpointSettingsChanged),
  reconcileOn(EndpointRolledBack),
  on(RolloutStarted, ({ endpoint, rollout_id }, { correlationId: correlation_id }) =>
    startExecution(requiredEnv('STATE_MACHINE_ROLLOUT'), rollout_id, {
      endpoint,
      rollout_id,
      correlation_id,
    }),
  ),
  // Whoever ended it may have been killed halfway: the event goes on with what is left.
  on(RolloutAborted, async (data, context) => {
    await abortRollout(data, context);
    await withdrawQuestion(data, context);
  }),
  on(RolloutPromoted, async (data, context) => {
    await promoteRollout(data, context);
    await withdrawQuestion(data, context);
  }),
  on(RolloutSuperseded, withdrawQuestion),
  on(ScorerRequested, (data, context, metadata) => startPreparation(data, context, metadata.id)),
  on(EndpointDeploymentOutdated, (data, context, metadata) =>
    startDeployment(data, null, context, metadata.id),
  ),
  reconcileOn(ScorerPrepared),
  reconcileOn(ScorerFailed),
];
