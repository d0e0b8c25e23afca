import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ROOT } from '../build/paths.ts';
import type { Environment } from '../environments.ts';
import { alarm } from './alarm.ts';

/** Names that a definition file leaves open: `${ValidationTasksFunctionArn}`. */
export function placeholders(definition: string): string[] {
  return [
    ...new Set([...definition.matchAll(/\$\{([A-Za-z0-9]+)\}/g)].map((match) => match[1] ?? '')),
  ];
}

/** A state machine from `statemachines/<name>.asl.json`; every placeholder must have a value. */
export class StateMachineFile extends StateMachine {
  constructor(
    scope: Construct,
    name: string,
    options: { environment: Environment; resolve: (placeholder: string) => string },
  ) {
    const file = join(ROOT, 'statemachines', `${name}.asl.json`);
    const definition = readFileSync(file, 'utf8');
    const open = placeholders(definition);
    const stateMachineName = `slipway-${options.environment.name}-${name}`;
    super(scope, `${name}-state-machine`, {
      stateMachineName,
      definitionBody: DefinitionBody.fromFile(file),
      definitionSubstitutions: Object.fromEntries(
        open.map((placeholder) => [placeholder, options.resolve(placeholder)]),
      ),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        destination: new LogGroup(scope, `${name}-executions`, {
          logGroupName: `/aws/vendedlogs/states/slipway-${options.environment.name}-${name}`,
          retention: options.environment.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    if (isDistributed(definition)) this.grantIterations(stateMachineName);
    alarm(scope, `${name}-failed`, {
      metric: this.metricFailed(),
      threshold: 0,
      what: `An execution of ${name} failed.`,
      section: 'execution-failed',
    });
  }

  /**
   * Iterations of a distributed Map are executions of the same machine. Named by text: a reference to
   * the machine in its own role's policy would be a circle.
   * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
   */
  private grantIterations(name: string): void {
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({
        service: 'states',
        resource,
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const allow = (actions: string[], resource: string) =>
      this.addToRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['states:StartExecution'], arn('stateMachine', name));
    allow(['states:DescribeExecution', 'states:StopExecution'], arn('execution', `${name}:*`));
    allow(['states:RedriveExecution'], arn('execution', `${name}/*:*`));
  }
}

const isDistributed = (definition: string) => /"Mode":\s*"DISTRIBUTED"/.test(definition);
