import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentName } from '../environments.ts';
import { assemblyDir } from './paths.ts';

/**
 * Writes the cloud assembly of an environment to `cdk.out/<environment>`. CDK's own validation of
 * the template takes two seconds and never changes it: only `npm run synth` and a deployment ask
 * for it; its findings go to `validation-report.json`.
 */
export async function synthesize(
  environment: EnvironmentName,
  options: { validate: boolean; into?: string },
): Promise<void> {
  const { validate, into = assemblyDir(environment) } = options;
  // One process may do both: a build, then the validated template.
  if (validate) delete process.env.CDK_VALIDATION;
  else process.env.CDK_VALIDATION = 'false';
  const { slipwayApp } = await import('../slipway-app.ts');
  const outdir = mkdtempSync(join(tmpdir(), 'slipway-synth-'));
  // Whoever starts meanwhile finds the old assembly or the new one.
  const fresh = `${into}.${process.pid}`;
  try {
    slipwayApp(environment, { outdir }).synth();
    cpSync(outdir, fresh, { recursive: true });
    rmSync(into, { recursive: true, force: true });
    renameSync(fresh, into);
  } finally {
    for (const folder of [outdir, fresh]) rmSync(folder, { recursive: true, force: true });
  }
}
