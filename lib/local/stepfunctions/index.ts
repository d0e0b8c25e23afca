import { join } from 'node:path';
import type { AwsService, LambdaInvoker, Lifecycle, ResourceProvider } from '../service.ts';
import { LOCAL_REGION } from '../shared/arn.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { openDatabase } from '../shared/database.ts';
import { HOURLY_MS, Housekeeping } from '../shared/housekeeping.ts';
import { startExecution, stepFunctionsOperations } from './api/operations.ts';
import { type Clock, systemClock } from './engine/clock.ts';
import { ExpressExecutions } from './execution/express.ts';
import { Machines } from './execution/machines.ts';
import { forgetOldExecutions } from './execution/retention.ts';
import { StandardExecutions, type StandardOptions } from './execution/standard.ts';
import { Tokens } from './execution/tokens.ts';
import { integrations } from './integrations/integrations.ts';
import { type IsOffered, type SdkCall, sdkCalls } from './integrations/sdk-call.ts';
import type { TrainingJobs } from './integrations/training-job.ts';
import { EMPTY, SCHEMA } from './journal/schema.ts';
import { prepareStatements } from './journal/statements.ts';
import { stateMachineProvider } from './provider.ts';

export interface StepFunctionsOptions {
  readonly dataDir: string;
  readonly lambda: LambdaInvoker;
  readonly sageMaker: TrainingJobs;
  /** Where `aws-sdk:` and the other integrations find the AWS APIs. */
  readonly awsUrl: string;
  readonly dynamodbUrl: string;
  readonly emit: StandardOptions['emit'];
  readonly sdk?: SdkCall;
  /** What the AWS APIs answer; a machine that calls anything else is refused. By default all is taken. */
  readonly isOffered?: IsOffered;
  readonly clock?: Clock;
}

interface StepFunctions extends AwsService, Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /**
   * Starts an execution; durable when it resolves. The name is its idempotency key: one that a
   * repeated delivery brings again starts nothing. Rejects with an AwsError.
   */
  startExecution(machineArn: string, input: string, name?: string): Promise<void>;
  /** Forgets every execution; what was running ends without a word. */
  reset(): Promise<void>;
}

/** Step Functions: machines of the template, executions in `stepfunctions.db`. */
export function createStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const clock = options.clock ?? systemClock;
  const database = openDatabase(join(options.dataDir, 'stepfunctions.db'), SCHEMA);
  const statements = prepareStatements(database);
  const machines = new Machines();
  const tokens = new Tokens(statements);
  const sdk =
    options.sdk ??
    sdkCalls({
      region: LOCAL_REGION,
      endpoint: (service) => (service === 'dynamodb' ? options.dynamodbUrl : options.awsUrl),
    });
  const call = integrations({
    lambda: options.lambda,
    trainingJobs: options.sageMaker,
    sdk,
    machines,
    executions: () => standard,
  });
  const standard = new StandardExecutions({
    database,
    statements,
    machines,
    tokens,
    clock,
    call,
    emit: options.emit,
  });
  const express = new ExpressExecutions({ clock, call, machines, statements });
  const housekeeping = new Housekeeping('Old executions', HOURLY_MS, (signal) =>
    forgetOldExecutions(database, statements, clock.now(), signal),
  );
  const suspend = () => Promise.all([standard.suspend(), express.suspend()]);
  return {
    ...awsJsonService({
      signingName: 'states',
      version: '1.0',
      operations: stepFunctionsOperations({ machines, standard, express, tokens, statements }),
    }),
    providers: [
      stateMachineProvider(machines, () => clock.now(), options.isOffered ?? (() => true)),
    ],
    startExecution: async (machineArn, input, name) => {
      try {
        startExecution({ machines, standard, express }, machineArn, input, name);
      } catch (error) {
        const repeated = error instanceof Error && error.name === 'ExecutionAlreadyExists';
        if (!repeated) throw error;
      }
    },
    reset: async () => {
      await suspend();
      database.exec(EMPTY);
    },
    start: async () => {
      standard.resume();
      express.resume();
      housekeeping.start();
    },
    stop: async () => {
      await Promise.all([suspend(), housekeeping.stop()]);
      database.close();
    },
  };
}
