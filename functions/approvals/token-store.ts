import {
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';

let client: SFNClient | undefined;

/** Answers a waiting task; one that was answered, has timed out or was stopped is left alone. */
export async function sendAnswer(taskToken: string, output: object): Promise<void> {
  client ??= new SFNClient({});
  try {
    await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
  } catch (error) {
    const over = [TaskTimedOut, TaskDoesNotExist, InvalidToken].some(
      (kind) => error instanceof kind,
    );
    if (!over) throw error;
  }
}
