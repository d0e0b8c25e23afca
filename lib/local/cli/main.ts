import { enableCompileCache } from 'node:module';

// Compiled modules are kept between starts; this must come before the first import of ours.
enableCompileCache();
process.removeAllListeners('warning');

const { runCommand } = await import('./commands.ts');
// Everything is stopped by now; an idle connection must not hold up the end.
process.exit(await runCommand(process.argv.slice(2)));
