import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { unzipSync } from 'fflate';
import { makeFolder } from '../shared/make-folder.ts';
import { wholeModule } from './whole-modules.ts';

/** The release whose wire format Slipway speaks, and the SHA-256 of its wheel. */
const VERSION = '3.11.1';
const SHA256 = '8f6bf1238ac04f97664c229dd480380c5c254a78bdb3c0e433e3a0397508b1af';

/** Describes every release of the package with the addresses of its files. */
const INDEX = 'https://pypi.org/pypi/mlflow/json';

/** Where the wheel has the build of the web interface. */
const BUILD = 'mlflow/server/js/build/';

interface Release {
  readonly filename: string;
  readonly url: string;
}

/** Puts MLflow's own web interface into a folder, or leaves the folder as it is. */
async function fetchUi(folder: string): Promise<{ files: number }> {
  const wheel = await download(await addressOfWheel());
  const found = createHash('sha256').update(wheel).digest('hex');
  if (found !== SHA256) throw new Error(`The wheel's SHA-256 is ${found}, not ${SHA256}`);
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const files = Object.entries(buildOf(wheel));
  for (const [name, content] of files) {
    const path = join(fresh, name);
    makeFolder(dirname(path));
    writeFileSync(path, content);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return { files: files.length };
}

/** The files of the web interface in a wheel, which is a ZIP archive, by their path in its build. */
export function buildOf(wheel: Uint8Array): Record<string, Uint8Array> {
  const found = unzipSync(wheel, {
    filter: ({ name }) => name.startsWith(BUILD) && !name.endsWith('/'),
  });
  const files = Object.entries(found).map(([name, content]) => [
    name.slice(BUILD.length),
    wholeModule(name, content),
  ]);
  if (files.length === 0) throw new Error(`The wheel has no ${BUILD}`);
  return Object.fromEntries(files);
}

async function addressOfWheel(): Promise<string> {
  const { releases } = JSON.parse((await download(INDEX)).toString('utf8')) as {
    releases: Record<string, Release[]>;
  };
  const wheel = releases[VERSION]?.find(({ filename }) => filename.endsWith('.whl'));
  if (!wheel) throw new Error(`${INDEX} names no wheel of ${VERSION}`);
  return new URL(wheel.url, INDEX).href;
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string', default: '.slipway' } },
  });
  const folder = join(resolve(values['data-dir']), 'ui');
  try {
    const { files } = await fetchUi(folder);
    console.log(
      `MLflow ${VERSION}: ${files} files in ${folder}; \`slipway start\` serves them at /`,
    );
  } catch (error) {
    const { message, cause } = error as Error;
    console.error(`ui: ${message}${cause instanceof Error ? `: ${cause.message}` : ''}`);
    process.exit(1);
  }
}
