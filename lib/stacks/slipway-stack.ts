import { CfnOutput, CfnParameter, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { FunctionDeclaration, SettingName } from '../../functions/shared/declare.ts';
import { AppFunction } from '../constructs/app-function.ts';
import { bind, type Resources } from '../constructs/bindings.ts';
import { DeadLetterAlarms } from '../constructs/dead-letter-queue.ts';
import { DomainTable, keepAppendOnly } from '../constructs/domain-table.ts';
import { FrontDoor } from '../constructs/front-door.ts';
import { FunctionAlarms } from '../constructs/function-alarms.ts';
import { SlipwayApi } from '../constructs/http-api.ts';
import { InferenceLogTable } from '../constructs/inference-log-table.ts';
import { QueueWithDeadLetters } from '../constructs/queue-with-dead-letters.ts';
import { RuntimeSchedules } from '../constructs/runtime-schedules.ts';
import { Topics } from '../constructs/topics.ts';
import { FunctionTriggers, visibilityOf } from '../constructs/triggers.ts';
import { allFunctions, allGatewayRoutes, allTables } from '../domains.ts';
import type { Environment } from '../environments.ts';
import { Serving } from '../serving/serving.ts';
import { Training } from '../training/training.ts';
import { acknowledgeRules } from './acknowledged-rules.ts';
import { artifactsBucket } from './artifacts-bucket.ts';
import { StateMachines } from './state-machines.ts';
import { webhookSettings } from './webhook-settings.ts';

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

    const queues = this.queues(prefix);
    const settings: Readonly<Record<SettingName, string>> = {
      environment: environment.name,
      artifactRoot: artifactRoot(this),
      trainingImage: training.image.imageUri,
      trackingUri: api.apiEndpoint,
      ...webhookSettings(this),
    };
    const schedules = new RuntimeSchedules(this, prefix);
    const topics = new Topics(this, prefix);
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
      stateMachine: (name) => machines.get(name),
    };
    const machines = new StateMachines(this, { environment, resources, training, serving });

    for (const [name, declaration] of Object.entries(allFunctions)) {
      this.connect(name, declaration, resources, api);
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

  /** Queues that functions declare as triggers of their own. */
  private queues(prefix: string): Map<string, Queue> {
    const queues = new Map<string, Queue>();
    for (const { triggers = [], timeoutSeconds } of Object.values(allFunctions)) {
      for (const trigger of triggers) {
        if (!('queue' in trigger)) continue;
        const { queue } = new QueueWithDeadLetters(this, `${trigger.queue}-queue`, {
          name: `${prefix}-${trigger.queue}`,
          visibility: visibilityOf(timeoutSeconds),
        });
        queues.set(trigger.queue, queue);
      }
    }
    return queues;
  }

  /** Gives a function what it is bound to, and brings it what it is called for. */
  private connect(
    name: string,
    { environment, triggers }: FunctionDeclaration,
    resources: Resources,
    api: SlipwayApi,
  ): void {
    const fn = resources.fn(name);
    for (const [variable, binding] of Object.entries(environment)) {
      bind(fn, variable, binding, resources);
    }
    if (triggers) new FunctionTriggers(this, name, { fn, triggers, resources });
    const routes = allGatewayRoutes.filter((route) => route.fn === name);
    if (routes.length > 0) api.addFunction(name, fn, routes);
  }
}

function artifactRoot(scope: Construct): string {
  return new CfnParameter(scope, 'DefaultArtifactRoot', {
    default: 'mlflow-artifacts:/',
    allowedPattern: '^[a-z][a-z0-9+.-]*:[^#?;]*$',
    description: 'Address below which new experiments keep their artifacts.',
  }).valueAsString;
}

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
