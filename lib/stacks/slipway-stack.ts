import {
  CfnOutput,
  CfnParameter,
  Duration,
  RemovalPolicy,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  BATCH_LISTS_KEPT_DAYS,
  BATCH_LISTS_PREFIX,
  BUILD_LOGS_KEPT_DAYS,
  BUILD_LOGS_PREFIX,
  QUEUE_KEPT_DAYS,
  QUEUE_PREFIX,
} from '../../functions/serving/env.ts';
import type { SettingName } from '../../functions/shared/declare.ts';
import { AppFunction } from '../constructs/app-function.ts';
import { allowInvoke, bind, type Resources } from '../constructs/bindings.ts';
import { DeadLetterAlarms } from '../constructs/dead-letter-queue.ts';
import { DomainTable, keepAppendOnly } from '../constructs/domain-table.ts';
import { FrontDoor } from '../constructs/front-door.ts';
import { FunctionAlarms } from '../constructs/function-alarms.ts';
import { SlipwayApi } from '../constructs/http-api.ts';
import { InferenceLogTable } from '../constructs/inference-log-table.ts';
import { QueueWithDeadLetters } from '../constructs/queue-with-dead-letters.ts';
import { RuntimeSchedules } from '../constructs/runtime-schedules.ts';
import { StateMachineFile } from '../constructs/state-machine-file.ts';
import { Topics } from '../constructs/topics.ts';
import { FunctionTriggers, visibilityOf } from '../constructs/triggers.ts';
import { allFunctions, allGatewayRoutes, allTables } from '../domains.ts';
import type { Environment } from '../environments.ts';
import { Serving } from '../serving/serving.ts';
import { CHECKPOINTS_KEPT_DAYS, CHECKPOINTS_PREFIX, Training } from '../training/training.ts';
import { acknowledgeRules } from './acknowledged-rules.ts';
import { webhookSettings } from './webhook-settings.ts';

/** Parts of an upload that nobody completed are paid for until they are given up. */
const ABANDONED_UPLOADS = Duration.days(7);

/** Everything of one environment, built from the domains' declarations. */
export class SlipwayStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { environment: Environment }) {
    super(scope, id, props);
    const { environment } = props;
    const prefix = `slipway-${environment.name}`;

    const bucket = artifactsBucket(this, environment);
    const bus = new EventBus(this, 'bus', { eventBusName: prefix });
    const tables = mapValues(allTables, (table) => new DomainTable(this, table, environment));
    const training = new Training(this, bucket);
    const serving = new Serving(this, bucket);
    const functions = mapValues(
      allFunctions,
      (declaration, name) => new AppFunction(this, name, declaration, environment),
    );
    new FunctionAlarms(this, functions);
    const fn = lookUp(functions, 'function');
    for (const { name, appendOnly } of Object.values(allTables)) {
      const writer = appendOnly && fn(appendOnly.writer).role;
      if (writer) keepAppendOnly(lookUp(tables, 'table')(name), appendOnly.rows, writer);
    }
    const api = new SlipwayApi(this, environment, fn('authorizer'));

    const queues = new Map(
      queueTriggers().map(({ queue, seconds }) => [
        queue,
        new QueueWithDeadLetters(this, `${queue}-queue`, {
          name: `${prefix}-${queue}`,
          visibility: visibilityOf(seconds),
        }).queue,
      ]),
    );
    const settings: Readonly<Record<SettingName, string>> = {
      environment: environment.name,
      artifactRoot: artifactRoot(this),
      trainingImage: training.image.imageUri,
      trackingUri: api.apiEndpoint,
      ...webhookSettings(this),
    };
    const schedules = new RuntimeSchedules(this, prefix);
    const topics = new Topics(this, prefix);
    const machines = new Map<string, StateMachineFile>();
    const resources: Resources = {
      table: lookUp(tables, 'table'),
      bucket,
      bus,
      fn,
      queue: lookUp(queues, 'queue'),
      topics,
      prefix,
      schedules,
      setting: (name) => settings[name],
      stateMachine: (name) => {
        const machine =
          machines.get(name) ??
          this.stateMachine(name, environment, resources, { training, serving });
        machines.set(name, machine);
        return machine;
      },
    };

    for (const [name, declaration] of Object.entries(allFunctions)) {
      const fn = resources.fn(name);
      for (const [variable, binding] of Object.entries(declaration.environment)) {
        bind(fn, variable, binding, resources);
      }
      const { table, queue, stateMachine } = resources;
      const context = { prefix, bus, bucket, schedules, table, queue, stateMachine };
      const { triggers } = declaration;
      if (triggers) new FunctionTriggers(this, name, { fn, triggers, context });
      const routes = allGatewayRoutes.filter((route) => route.fn === name);
      if (routes.length > 0) api.addFunction(name, fn, routes);
    }

    serving.grantInvoke(fn('serving-invoke'));
    const front = new FrontDoor(this, environment.name, api);
    new CfnOutput(this, 'Url', { value: front.url });
    new CfnOutput(this, 'UiBucket', { value: front.bucket.bucketName });
    new InferenceLogTable(this, prefix, bucket);
    new CfnOutput(this, 'ApiEndpoint', { value: api.apiEndpoint });
    new DeadLetterAlarms(this);
    topics.takeAlarms(this);
    acknowledgeRules(this, prefix);
  }

  /** Placeholders of a definition: `<Function>FunctionArn`, or one of the fixed names below. */
  private stateMachine(
    name: string,
    environment: Environment,
    resources: Resources,
    { training, serving }: { training: Training; serving: Serving },
  ): StateMachineFile {
    const invoked: AppFunction[] = [];
    const fixed: Readonly<Record<string, () => string>> = {
      TrainingImage: () => training.image.imageUri,
      TrainingRoleArn: () => training.role.roleArn,
      ServingImage: () => serving.image.imageUri,
      ServingRoleArn: () => serving.role.roleArn,
      TrackingUri: () => resources.setting('trackingUri'),
      ArtifactsBucket: () => resources.bucket.bucketName,
    };
    const resolve = (placeholder: string): string => {
      const value = fixed[placeholder]?.();
      if (value !== undefined) return value;
      const fn = resources.fn(kebab(placeholder.replace(/FunctionArn$/, '')));
      invoked.push(fn);
      return fn.functionArn;
    };
    const machine = new StateMachineFile(this, name, { environment, resolve });
    for (const fn of invoked) allowInvoke(machine, fn);
    if (name === 'train') training.grantStart(machine);
    if (name === 'deploy') serving.grantDeploy(machine);
    if (name === 'batch-inference') {
      const lists = resources.bucket.arnForObjects(`${BATCH_LISTS_PREFIX}*`);
      machine.addToRolePolicy(
        new PolicyStatement({ actions: ['s3:GetObject'], resources: [lists] }),
      );
    }
    return machine;
  }
}

/** Queues that functions declare as triggers of their own. */
function queueTriggers() {
  return Object.values(allFunctions).flatMap(({ triggers = [], timeoutSeconds }) =>
    triggers.flatMap((trigger) =>
      'queue' in trigger ? [{ queue: trigger.queue, seconds: timeoutSeconds }] : [],
    ),
  );
}

function artifactsBucket(scope: Construct, environment: Environment): Bucket {
  const bucket = new Bucket(scope, 'artifacts', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    versioned: environment.retainData,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: ABANDONED_UPLOADS },
      {
        prefix: QUEUE_PREFIX,
        expiration: Duration.days(QUEUE_KEPT_DAYS),
        noncurrentVersionExpiration: Duration.days(1),
      },
      {
        prefix: BUILD_LOGS_PREFIX,
        expiration: Duration.days(BUILD_LOGS_KEPT_DAYS),
        noncurrentVersionExpiration: Duration.days(1),
      },
      {
        prefix: BATCH_LISTS_PREFIX,
        expiration: Duration.days(BATCH_LISTS_KEPT_DAYS),
        noncurrentVersionExpiration: Duration.days(1),
      },
      {
        prefix: CHECKPOINTS_PREFIX,
        expiration: Duration.days(CHECKPOINTS_KEPT_DAYS),
        noncurrentVersionExpiration: Duration.days(1),
      },
    ],
    removalPolicy: environment.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  // The construct's own switch would bring a function that changes buckets.
  const { node } = bucket;
  (node.defaultChild as CfnBucket).notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  };
  return bucket;
}

function artifactRoot(scope: Construct): string {
  return new CfnParameter(scope, 'DefaultArtifactRoot', {
    default: 'mlflow-artifacts:/',
    allowedPattern: '^[a-z][a-z0-9+.-]*:[^#?;]*$',
    description: 'Address below which new experiments keep their artifacts.',
  }).valueAsString;
}

const kebab = (name: string) => name.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase();

function mapValues<T, R>(source: Readonly<Record<string, T>>, map: (value: T, name: string) => R) {
  return new Map(Object.entries(source).map(([name, value]) => [name, map(value, name)]));
}

function lookUp<T>(things: ReadonlyMap<string, T>, kind: string) {
  return (name: string): T => {
    const thing = things.get(name);
    if (!thing) throw new Error(`No ${kind} is called '${name}'`);
    return thing;
  };
}
