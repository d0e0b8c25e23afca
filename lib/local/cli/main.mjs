// JavaScript, and no import of TypeScript before the cache is on: the first file whose types have to be
// taken off brings Node's parser for them into memory, and it stays there with some 25 MB.
import { enableCompileCache } from 'node:module';

// Compiled modules are kept between starts.
enableCompileCache();
process.removeAllListeners('warning');

const { runCommand } = await import('./commands.ts');
// Everything is stopped by now; an idle connection must not hold up the end.
process.exit(await runCommand(process.argv.slice(2)));
