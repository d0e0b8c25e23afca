import { startProgram } from '../../../../lib/local/shared/program.ts';

/** Runs a program that starts another one, as a host would: `node program-host.ts FOLDER`. */
const folder = process.argv[2] ?? '.';
await startProgram({
  command: ['/bin/sh', '-c', 'trap "" TERM; sleep 600 & echo $! > other; echo $$ > own; wait'],
  cwd: folder,
  environment: { PATH: process.env.PATH ?? '' },
  log: `${folder}/log`,
});
setInterval(() => {}, 1000);
