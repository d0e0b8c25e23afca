import type { IncomingMessage, ServerResponse } from 'node:http';
import { removeAddress } from './address-file.ts';
import { isForAnyName, ofAllowedHosts } from './allowed-hosts.ts';
import type { ArtifactOptions } from './artifact-folders.ts';
import { awsPortListener } from './aws-port.ts';
import type { Damage } from './data-dir/damage.ts';
import { type Migrated, openDataDir } from './data-dir/index.ts';
import { watchPresence } from './data-dir/presence.ts';
import type { Observer } from './observer.ts';
import { type Listener, openPort } from './open-port.ts';
import { type Reloaded, reload } from './reload.ts';
import { secretsKey } from './secrets-key.ts';
import type { AwsService } from './service.ts';
import { createServices, providersOf } from './services.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from './shared/arn.ts';
import { readAssembly } from './template/assembly.ts';
import { createResources } from './template/create-resources.ts';
import { mountWebInterface } from './ui/index.ts';

export interface HostOptions {
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** 0: a free one. */
  readonly awsPort: number;
  /** Further hosts that requests may name, on ports that are reached from this machine only on any. */
  readonly allowedHosts?: readonly string[];
  /** Whether functions may call private addresses that users name. */
  readonly allowPrivateWebhooks?: boolean;
  /** Who may call the public API: everybody, or bearers of a token. */
  readonly auth: 'none' | 'token';
  /** Where artifacts are kept; by default in the data directory. */
  readonly artifacts?: ArtifactOptions;
  /** Folder with a build of MLflow's web interface. */
  readonly ui?: string;
  /** Whether `POST /__reset` empties the host. */
  readonly resettable: boolean;
  /** Called when the host is empty again, before the next request. */
  readonly afterReset?: (host: Pick<Host, 'invoke'>) => Promise<void>;
  /** Told of what happens. */
  readonly observer?: Observer;
  /** Folder of the bundles' source maps. */
  readonly sourceMaps?: string;
  /** A part that the host cannot do without has ended. */
  readonly onCrash: (error: Error) => void;
}

export interface Host {
  readonly url: string;
  readonly awsUrl: string;
  /** How many resources the template created, by type. */
  readonly resources: Readonly<Record<string, number>>;
  /** There when the data directory was of an older layout. */
  readonly migrated?: Migrated;
  /** Logs of databases that were found damaged. */
  readonly damages: readonly Damage[];
  /** Calls a function of the template; throws what it threw, by its message. */
  invoke(functionName: string, event: object): Promise<unknown>;
  /** Takes the functions' code of an assembly that was built anew. */
  reload(assembly: string): Reloaded;
  stop(): Promise<void>;
}

/**
 * Boots a synthesized template: the services first, then its resources, then the traffic. Throws
 * `UsageError`, with nothing changed, when a port or the data directory cannot be had.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { dataDir, observer = {}, artifacts = {}, allowedHosts = [] } = options;
  const publicPort = await openPort(options.host, options.port, '--port');
  const awsPort = await openPort('127.0.0.1', options.awsPort, '--aws-port');
  const lock = await openDataDir(dataDir);
  const unwatch = watchPresence(dataDir, options.onCrash);
  const url = `http://${options.host}:${publicPort.number}`;
  const awsUrl = `http://127.0.0.1:${awsPort.number}`;
  const booted = readAssembly(options.assembly);
  let assembly = booted;

  // Functions name the images that the template named when it was booted.
  const imageFolder = (uri: string) => booted.imageFolder(uri.split(':').at(-1) ?? '');
  const all = await createServices(options, { url, awsUrl, imageFolder });
  const { services, eventSources, gateway, cloudFront, lambda, s3, sns, invoke } = all;
  const { template, assetPath } = booted;
  const context = { region: LOCAL_REGION, accountId: LOCAL_ACCOUNT, assetPath };
  await createResources(template, providersOf(all), context, {
    AllowPrivateWebhooks: String(options.allowPrivateWebhooks ?? false),
    ...(artifacts.defaultArtifactRoot && { DefaultArtifactRoot: artifacts.defaultArtifactRoot }),
    WebhookSecretsKey: secretsKey(dataDir),
  });
  mountWebInterface(s3, cloudFront.rootBucket(), options.ui);

  const started = [...services, eventSources];
  for (const service of started) await service.start();
  const aws = awsPortListener(services, {
    '/metrics': () => ['text/plain; version=0.0.4', lambda.metrics()],
    '/notifications': () => ['application/json', sns.messages()],
  });
  awsPort.listen(ofAllowedHosts(allowedHosts, aws));
  const api = apiListener(gateway);
  const guarded = isForAnyName(publicPort.address, allowedHosts)
    ? api
    : ofAllowedHosts([options.host, ...allowedHosts], api);
  publicPort.listen((request, response) => {
    if (observer.request) observeRequest(observer, request, response);
    guarded(request, response);
  });

  return {
    url,
    awsUrl,
    damages: lock.damages,
    ...(lock.migrated && { migrated: lock.migrated }),
    resources: countByType(Object.values(template.Resources).map(({ Type }) => Type)),
    invoke,
    reload: (folder) => {
      const fresh = readAssembly(folder);
      const reloaded = reload(assembly, fresh, lambda);
      assembly = fresh;
      return reloaded;
    },
    stop: async () => {
      unwatch();
      removeAddress(dataDir);
      gateway.close();
      await publicPort.close();
      await gateway.stop();
      for (const service of started.toReversed()) await service.stop();
      await awsPort.close();
      lock.release();
    },
  };
}

function apiListener(gateway: Pick<AwsService, 'handle'>): Listener {
  return (request, response) => {
    gateway.handle(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
}

function observeRequest(observer: Observer, request: IncomingMessage, response: ServerResponse) {
  const started = performance.now();
  response.once('close', () => {
    const { method = '', url = '' } = request;
    observer.request?.(method, url, response.statusCode, performance.now() - started);
  });
}

function countByType(types: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of types) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
