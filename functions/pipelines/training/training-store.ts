import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { requiredEnv } from '../../shared/env.ts';

let client: SFNClient | undefined;

const sfn = (): SFNClient => {
  client ??= new SFNClient({});
  return client;
};

/** Starts the state machine for an execution; a second call with the same id does nothing. */
export async function startTraining(executionId: string, correlationId: string): Promise<void> {
  try {
    await sfn().send(
      new StartExecutionCommand({
        stateMachineArn: requiredEnv('STATE_MACHINE_TRAIN'),
        name: executionId,
        input: JSON.stringify({ execution_id: executionId, correlation_id: correlationId }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

/** What is said of a training that was stopped by this platform's API. */
export const STOPPED = { error: 'Stopped', cause: 'stopped by a person' } as const;

/** Stops the state machine of an execution, if it was started. */
export async function stopTraining(executionId: string): Promise<void> {
  const executionArn = `${requiredEnv('STATE_MACHINE_TRAIN').replace(':stateMachine:', ':execution:')}:${executionId}`;
  try {
    await sfn().send(new StopExecutionCommand({ executionArn, ...STOPPED }));
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
  }
}
