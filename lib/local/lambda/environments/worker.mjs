// Where a worker thread begins. JavaScript, and no import of TypeScript before the cache is on, as in
// `cli/main.mjs`: each thread would take its own copy of Node's parser for types into memory, 8 MB.
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./runtime.ts');
