import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { watch } from 'chokidar';
import { assemblyDir, ROOT } from '../../build/paths.ts';
import type { Host } from '../host.ts';

/** Editors save a file in several steps; a build waits until it is quiet for this long. */
const QUIET_MS = 150;

const SOURCES = ['functions', 'statemachines', 'lib'];

/** Rebuilds when a source is saved, and gives the running host the functions that changed. */
export function reloadOnSave(host: Host): void {
  let timer: NodeJS.Timeout | undefined;
  let building = Promise.resolve();
  const saved = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(() => rebuild(host)).catch((error: unknown) => console.error(error));
    }, QUIET_MS);
  };
  const folders = SOURCES.map((folder) => join(ROOT, folder));
  watch(folders, { ignoreInitial: true, persistent: false }).on('all', saved);
}

async function rebuild(host: Host): Promise<void> {
  const build = spawn(process.execPath, [join(ROOT, 'lib/build/build.ts')], { stdio: 'inherit' });
  const status = await new Promise((resolve) => build.once('exit', resolve));
  if (status !== 0) return console.error('slipway: the build failed; the old code goes on');
  const { functions, restart } = host.reload(assemblyDir('dev'));
  if (functions.length > 0) console.log(`Reloaded ${functions.join(', ')}`);
  if (restart.length > 0) console.log(`Start again to take the change of ${restart.join(', ')}`);
}
