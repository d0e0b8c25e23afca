import { enableCompileCache } from 'node:module';

// Compiled modules are kept between starts; this must come before the first import of ours.
enableCompileCache();
process.removeAllListeners('warning');

const { runCommand } = await import('./commands.ts');
process.exitCode = await runCommand(process.argv.slice(2));
