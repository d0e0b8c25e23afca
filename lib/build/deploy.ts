import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { publish } from '../front/publish.ts';
import { isWebBuild, LANDING } from '../front/web-files.ts';
import { ROOT } from './paths.ts';

const CDK = 'aws-cdk@2.1148.1';

/**
 * `npm run deploy -- [-c environment=prod] [--profile P] [--ui DIR] [flags of cdk deploy]`: the stack, then the files of
 * the web interface into their bucket: those of `--ui`, what `npm run ui` fetched, or a page that says how.
 */
const { values } = parseArgs({
  strict: false,
  options: { ui: { type: 'string' }, profile: { type: 'string' } },
});
const given = typeof values.ui === 'string' ? resolve(values.ui) : join(ROOT, '.slipway/ui');
if (values.ui !== undefined && !isWebBuild(given)) {
  console.error(`deploy: --ui ${given} holds no index.html`);
  process.exit(1);
}
if (typeof values.profile === 'string') process.env.AWS_PROFILE = values.profile;

await import('./build.ts');
const folder = mkdtempSync(join(tmpdir(), 'slipway-deploy-'));
const outputsFile = join(folder, 'outputs.json');
const flags = withoutUi(process.argv.slice(2));
const { status } = spawnSync(
  'npx',
  ['--yes', CDK, 'deploy', '--outputs-file', outputsFile, ...flags],
  { stdio: 'inherit', cwd: ROOT },
);
if (status === 0) {
  const stacks = JSON.parse(readFileSync(outputsFile, 'utf8')) as Record<string, Outputs>;
  for (const { Url: url, UiBucket: bucket } of Object.values(stacks)) {
    const build = isWebBuild(given) ? given : LANDING;
    const client = new S3Client({ followRegionRedirects: true });
    const { stored, kept, removed } = await publish(client, bucket, build);
    console.log(`Web interface: ${stored} files stored, ${kept} as they were, ${removed} removed`);
    console.log(url);
  }
}
rmSync(folder, { recursive: true });
process.exit(status ?? 1);

interface Outputs {
  readonly Url: string;
  readonly UiBucket: string;
}

/** The flags without those that CDK does not know. */
function withoutUi(flags: readonly string[]): string[] {
  return flags.filter((flag, i) => !/^--ui(=|$)/.test(flag) && flags[i - 1] !== '--ui');
}
