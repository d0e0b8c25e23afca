import type { IncomingMessage, ServerResponse } from 'node:http';
import { removeAddress } from './address-file.ts';
import { createAutoScaling } from './applicationautoscaling/index.ts';
import { type ArtifactOptions, artifactMounts } from './artifact-folders.ts';
import { awsPortListener } from './aws-port.ts';
import { createCloudFront } from './cloudfront/index.ts';
import { type CloudWatchOptions, createCloudWatch } from './cloudwatch/index.ts';
import { type Migrated, openDataDir } from './data-dir/index.ts';
import { createDynamoDb } from './dynamodb/index.ts';
import { createEventSources } from './event-sources/index.ts';
import { createEventBridge } from './eventbridge/index.ts';
import { isFromForeignPage } from './foreign-page.ts';
import { createGateway } from './gateway/index.ts';
import { createLambda } from './lambda/index.ts';
import type { Observer } from './observer.ts';
import { openPort } from './open-port.ts';
import { type Reloaded, reload } from './reload.ts';
import { HostReset, serveReset } from './reset.ts';
import { createS3 } from './s3/index.ts';
import { variantCapacities } from './sagemaker/endpoints/capacities.ts';
import { createSageMaker } from './sagemaker/index.ts';
import { createScheduler } from './scheduler/index.ts';
import { secretsKey } from './secrets-key.ts';
import type { Deliver, ResourceProvider } from './service.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, parseArn } from './shared/arn.ts';
import { UnsupportedError } from './shared/properties.ts';
import { createSns } from './sns/index.ts';
import { createSqs } from './sqs/index.ts';
import { createStepFunctions } from './stepfunctions/index.ts';
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
  const { dataDir, observer = {}, artifacts = {} } = options;
  const publicPort = await openPort(options.host, options.port, '--port');
  const awsPort = await openPort('127.0.0.1', options.awsPort, '--aws-port');
  const lock = await openDataDir(dataDir);
  const url = `http://${options.host}:${publicPort.number}`;
  const awsUrl = `http://127.0.0.1:${awsPort.number}`;
  let assembly = readAssembly(options.assembly);
  const imageFolder = (uri: string) => assembly.imageFolder(uri.split(':').at(-1) ?? '');

  const deliver: Deliver = async ({ arn, payload, executionName, attributes }) => {
    // What is still on its way is being forgotten.
    if (reset.underWay) return;
    const { service } = parseArn(arn);
    if (service === 'sqs') await sqs.queues.send(arn, payload, attributes);
    else if (service === 'events') eventBridge.receive(arn, payload);
    else if (service === 'lambda') await lambda.invokeAsync(arn, payload);
    else if (service === 'states') await stepFunctions.startExecution(arn, payload, executionName);
    else throw new UnsupportedError(`Nothing can be delivered to ${arn}`);
  };

  const dynamodb = await createDynamoDb({ dataDir, onCrash: options.onCrash });
  const sqs = createSqs({ dataDir, awsUrl: () => awsUrl });
  const eventBridge = createEventBridge({
    dataDir,
    deliver,
    onEvent: (event) => observer.event?.(event),
  });
  const s3 = createS3({
    dataDir,
    mounts: artifactMounts(artifacts),
    notify: (type, detail) => eventBridge.emit('aws.s3', type, detail),
  });
  const lambda = createLambda({
    dataDir,
    deliver,
    ...(options.sourceMaps && { sourceMaps: options.sourceMaps }),
    imageFolder,
    onError: (name, error) => observer.functionError?.(name, error),
    environment: () => ({ AWS_ENDPOINT_URL: awsUrl, AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint }),
  });
  const sageMaker = createSageMaker({
    dataDir,
    url,
    download: s3.download,
    upload: s3.upload,
    imageFolder,
    emit: (type, detail) => eventBridge.emit('aws.sagemaker', type, detail),
  });
  const metric: CloudWatchOptions['metric'] = (namespace, name, { EndpointName: endpoint = '' }) =>
    namespace === 'AWS/SageMaker' ? sageMaker.endpoints.metric(endpoint, name) : undefined;
  const autoScaling = createAutoScaling({
    dataDir,
    metric,
    capacities: variantCapacities(sageMaker.endpoints),
  });
  const cloudWatch = createCloudWatch({ dataDir, metric, act: autoScaling.execute });
  const stepFunctions = createStepFunctions({
    dataDir,
    lambda,
    sageMaker: sageMaker.jobs,
    awsUrl,
    dynamodbUrl: dynamodb.endpoint,
    emit: (type, detail) => eventBridge.emit('aws.states', type, detail),
  });
  const scheduler = createScheduler({ dataDir, deliver });
  const allowPrivate = options.allowPrivateWebhooks ?? false;
  const sns = createSns({ dataDir, deliver, allowPrivate });
  const eventSources = createEventSources({
    dataDir,
    dynamodb,
    queues: sqs.queues,
    lambda,
    deliver,
  });
  const gateway = createGateway({
    lambda,
    endpoint: url,
    auth: options.auth,
    store: awsUrl,
    before: async (request, response) => {
      if (options.resettable && (await serveReset(reset, request, response))) return true;
      if (isFromForeignPage(request)) {
        response.writeHead(403).end('Cross-origin request blocked');
        return true;
      }
      await reset.underWay;
      return cloudFront.answers(request, response);
    },
  });
  const { auth } = options;
  const cloudFront = createCloudFront({ lambda, s3, auth, endpoint: url, store: awsUrl });
  const invoke: Host['invoke'] = async (name, event) => {
    const { payload, functionError } = await lambda.invoke(name, JSON.stringify(event));
    const answer = JSON.parse(payload) as { errorMessage?: string };
    if (functionError) throw new Error(`${name}: ${answer.errorMessage}`);
    return answer;
  };
  const reset = new HostReset(
    {
      stepFunctions,
      sageMaker,
      lambda,
      gateway,
      s3,
      stores: [
        ...[dynamodb, sns, sqs, eventBridge, scheduler, autoScaling, cloudWatch],
        ...[gateway, eventSources],
      ],
    },
    async () => options.afterReset?.({ invoke }),
  );

  const services = [
    dynamodb,
    sqs,
    sns,
    eventBridge,
    s3,
    lambda,
    sageMaker,
    stepFunctions,
    scheduler,
    autoScaling,
    cloudWatch,
  ];
  const providers = new Map<string, ResourceProvider>();
  for (const { providers: own } of [
    ...services.filter(hasProviders),
    eventSources,
    gateway,
    cloudFront,
  ]) {
    for (const provider of own) providers.set(provider.type, provider);
  }
  const context = {
    region: LOCAL_REGION,
    accountId: LOCAL_ACCOUNT,
    assetPath: assembly.assetPath,
  };
  await createResources(assembly.template, providers, context, {
    AllowPrivateWebhooks: String(allowPrivate),
    ...(artifacts.defaultArtifactRoot && { DefaultArtifactRoot: artifacts.defaultArtifactRoot }),
    WebhookSecretsKey: secretsKey(dataDir),
  });
  mountWebInterface(s3, cloudFront.rootBucket(), options.ui);

  // What consumes starts before what feeds it.
  const started = [
    dynamodb,
    s3,
    lambda,
    sqs,
    sns,
    sageMaker,
    autoScaling,
    cloudWatch,
    stepFunctions,
    eventBridge,
    scheduler,
    eventSources,
  ];
  for (const service of started) await service.start();
  awsPort.listen(
    awsPortListener(services, {
      '/metrics': () => ['text/plain; version=0.0.4', lambda.metrics()],
      '/notifications': () => ['application/json', sns.messages()],
    }),
  );
  publicPort.listen((request, response) => {
    if (observer.request) observeRequest(observer, request, response);
    gateway.handle(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });

  return {
    url,
    awsUrl,
    ...(lock.migrated && { migrated: lock.migrated }),
    resources: countByType(Object.values(assembly.template.Resources).map(({ Type }) => Type)),
    invoke,
    reload: (folder) => {
      const fresh = readAssembly(folder);
      const reloaded = reload(assembly, fresh, lambda);
      assembly = fresh;
      return reloaded;
    },
    stop: async () => {
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

function observeRequest(observer: Observer, request: IncomingMessage, response: ServerResponse) {
  const started = performance.now();
  response.once('close', () => {
    const { method = '', url = '' } = request;
    observer.request?.(method, url, response.statusCode, performance.now() - started);
  });
}

const hasProviders = <T>(service: T): service is T & { providers: readonly ResourceProvider[] } =>
  typeof service === 'object' && service !== null && 'providers' in service;

function countByType(types: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of types) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
