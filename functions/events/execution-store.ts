import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

let client: SFNClient | undefined;

/**
 * Starts an execution named after the event that asks for it. Names are used once in 90 days, so a
 * redelivered event starts nothing a second time.
 */
export async function startExecution(
  stateMachineArn: string,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  client ??= new SFNClient({});
  try {
    await client.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
