import { parseArgs } from 'node:util';
import { environmentName } from '../environments.ts';
import { assemblyDir } from './paths.ts';
import { synthesize } from './synthesize.ts';

/** `npm run synth -- [-c environment=dev|staging|prod]`: the template, validated. */
await import('./build.ts');
const { values } = parseArgs({
  options: { context: { type: 'string', short: 'c', multiple: true } },
});
const context = Object.fromEntries((values.context ?? []).map((pair) => pair.split('=', 2)));
const environment = environmentName(context.environment ?? 'dev');
await synthesize(environment, { validate: true });
console.log(assemblyDir(environment));
