import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type EnvironmentName, environmentName } from '../../environments.ts';
import { isWebBuild } from '../../front/web-files.ts';
import { type ArtifactOptions, artifactRoot, artifactsDestination } from '../artifact-folders.ts';
import { orUsageError, UsageError } from '../usage-error.ts';

/** What `slipway start` was asked for (docs of the flags: README, "Running it"). */
interface StartOptions {
  readonly host: string;
  readonly port: number;
  /** 0: a free one. */
  readonly awsPort: number;
  readonly dataDir: string;
  readonly ephemeral: boolean;
  readonly environment: EnvironmentName;
  readonly allowPrivateWebhooks: boolean;
  /** Further hosts that requests may name. */
  readonly allowedHosts: readonly string[];
  readonly auth: 'none' | 'token';
  readonly artifacts: ArtifactOptions;
  /** Folder with a build of MLflow's web interface. */
  readonly ui?: string;
  /** Whether each request is printed. */
  readonly verbose: boolean;
  /** Whether functions are reloaded when their sources are saved. */
  readonly watch: boolean;
}

export function parseStartOptions(args: readonly string[]): StartOptions {
  const values = parse(args);
  return {
    host: values.host,
    port: port(values.port, '--port'),
    awsPort: port(values['aws-port'], '--aws-port'),
    dataDir: resolve(values['data-dir']),
    ephemeral: values.ephemeral,
    environment: orUsageError(() => environmentName(values.environment)),
    allowPrivateWebhooks: values['allow-private-webhooks'],
    allowedHosts: list(values['allowed-hosts'] ?? process.env.MLFLOW_SERVER_ALLOWED_HOSTS),
    auth: auth(values.auth),
    artifacts: artifacts(values),
    ...ui(values.ui, values['data-dir']),
    verbose: values.verbose,
    watch: values.watch,
  };
}

function parse(args: readonly string[]) {
  return orUsageError(
    () =>
      parseArgs({
        args: [...args],
        options: {
          host: { type: 'string', default: '127.0.0.1' },
          port: { type: 'string', default: '5000' },
          'aws-port': { type: 'string', default: '0' },
          'data-dir': { type: 'string', default: '.slipway' },
          ephemeral: { type: 'boolean', default: false },
          environment: { type: 'string', default: 'dev' },
          auth: { type: 'string', default: 'none' },
          'default-artifact-root': { type: 'string' },
          'artifacts-destination': { type: 'string' },
          'allow-private-webhooks': { type: 'boolean', default: false },
          'allowed-hosts': { type: 'string' },
          ui: { type: 'string' },
          verbose: { type: 'boolean', default: false },
          watch: { type: 'boolean', default: false },
        },
      }).values,
  );
}

function artifacts(values: ReturnType<typeof parse>): ArtifactOptions {
  const root = values['default-artifact-root'];
  const destination = values['artifacts-destination'];
  return {
    ...(root !== undefined && { defaultArtifactRoot: artifactRoot(root) }),
    ...(destination !== undefined && { artifactsDestination: artifactsDestination(destination) }),
  };
}

/** The folder that was named, else what `npm run ui` put into the data directory. */
function ui(given: string | undefined, dataDir: string): Pick<StartOptions, 'ui'> {
  const folder = resolve(given ?? join(dataDir, 'ui'));
  if (isWebBuild(folder)) return { ui: folder };
  if (given === undefined) return {};
  throw new UsageError(
    `--ui ${given} holds no index.html; \`npm run ui\` fetches MLflow's interface`,
  );
}

/** What stands between commas. */
const list = (text = ''): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

function auth(text: string): StartOptions['auth'] {
  if (text === 'none' || text === 'token') return text;
  throw new UsageError(`--auth must be none or token, not '${text}'`);
}

/** Throws `UsageError`. */
export function port(text: string, flag: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new UsageError(`${flag} must be a port number, not '${text}'`);
  }
  return value;
}
