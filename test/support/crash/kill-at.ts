import { dynamo } from '../../../functions/shared/dynamo/index.ts';

class Killed extends Error {}

/** Runs something and lets it die at its n-th call to DynamoDB, before or after the call took effect. */
export async function killAt(
  call: number,
  done: boolean,
  run: () => Promise<unknown>,
): Promise<void> {
  let calls = 0;
  const client = dynamo();
  const { send } = client;
  client.send = async (...args) => {
    calls += 1;
    if (calls > call || (calls === call && !done)) throw new Killed();
    const result = await send(...args);
    if (calls === call) throw new Killed();
    return result;
  };
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  } finally {
    client.send = send;
  }
}

/** Runs something, and something else just before its n-th call to DynamoDB. */
export async function before(
  call: number,
  other: () => Promise<unknown>,
  run: () => Promise<unknown>,
): Promise<void> {
  let calls = 0;
  const client = dynamo();
  const { send } = client;
  client.send = async (...args) => {
    calls += 1;
    if (calls === call) {
      client.send = send;
      await other();
    }
    return send(...args);
  };
  try {
    await run();
  } finally {
    client.send = send;
  }
  if (calls < call) await other();
}
