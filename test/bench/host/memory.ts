import { setTimeout as pause } from 'node:timers/promises';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';
import { type Figure, single } from '../figures.ts';
import { usageOfTree } from '../tracking/process-tree.ts';

const WARM_FUNCTIONS = 16;

/** Resident memory of the host with its engine: at rest, and with sixteen functions warm. */
export async function benchMemory(): Promise<Figure[]> {
  const { idleMb, warmMb } = await residentMemory();
  return [
    single('idle, resident', 'MB', idleMb, { limits: [{ of: 'value', atMost: 150 }] }),
    single(`${WARM_FUNCTIONS} warm functions, resident`, 'MB', warmMb, {
      limits: [{ of: 'value', atMost: 700 }],
    }),
  ];
}

/** Megabytes of a host that is not the first on its sources: their compiled form is kept between starts. */
async function residentMemory(): Promise<{ idleMb: number; warmMb: number }> {
  const host = new TestHost();
  await host.start();
  try {
    await pause(3000);
    const idleMb = usageOfTree(host.pid).rssMb;
    await warmFunctions(host.awsUrl);
    await pause(2000);
    return { idleMb, warmMb: usageOfTree(host.pid).rssMb };
  } finally {
    await host.stop();
  }
}

/** What they answer does not matter, only that their code is loaded. */
export async function warmFunctions(endpoint: string): Promise<void> {
  const lambda = new LambdaClient({ ...LOCAL_CLIENT, endpoint });
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  for (const { FunctionName } of Functions.slice(0, WARM_FUNCTIONS)) {
    await lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{"Records":[]}') }));
  }
  lambda.destroy();
}
