import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildCommand, ROOT } from '../../lib/build/paths.ts';
import { synthesize } from '../../lib/build/synthesize.ts';

const into = mkdtempSync(join(tmpdir(), 'slipway-assembly-'));
const report = join(into, 'validation-report.json');
const dataDir = mkdtempSync(join(tmpdir(), 'slipway-data-'));

afterAll(() => {
  for (const folder of [into, dataDir]) rmSync(folder, { recursive: true, force: true });
});

describe('synthesize', () => {
  it('validates when asked to, also after a build that did not, and the other way round', async () => {
    await synthesize('dev', { validate: false, into });
    expect(existsSync(report)).toBe(false);

    await synthesize('dev', { validate: true, into });
    expect(existsSync(report)).toBe(true);

    await synthesize('dev', { validate: false, into });
    expect(existsSync(report)).toBe(false);
  });

  for (const environment of ['staging', 'prod'] as const) {
    it(`writes a valid template of ${environment}`, async () => {
      await synthesize(environment, { validate: true, into });
      const template = readFileSync(join(into, `Slipway-${environment}.template.json`), 'utf8');
      expect(JSON.parse(template)).toHaveProperty('Resources');
      expect(readFileSync(report, 'utf8')).not.toContain('failure');
    });

    it(`writes a template of ${environment} that the local host boots`, async () => {
      await synthesize(environment, { validate: false, into });
      const program = join(ROOT, 'test/support/host/boot-assembly.ts');
      const args = [program, '--assembly', into, '--data-dir', join(dataDir, environment)];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    });
  }
});

describe('buildCommand', () => {
  it('names the command that writes the assembly of an environment', () => {
    expect(buildCommand('dev')).toBe('npm run build');
    expect(buildCommand('prod')).toBe('npm run synth -- -c environment=prod');
  });
});
