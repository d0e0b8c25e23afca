import { createAutoScaling } from './applicationautoscaling/index.ts';
import { artifactMounts } from './artifact-folders.ts';
import { createCloudFront } from './cloudfront/index.ts';
import { createCloudWatch, type Metric } from './cloudwatch/index.ts';
import { createDynamoDb } from './dynamodb/index.ts';
import { createEventSources } from './event-sources/index.ts';
import { createEventBridge } from './eventbridge/index.ts';
import { isFromForeignPage } from './foreign-page.ts';
import { createGateway } from './gateway/index.ts';
import type { Host, HostOptions } from './host.ts';
import { createLambda } from './lambda/index.ts';
import { HostReset, serveReset } from './reset.ts';
import { createS3 } from './s3/index.ts';
import { variantCapacities } from './sagemaker/endpoints/capacities.ts';
import { createSageMaker } from './sagemaker/index.ts';
import { createScheduler } from './scheduler/index.ts';
import type { Deliver, ResourceProvider } from './service.ts';
import { parseArn } from './shared/arn.ts';
import type { ImageFolder } from './shared/dockerfile.ts';
import { UnsupportedError } from './shared/properties.ts';
import { createSns } from './sns/index.ts';
import { createSqs } from './sqs/index.ts';
import { createStepFunctions } from './stepfunctions/index.ts';

/** Where the host is reached, and where the folder of a container image is. */
interface Places {
  /** Of the public API. */
  readonly url: string;
  /** Of the AWS APIs. */
  readonly awsUrl: string;
  readonly imageFolder: ImageFolder;
}

/** Every service of the host, each told of those that it needs; none of them started. */
type Services = Awaited<ReturnType<typeof createServices>>;

export async function createServices(options: HostOptions, places: Places) {
  const { dataDir, auth, observer = {}, allowPrivateWebhooks: allowPrivate = false } = options;
  const { url, awsUrl, imageFolder } = places;

  const deliver: Deliver = async ({ arn, payload, executionName, attributes, group }) => {
    // What is still on its way is being forgotten.
    if (reset.underWay) return;
    const { service } = parseArn(arn);
    if (service === 'sqs') await sqs.queues.send(arn, payload, { attributes, group });
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
    mounts: artifactMounts(options.artifacts ?? {}),
    notify: (...event) => eventBridge.emit('aws.s3', ...event),
  });
  const lambda = createLambda({
    dataDir,
    deliver,
    ...(options.sourceMaps && { sourceMaps: options.sourceMaps }),
    imageFolder,
    onError: (name, error) => observer.functionError?.(name, error),
    environment: () => ({
      AWS_ENDPOINT_URL: awsUrl,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      // The engine compares no signature; tokens of ten minutes it would look at in each transaction.
      DYNAMODB_ENDPOINT_WITHOUT: 'signatures,tokens',
    }),
  });
  const { sageMaker, autoScaling, cloudWatch } = createScaledSageMaker({
    dataDir,
    url,
    download: s3.download,
    upload: s3.upload,
    imageFolder,
    emit: (...event) => eventBridge.emit('aws.sagemaker', ...event),
  });
  const stepFunctions = createStepFunctions({
    dataDir,
    lambda,
    sageMaker: sageMaker.jobs,
    awsUrl,
    dynamodbUrl: dynamodb.endpoint,
    emit: (...event) => eventBridge.emit('aws.states', ...event),
    isOffered: (signingName, operation) =>
      services.some(
        (one) => one.signingNames.includes(signingName) && one.operations.includes(operation),
      ),
  });
  const scheduler = createScheduler({ dataDir, deliver });
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
    auth,
    s3,
    store: awsUrl,
    before: async (request, response) => {
      if (options.resettable && (await serveReset(reset, request, response))) return true;
      if (isFromForeignPage(request)) {
        response
          .writeHead(403, { 'content-type': 'text/plain' })
          .end('Cross-origin request blocked');
        return true;
      }
      await reset.underWay;
      return cloudFront.answers(request, response);
    },
  });
  const cloudFront = createCloudFront({ lambda, s3, auth, endpoint: url, store: awsUrl });

  const invoke = invokerOf(lambda);
  const stores = [dynamodb, sns, sqs, eventBridge, scheduler, autoScaling, cloudWatch, gateway];
  const reset = new HostReset(
    { stepFunctions, sageMaker, lambda, gateway, s3, stores: [...stores, eventSources] },
    async () => options.afterReset?.({ invoke }),
  );

  /** What has an AWS API, in the order of starting: what consumes before what feeds it. */
  const services = [
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
  ];
  return { services, eventSources, gateway, cloudFront, lambda, s3, sns, invoke };
}

/** SageMaker, and what changes the instances of its endpoints by what is measured at them. */
function createScaledSageMaker(options: Parameters<typeof createSageMaker>[0]) {
  const { dataDir } = options;
  const sageMaker = createSageMaker(options);
  const metric: Metric = (namespace, name, dimensions) =>
    namespace === 'AWS/SageMaker' ? sageMaker.endpoints.metric(name, dimensions) : undefined;
  const capacities = variantCapacities(sageMaker.endpoints);
  const autoScaling = createAutoScaling({ dataDir, metric, capacities });
  const cloudWatch = createCloudWatch({ dataDir, metric, act: autoScaling.execute });
  return { sageMaker, autoScaling, cloudWatch };
}

const invokerOf =
  (lambda: ReturnType<typeof createLambda>): Host['invoke'] =>
  async (name, event) => {
    const { payload, functionError } = await lambda.invoke(name, JSON.stringify(event));
    const answer = JSON.parse(payload) as { errorMessage?: string };
    if (functionError) throw new Error(`${name}: ${answer.errorMessage}`);
    return answer;
  };

/** Who makes the resources of a type. */
export function providersOf({ services, eventSources, gateway, cloudFront }: Services) {
  const all = [...services, eventSources, gateway, cloudFront].filter(hasProviders);
  return new Map(all.flatMap(({ providers }) => providers.map((one) => [one.type, one] as const)));
}

const hasProviders = <T extends object>(
  service: T,
): service is T & { providers: readonly ResourceProvider[] } => 'providers' in service;
