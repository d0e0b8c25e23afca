import { spawn } from 'node:child_process';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
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
  watchFolders(saved);
}

/**
 * One watch per folder: on Linux Node's recursive watch loses a file that an editor replaces.
 * Folders made later are found at the next save anywhere.
 */
function watchFolders(saved: () => void): void {
  const watched = new Set<string>();
  const add = () => {
    for (const folder of SOURCES.flatMap(foldersIn)) {
      if (watched.has(folder)) continue;
      watched.add(folder);
      watch(folder, onChange).unref();
    }
  };
  const onChange = () => {
    add();
    saved();
  };
  add();
}

function foldersIn(source: string): string[] {
  const root = join(ROOT, source);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const inner = entries.filter((entry) => entry.isDirectory());
  return [root, ...inner.map(({ parentPath, name }) => join(parentPath, name))];
}

async function rebuild(host: Host): Promise<void> {
  const build = spawn(process.execPath, [join(ROOT, 'lib/build/build.ts')], { stdio: 'inherit' });
  const status = await new Promise((resolve) => build.once('exit', resolve));
  if (status !== 0) return console.error('slipway: the build failed; the old code goes on');
  const { functions, restart } = host.reload(assemblyDir('dev'));
  if (functions.length > 0) console.log(`Reloaded ${functions.join(', ')}`);
  if (restart.length > 0) console.log(`Start again to take the change of ${restart.join(', ')}`);
}
