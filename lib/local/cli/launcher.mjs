#!/usr/bin/env node
// The `slipway` command. It needs Node 24 (SQLite, type stripping), which the project brings along,
// so it may itself be started by any Node from 20 on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const main = join(root, 'lib/local/cli/main.mjs');

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(main);
} else {
  const node = join(root, 'node_modules/node/bin/node');
  if (!existsSync(node)) {
    console.error('slipway: Node 24 is missing; run `npm ci` first');
    process.exit(1);
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
