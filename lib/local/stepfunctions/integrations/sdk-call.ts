/** Calls an operation of an AWS API; rejects with the SDK's error. */
export type SdkCall = (service: string, operation: string, input: unknown) => Promise<unknown>;

interface Client {
  send(command: unknown): Promise<unknown>;
}

type ClientModule = Readonly<Record<string, unknown>>;

interface ClientSource {
  readonly name: string;
  /** What its calls are signed for. */
  readonly signs: string;
  readonly load: () => Promise<ClientModule>;
}

/** Clients that are here, by the name that `aws-sdk:<service>` has. */
const MODULES: Readonly<Record<string, ClientSource>> = {
  applicationautoscaling: {
    name: 'ApplicationAutoScalingClient',
    signs: 'application-autoscaling',
    load: () => import('@aws-sdk/client-application-auto-scaling'),
  },
  cloudwatch: {
    name: 'CloudWatchClient',
    signs: 'monitoring',
    load: () => import('@aws-sdk/client-cloudwatch'),
  },
  dynamodb: {
    name: 'DynamoDBClient',
    signs: 'dynamodb',
    load: () => import('@aws-sdk/client-dynamodb'),
  },
  eventbridge: {
    name: 'EventBridgeClient',
    signs: 'events',
    load: () => import('@aws-sdk/client-eventbridge'),
  },
  lambda: { name: 'LambdaClient', signs: 'lambda', load: () => import('@aws-sdk/client-lambda') },
  s3: { name: 'S3Client', signs: 's3', load: () => import('@aws-sdk/client-s3') },
  sagemaker: {
    name: 'SageMakerClient',
    signs: 'sagemaker',
    load: () => import('@aws-sdk/client-sagemaker'),
  },
  scheduler: {
    name: 'SchedulerClient',
    signs: 'scheduler',
    load: () => import('@aws-sdk/client-scheduler'),
  },
  sfn: { name: 'SFNClient', signs: 'states', load: () => import('@aws-sdk/client-sfn') },
  sqs: { name: 'SQSClient', signs: 'sqs', load: () => import('@aws-sdk/client-sqs') },
};

/** Whether a service, by what its calls are signed for, answers an operation. */
export type IsOffered = (signingName: string, operation: string) => boolean;

/** Why a Task cannot call an operation, as its resource names it, or undefined when it can. */
export function sdkProblem(
  service: string,
  operation: string,
  isOffered: IsOffered,
): string | undefined {
  const source = Object.hasOwn(MODULES, service) ? MODULES[service] : undefined;
  if (!source) return `aws-sdk:${service} is not available`;
  if (isOffered(source.signs, capitalized(operation))) return undefined;
  return `aws-sdk:${service} has no operation ${operation} here`;
}

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
    const command = `${capitalized(operation)}Command`;
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

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

type Constructor = new (argument: unknown) => unknown;

function constructorOf(module: ClientModule, name: string): Constructor | undefined {
  const value = Object.hasOwn(module, name) ? module[name] : undefined;
  return typeof value === 'function' ? (value as Constructor) : undefined;
}
