import {
  ApprovalDenied,
  ApprovalEscalated,
  ApprovalExpired,
  ApprovalGranted,
  ApprovalRequested,
} from '../approvals/events.ts';
import { on, type Subscription } from '../events/consume.ts';
import type { EventDefinition } from '../events/define.ts';
import { DriftDetected, QualityDegraded } from '../monitoring/events.ts';
import { PipelineFailed, PipelineSucceeded, TrainingRequested } from '../pipelines/events.ts';
import { PromotionDecided, PromotionReverted } from '../promotion/events.ts';
import {
  EndpointDegraded,
  EndpointSwitchFailed,
  EndpointVersionSwitched,
  RolloutAborted,
  RolloutInconclusive,
} from '../serving/events.ts';
import { ModelVersionValidated } from '../validation/events.ts';
import { WebhookDisabled } from '../webhooks/events.ts';
import type { Interest } from './interest.ts';
import { tell } from './tell.ts';

/** The recipients for matters of the installation. */
const ADMINS = ['group:admins'];

const VALIDATED = {
  PASSED: 'on_validation_success',
  FAILED: 'on_validation_failure',
  SKIPPED: undefined,
} as const;

const DECIDED = {
  promoted: 'on_promotion',
  rejected: 'on_promotion_failure',
  failed: 'on_promotion_failure',
  // Approvers are asked: that is an event of its own.
  waiting: undefined,
  unchanged: undefined,
} as const;

interface Rule {
  readonly definition: EventDefinition;
  readonly interests: (data: unknown) => Interest[];
}

const rule = <T>(definition: EventDefinition<T>, interests: (data: T) => Interest[]): Rule => ({
  definition: definition as EventDefinition,
  interests: interests as Rule['interests'],
});

const approvalDecided = ({ model }: { model: string }): Interest[] => [
  { model, when: 'on_approval_decision' },
];
const updateFailed = ({ endpoint }: { endpoint: string }): Interest[] => [
  { endpoint, when: 'on_update_failure' },
];

/** Whom each event may concern. */
export const RULES: readonly Rule[] = [
  rule(ModelVersionValidated, ({ model, status }) => {
    const when = VALIDATED[status];
    return when ? [{ model, when }] : [];
  }),
  rule(ApprovalRequested, ({ model, approvers }) => [
    { named: approvers },
    { model, when: 'on_approval_request' },
  ]),
  rule(ApprovalEscalated, ({ model, to }) => [
    { named: to },
    { model, when: 'on_approval_request' },
  ]),
  rule(ApprovalGranted, approvalDecided),
  rule(ApprovalDenied, approvalDecided),
  rule(ApprovalExpired, approvalDecided),
  rule(PromotionDecided, ({ model, verdict }) => {
    const when = DECIDED[verdict];
    return when ? [{ model, when }] : [];
  }),
  rule(PromotionReverted, ({ model }) => [{ model, when: 'on_promotion' }]),
  rule(DriftDetected, ({ model }) => [{ model, when: 'on_drift_detected' }]),
  rule(QualityDegraded, ({ model }) => [{ model, when: 'on_quality_degraded' }]),
  rule(TrainingRequested, ({ pipeline }) => [{ pipeline, when: 'on_start' }]),
  rule(PipelineSucceeded, ({ pipeline, model }) => [
    { pipeline, when: 'on_success' },
    { model, when: 'on_training_success' },
  ]),
  rule(PipelineFailed, ({ pipeline, model }) => [
    { pipeline, when: 'on_failure' },
    { model, when: 'on_training_failure' },
  ]),
  rule(EndpointVersionSwitched, ({ endpoint }) => [{ endpoint, when: 'on_update_success' }]),
  rule(EndpointSwitchFailed, updateFailed),
  rule(EndpointDegraded, updateFailed),
  rule(RolloutAborted, updateFailed),
  rule(RolloutInconclusive, updateFailed),
  rule(WebhookDisabled, () => [{ named: ADMINS }]),
];

export const reactions: readonly Subscription[] = RULES.map(({ definition, interests }) =>
  on(definition, (data, context, metadata) =>
    tell(definition, { data, metadata }, interests(data), context),
  ),
);
