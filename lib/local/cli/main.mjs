// JavaScript, and no import of TypeScript before the cache is on: the first file whose types have to be
// taken off brings Node's parser for them into memory, and it stays there with some 25 MB.
import { enableCompileCache } from 'node:module';

// Under load V8 lets the young generation of each thread grow to 192 MB, and glibc gives some forty threads places
// of their own to allocate from, each as large as its worst moment: in two, an hour of load leaves half of that.
// Both are read at a process's start only, so this one begins anew, as the same process. Windows knows no such thing.
const YOUNG = '--max-semi-space-size=8';
const [, ...args] = process.argv;
if (args[1] === 'start' && !process.execArgv.includes(YOUNG) && process.platform !== 'win32') {
  process.execve(process.execPath, [process.execPath, ...process.execArgv, YOUNG, ...args], {
    MALLOC_ARENA_MAX: '2',
    ...process.env,
  });
}

// To make an ES module of `node:http` Node reads all of its members; for these it would bring up undici: 14 MB,
// and a tenth of the time to start. `fetch` brings it up when it is first called.
const http = process.getBuiltinModule('node:http');
for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) {
  Object.defineProperty(http, name, { value: undefined });
}

// Compiled modules are kept between starts.
enableCompileCache();
process.removeAllListeners('warning');

const { runCommand } = await import('./commands.ts');
// Everything is stopped by now; an idle connection must not hold up the end.
process.exit(await runCommand(process.argv.slice(2)));
