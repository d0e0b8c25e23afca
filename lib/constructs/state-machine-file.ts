import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
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
    const open = placeholders(readFileSync(file, 'utf8'));
    super(scope, `${name}-state-machine`, {
      stateMachineName: `slipway-${options.environment.name}-${name}`,
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
    alarm(scope, `${name}-failed`, {
      metric: this.metricFailed(),
      threshold: 0,
      what: `An execution of ${name} failed.`,
      section: 'execution-failed',
    });
  }
}
