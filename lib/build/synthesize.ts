import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentName } from '../environments.ts';
import { assemblyDir } from './paths.ts';

/**
 * Writes the cloud assembly of an environment to `cdk.out/<environment>`. CDK's own validation of
 * the template takes two seconds and never changes it: only deployment and CI ask for it.
 */
export async function synthesize(
  environment: EnvironmentName,
  options: { validate: boolean },
): Promise<void> {
  if (!options.validate) process.env.CDK_VALIDATION = 'false';
  const { slipwayApp } = await import('../slipway-app.ts');
  const outdir = mkdtempSync(join(tmpdir(), 'slipway-synth-'));
  try {
    slipwayApp(environment, { outdir }).synth();
    rmSync(assemblyDir(environment), { recursive: true, force: true });
    cpSync(outdir, assemblyDir(environment), { recursive: true });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
