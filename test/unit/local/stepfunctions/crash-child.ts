// Runs a machine until it is killed. Arguments: data folder, machine as JSON states, its type.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { startService } from './service.ts';

const [dataDir = '', states = '{}', StateMachineType = 'STANDARD'] = process.argv.slice(2);
const log = (text: string) => appendFileSync(join(dataDir, 'calls.log'), `${text}\n`);

const service = await startService({
  dataDir,
  functions: {
    note: ({ what, token }: { what: string; token?: string }) => {
      log(token === undefined ? what : `${what} ${token}`);
      return what;
    },
    // Never answers: the process dies in the middle of the call.
    stuck: ({ what }: { what: string }) => {
      log(what);
      return new Promise(() => undefined);
    },
  },
});
const machine = await service.machine('m', JSON.parse(states), { StateMachineType });
await service.startExecution(machine, '{"n":1}', 'crash');
process.stdout.write('started\n');
