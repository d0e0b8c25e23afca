import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { EventDefinition } from '../../../functions/events/define.ts';
import { PromotionDecided } from '../../../functions/promotion/events.ts';
import { ModelAliasMoved } from '../../../functions/registry/events.ts';
import { ModelVersionValidated } from '../../../functions/validation/events.ts';

/** The pattern of a catalogue event, with conditions on fields of its data that the compiler knows. */
const pattern = <D>(event: EventDefinition<D>, data: { readonly [F in keyof D]?: unknown[] }) => ({
  source: [event.source],
  detailType: [event.type],
  detail: { data },
});

/**
 * A team's own reactions to Slipway's events, in a stack of its own: the bus is found by its name, so
 * that Slipway's stack knows nothing of them and either is deployed without the other.
 */
export class OwnRulesStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { environment: string }) {
    super(scope, id, props);
    const eventBus = EventBus.fromEventBusName(this, 'bus', `slipway-${props.environment}`);
    const deadLetterQueue = new Queue(this, 'dead', {
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const reliable = { deadLetterQueue, maxEventAge: Duration.hours(24), retryAttempts: 185 };

    // People hear of versions that failed, in a sentence.
    const failures = new Topic(this, 'failures', { enforceSSL: true });
    const data = (field: string) => EventField.fromPath(`$.detail.data.${field}`);
    new Rule(this, 'failed', {
      eventBus,
      eventPattern: pattern(ModelVersionValidated, { status: ['FAILED'], dry_run: [false] }),
      targets: [
        new SnsTopic(failures, {
          ...reliable,
          message: RuleTargetInput.fromText(
            `Version ${data('version')} of ${data('model')} failed: ${data('failed_checks')}`,
          ),
        }),
      ],
    });

    // Decisions on models of production go to a queue of the audit department.
    const decisions = new Queue(this, 'decisions', { enforceSSL: true });
    new Rule(this, 'decided', {
      eventBus,
      eventPattern: pattern(PromotionDecided, { model: [{ prefix: 'prod.' }] }),
      targets: [new SqsQueue(decisions, reliable)],
    });

    // A new champion starts the team's own state machine, named in a parameter.
    const arn = StringParameter.valueForStringParameter(this, '/team/refresh-cache');
    const refresh = StateMachine.fromStateMachineArn(this, 'refresh', arn);
    new Rule(this, 'champion', {
      eventBus,
      eventPattern: pattern(ModelAliasMoved, { alias: ['champion'] }),
      targets: [
        new SfnStateMachine(refresh, {
          ...reliable,
          input: RuleTargetInput.fromEventPath('$.detail.data'),
        }),
      ],
    });
  }
}
