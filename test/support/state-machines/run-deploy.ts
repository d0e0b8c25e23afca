import { expect } from 'vitest';
import type { Memory, Seen } from '../../../functions/serving/deployment/deployment-step.ts';
import { planDeployment } from '../../../functions/serving/deployment/plan-deployment.ts';
import type { Json } from '../../../lib/local/stepfunctions/asl/definition.ts';
import { definitionOf, type RunOptions, runDefinition } from './run-definition.ts';
import { NAME, Rows, refused, SimulatedSageMaker } from './simulated-sagemaker.ts';

const definition = definitionOf('deploy');
export const payload = (value: unknown) => ({ Payload: value as Json, StatusCode: 200 });

export interface PlanCall {
  readonly Payload: {
    readonly input: {
      own: { preparation: string } | null;
      seen: Seen;
      memory: Memory;
      looks: number;
      problem: string;
    };
  };
}

/** Runs it; what is recorded as ready is switched to when `follow` says so. */
export function run(
  service: SimulatedSageMaker,
  rows: Rows,
  variant: string | null,
  {
    tasks = {},
    follow = true,
    queue = false,
  }: { tasks?: RunOptions['tasks']; follow?: boolean; queue?: boolean } = {},
) {
  const name = queue ? `${NAME}-${service.queue}` : NAME;
  const own = variant && { preparation: `p-${variant}`, model: 'm', version: '1', variant };
  return runDefinition(definition, {
    input: {
      endpoint: 'e',
      endpoint_id: 'abc',
      own,
      deployment: name,
      correlation_id: 'c',
    },
    substitutions: {
      ServingTasksFunctionArn: 'arn:tasks',
      ServingImage: 'image',
      ServingRoleArn: 'arn:role',
      ArtifactsBucket: 'artifacts',
    },
    tasks: {
      ...ownTasks(service, rows, { name, queue, followed: follow ? (variant ?? '') : undefined }),
      ...sageMakerTasks(service),
      ...scalingTasks(service),
      ...tasks,
    } as NonNullable<RunOptions['tasks']>,
  });
}

/** Slipway's own steps: a look, which takes twenty seconds, a plan and the record of what came of it. */
function ownTasks(
  service: SimulatedSageMaker,
  rows: Rows,
  { name, queue, followed }: { name: string; queue: boolean; followed: string | undefined },
) {
  let now = 0;
  return {
    Look: () => {
      now += 20_000;
      return service.describe();
    },
    Plan: ({ Payload: { input } }: PlanCall) => {
      const { seen, memory, looks } = input;
      const question = {
        name,
        seen,
        memory,
        looks,
        now,
        ...(queue && { queue: service.queue }),
        scaled: rows.scaled(),
      };
      const step = planDeployment({
        ...question,
        own: input.own?.preparation ?? null,
        candidates: rows.candidates,
        live: rows.live,
      });
      return payload(step);
    },
    'Record the result': ({ Payload: { input } }: PlanCall) => {
      const mine = input.own?.preparation ?? null;
      rows.recorded.push({ own: mine, problem: input.problem });
      if (mine) rows.set(mine, input.problem === '' ? 'READY' : 'FAILED', now);
      if (mine && input.problem === '' && followed !== undefined) {
        rows.live = new Map([[followed, 100]]);
      }
      return payload({ state: 'READY' });
    },
  };
}

function sageMakerTasks(service: SimulatedSageMaker) {
  const say = (call: string) => service.calls.push(call);
  return {
    'Create the model': ({ ModelName: name, PrimaryContainer: container }: never) => {
      if (service.models.has(name)) throw refused('Cannot create already existing model');
      service.models.set(name, JSON.stringify(container));
      return {};
    },
    'Create the configuration': ({
      EndpointConfigName: name,
      ProductionVariants: all,
      AsyncInferenceConfig: asynchronous,
    }: never) => {
      if (service.configs.has(name)) throw refused('Cannot create already existing endpoint c…');
      service.configs.set(name, all);
      if (asynchronous) service.asynchronous = asynchronous;
      return {};
    },
    'Create the endpoint': ({ EndpointConfigName: name }: never) => {
      say('create');
      return service.change(name);
    },
    'Update the endpoint': (input: never) => {
      const { EndpointConfigName: name, RetainAllVariantProperties: retained } = input;
      say(retained === true ? 'update' : 'update that forgets weights');
      return service.change(name);
    },
    'Set the weights': ({ DesiredWeightsAndCapacities: weights }: never) => {
      say('weights');
      for (const { VariantName, DesiredWeight } of weights as {
        VariantName: string;
        DesiredWeight: number;
      }[]) {
        service.endpoint?.variants.set(VariantName, DesiredWeight);
      }
      return {};
    },
    'Delete the endpoint': () => {
      say('delete');
      service.endpoint = undefined;
      return {};
    },
    'Delete the configuration': ({ EndpointConfigName: name }: never) => {
      service.configs.delete(name);
      return {};
    },
    'Delete the model': ({ ModelName: name }: never) => {
      service.models.delete(name);
      return {};
    },
  };
}

/** Application Auto Scaling and the alarm that starts the first instance. */
function scalingTasks({ scaling }: SimulatedSageMaker) {
  return {
    'Let it be scaled': ({ ResourceId, MinCapacity, MaxCapacity }: never) => {
      scaling.push(['target', ResourceId, MinCapacity, MaxCapacity]);
      return {};
    },
    'Scale with the queue': (policy: never) => {
      scaling.push(['tracking', policy]);
      return { PolicyARN: 'arn:tracking' };
    },
    'Scale with the requests': (policy: never) => {
      scaling.push(['tracking', policy]);
      return { PolicyARN: 'arn:tracking' };
    },
    'Leave its instances': ({ ResourceId }: never) => {
      scaling.push(['no target', ResourceId]);
      return {};
    },
    'Start the first instance': (policy: never) => {
      scaling.push(['step', policy]);
      return { PolicyARN: 'arn:step' };
    },
    'Watch for the first request': ({ AlarmName, AlarmActions, MetricName }: never) => {
      scaling.push(['alarm', AlarmName, AlarmActions, MetricName]);
      return {};
    },
    'Let it be scaled no more': ({ ResourceId }: never) => {
      scaling.push(['no target', ResourceId]);
      return {};
    },
    'Watch no more': ({ AlarmNames }: never) => {
      scaling.push(['no alarm', ...(AlarmNames as string[])]);
      return {};
    },
  };
}

/** An endpoint that answers with variant `a` alone. */
export async function serving(): Promise<{ service: SimulatedSageMaker; rows: Rows }> {
  const [service, rows] = [new SimulatedSageMaker(), new Rows()];
  rows.add('a', 'PREPARING');
  expect((await run(service, rows, 'a')).status).toBe('SUCCEEDED');
  service.calls.length = 0;
  rows.recorded.length = 0;
  return { service, rows };
}
