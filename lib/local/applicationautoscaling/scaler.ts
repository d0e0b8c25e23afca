import type { Metric } from '../cloudwatch/index.ts';
import type { PolicyRequest, TrackingRequest } from './requests.ts';

/** How many instances a target has; undefined when it is not there or something changes it now. */
export interface Capacities {
  count(resourceId: string): number | undefined;
  /** Asks for so many instances; they start in the background. */
  set(resourceId: string, count: number): void;
}

interface Target {
  readonly resourceId: string;
  readonly minimum: number;
  readonly maximum: number;
}

/** Below this share of the target value instances are taken away: AWS's rule for target tracking. */
const TOO_MUCH = 0.9;

/** Decides how many instances targets have. Times are epoch milliseconds. */
export class Scaler {
  private readonly capacities: Capacities;
  private readonly metric: Metric;
  /** When each policy last asked for more instances, by target and policy name. */
  private readonly scaledOut = new Map<string, number>();
  /** Since when a target has had more instances than it needs. */
  private readonly idleSince = new Map<string, number>();

  constructor(capacities: Capacities, metric: Metric) {
    this.capacities = capacities;
    this.metric = metric;
  }

  /** Target tracking: a value per instance is kept near the target value. Does nothing while there is no instance. */
  track(target: Target, policies: readonly PolicyRequest[], now: number): void {
    const { resourceId, minimum, maximum } = target;
    const count = this.capacities.count(resourceId);
    if (count === undefined) return;
    if (count < minimum || count > maximum) {
      this.capacities.set(resourceId, Math.min(Math.max(count, minimum), maximum));
      return;
    }
    for (const policy of policies) {
      if (policy.PolicyType !== 'TargetTrackingScaling' || count === 0) continue;
      const { TargetTrackingScalingPolicyConfiguration: settings } = policy;
      const value = this.value(resourceId, settings);
      const ratio = (value ?? settings.TargetValue) / settings.TargetValue;
      const wanted = Math.min(Math.max(Math.ceil(count * ratio), minimum), maximum);
      if (ratio >= TOO_MUCH) this.idleSince.delete(resourceId);
      if (ratio > 1 && wanted > count) {
        this.scaleOut(policy, wanted, settings.ScaleOutCooldown, now);
      } else if (ratio < TOO_MUCH && wanted < count && !settings.DisableScaleIn) {
        const since = this.idleSince.get(resourceId) ?? now;
        this.idleSince.set(resourceId, since);
        if (now - since < settings.ScaleInCooldown * 1000) continue;
        this.idleSince.delete(resourceId);
        this.capacities.set(resourceId, wanted);
      }
    }
  }

  /** Step scaling: an alarm asks for more. */
  step({ resourceId, maximum }: Target, policy: PolicyRequest, now: number): void {
    const count = this.capacities.count(resourceId);
    if (count === undefined || policy.PolicyType !== 'StepScaling') return;
    const { StepAdjustments: steps, Cooldown } = policy.StepScalingPolicyConfiguration;
    const wanted = Math.min(count + (steps[0]?.ScalingAdjustment ?? 0), maximum);
    if (wanted > count) this.scaleOut(policy, wanted, Cooldown, now);
  }

  private value(resourceId: string, tracking: TrackingRequest): number | undefined {
    const { CustomizedMetricSpecification: customized } = tracking;
    if (customized) {
      const { Namespace, MetricName, Dimensions } = customized;
      const named = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
      return this.metric(Namespace, MetricName, named);
    }
    const [, EndpointName = '', , VariantName = ''] = resourceId.split('/');
    const named = { EndpointName, VariantName };
    return this.metric('AWS/SageMaker', 'ConcurrentRequestsPerModel', named);
  }

  private scaleOut(
    policy: PolicyRequest,
    wanted: number,
    cooldownSeconds: number,
    now: number,
  ): void {
    const id = `${policy.ResourceId} ${policy.PolicyName}`;
    const last = this.scaledOut.get(id) ?? Number.NEGATIVE_INFINITY;
    if (now - last < cooldownSeconds * 1000) return;
    this.scaledOut.set(id, now);
    this.idleSince.delete(policy.ResourceId);
    this.capacities.set(policy.ResourceId, wanted);
  }
}
