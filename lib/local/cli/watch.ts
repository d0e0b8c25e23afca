import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { watch } from 'chokidar';
import { ROOT } from '../../build/paths.ts';
import type { Host } from '../host.ts';
import type { RunningBuild } from './running-build.ts';

/** Editors save a file in several steps; a build waits until it is quiet for this long. */
const QUIET_MS = 150;

const SOURCES = ['functions', 'statemachines', 'lib'];

/** Rebuilds when a source is saved, and gives the running host the functions that changed. */
export function reloadOnSave(host: Host, build: RunningBuild): void {
  let restartDue = false;
  const rebuild = async () => {
    if (!(await built())) {
      return console.error('slipway: the build failed; the old code goes on');
    }
    build.renew();
    const { functions, restart } = host.reload(build.assembly);
    restartDue ||= restart.length > 0;
    // What waits for a restart runs the code that it was started with.
    if (!restartDue) build.prune();
    if (functions.length > 0) console.log(`Reloaded ${functions.join(', ')}`);
    if (restart.length > 0) console.log(`Start again to take the change of ${restart.join(', ')}`);
  };
  let timer: NodeJS.Timeout | undefined;
  let building = Promise.resolve();
  const saved = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(rebuild).catch((error: unknown) => console.error(error));
    }, QUIET_MS);
  };
  const folders = SOURCES.map((folder) => join(ROOT, folder));
  watch(folders, { ignoreInitial: true, persistent: false }).on('all', saved);
}

async function built(): Promise<boolean> {
  const build = spawn(process.execPath, [join(ROOT, 'lib/build/build.ts')], { stdio: 'inherit' });
  return (await new Promise((resolve) => build.once('exit', resolve))) === 0;
}
