/** Calls an operation of an AWS API; rejects with the SDK's error. */
export type SdkCall = (service: string, operation: string, input: unknown) => Promise<unknown>;

interface Client {
  send(command: unknown): Promise<unknown>;
}

type ClientModule = Readonly<Record<string, unknown>>;

/** Clients that are here, by the name that `aws-sdk:<service>` has. */
const MODULES: Readonly<Record<string, { name: string; load: () => Promise<ClientModule> }>> = {
  applicationautoscaling: {
    name: 'ApplicationAutoScalingClient',
    load: () => import('@aws-sdk/client-application-auto-scaling'),
  },
  cloudwatch: { name: 'CloudWatchClient', load: () => import('@aws-sdk/client-cloudwatch') },
  dynamodb: { name: 'DynamoDBClient', load: () => import('@aws-sdk/client-dynamodb') },
  eventbridge: { name: 'EventBridgeClient', load: () => import('@aws-sdk/client-eventbridge') },
  lambda: { name: 'LambdaClient', load: () => import('@aws-sdk/client-lambda') },
  s3: { name: 'S3Client', load: () => import('@aws-sdk/client-s3') },
  sagemaker: { name: 'SageMakerClient', load: () => import('@aws-sdk/client-sagemaker') },
  scheduler: { name: 'SchedulerClient', load: () => import('@aws-sdk/client-scheduler') },
  sfn: { name: 'SFNClient', load: () => import('@aws-sdk/client-sfn') },
  sqs: { name: 'SQSClient', load: () => import('@aws-sdk/client-sqs') },
};

export const SDK_SERVICES: ReadonlySet<string> = new Set(Object.keys(MODULES));

/** An operation that the client does not have. */
class UnknownOperation extends Error {
  override readonly name = 'UnknownOperationException';
}

/** Calls through the SDK's own clients, each made on its first use. */
export function sdkCalls(options: {
  readonly region: string;
  readonly endpoint: (service: string) => string;
}): SdkCall {
  const clients = new Map<string, Client>();
  return async (service, operation, input) => {
    const known = MODULES[service];
    if (!known) throw new UnknownOperation(`There is no client for ${service}`);
    const module = await known.load();
    const command = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Command`;
    const Command = constructorOf(module, command);
    if (!Command) throw new UnknownOperation(`${service} has no operation ${operation}`);
    let client = clients.get(service);
    if (!client) {
      const ClientClass = constructorOf(module, known.name);
      if (!ClientClass) throw new UnknownOperation(`There is no client for ${service}`);
      client = new ClientClass({
        region: options.region,
        endpoint: options.endpoint(service),
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        // The state machine's own Retry decides.
        maxAttempts: 1,
        // Or StartSyncExecution would go to a host named sync-127.0.0.1.
        disableHostPrefix: true,
      }) as Client;
      clients.set(service, client);
    }
    return client.send(new Command(input));
  };
}

type Constructor = new (argument: unknown) => unknown;

function constructorOf(module: ClientModule, name: string): Constructor | undefined {
  const value = Object.hasOwn(module, name) ? module[name] : undefined;
  return typeof value === 'function' ? (value as Constructor) : undefined;
}
