import type { Metric } from '../cloudwatch/index.ts';
import type { AwsService, Lifecycle } from '../service.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { scalingOperations } from './operations.ts';
import { type Capacities, Scaler } from './scaler.ts';
import { type RegisteredTarget, TargetStore } from './target-store.ts';

/** How often tracked values are read. */
const EVERY_MS = 250;

interface AutoScalingOptions {
  readonly dataDir: string;
  readonly capacities: Capacities;
  readonly metric: Metric;
}

interface AutoScaling extends AwsService, Lifecycle {
  /** Carries out the step scaling policy of an ARN; does nothing for any other ARN. */
  execute(policyArn: string): void;
  /** Forgets every target and policy. */
  reset(): void;
}

/** Targets and policies of Application Auto Scaling, durable in `autoscaling.db`. */
export function createAutoScaling({
  dataDir,
  capacities,
  metric,
}: AutoScalingOptions): AutoScaling {
  const store = new TargetStore(dataDir);
  const scaler = new Scaler(capacities, metric);
  let timer: NodeJS.Timeout | undefined;
  return {
    ...awsJsonService({
      signingName: 'application-autoscaling',
      version: '1.1',
      operations: scalingOperations(store),
    }),
    execute: (policyArn) => {
      const policy = store.policies.get(policyArn);
      const target = policy && store.targets.get(policy.ResourceId);
      if (target) scaler.step(toTarget(target), policy, Date.now());
    },
    start: async () => {
      timer = setInterval(() => {
        for (const target of store.targets.values()) {
          scaler.track(toTarget(target), store.policiesOf(target.ResourceId), Date.now());
        }
      }, EVERY_MS);
    },
    stop: async () => {
      clearInterval(timer);
      store.close();
    },
    reset: () => store.clear(),
  };
}

const toTarget = ({ ResourceId, MinCapacity, MaxCapacity }: RegisteredTarget) => ({
  resourceId: ResourceId,
  minimum: MinCapacity,
  maximum: MaxCapacity,
});
