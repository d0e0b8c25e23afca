import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  type RunOptions,
  type RunResult,
  runDefinition,
} from '../support/state-machines/run-definition.ts';
import { fails, hangs, payload, type TaskStub } from '../support/state-machines/stubs.ts';

/** Every Retry, every Catch and every timeout of the machines, one by one. */

type Stubs = NonNullable<RunOptions['tasks']>;

interface Scenario {
  readonly input: object;
  readonly substitutions: Readonly<Record<string, string>>;
  /** An undisturbed way through. */
  readonly tasks: Stubs;
  /** What else it takes to come to a state. */
  readonly towards: Readonly<Record<string, Stubs>>;
}

const job = {
  name: 'slipway-e1',
  run_id: 'run-1',
  tracking_token: 'slw_1_2',
  image: null,
  instance_type: 'ml.m5.xlarge',
  instance_count: 1,
  volume_gb: 50,
  spot: false,
  stopping_condition: { MaxRuntimeInSeconds: 600 },
  timeout_seconds: 4800,
  input_data: [{ ChannelName: 'train' }],
  hyperparameters: { trees: '10' },
};
const tuned = { 'Prepare the training job': payload({ tuning: { trials: [0], concurrency: 1 } }) };
const broken = fails('TypeError', 'x is undefined');

const compared = { approval_required: true, expires_seconds: 3600, escalate_seconds: 600 };

interface Comparison {
  readonly Payload: { readonly input: { readonly built: readonly unknown[] } };
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  validate: {
    input: { execution: 'event-1', model: 'm', version: '3', correlation_id: 'c' },
    substitutions: {
      ValidationTasksFunctionArn: 'tasks',
      ValidationCustomFunctionArn: 'custom',
      ServingPythonBuildFunctionArn: 'build',
    },
    tasks: {
      'Mark the version pending': payload({ checks: ['artifact'] }),
      'Build an environment': payload({ environment: '0f3a', log: 'built' }),
      'Run a group of checks': payload([{ name: 'a', status: 'PASSED' }]),
      'Record the verdict': payload({ status: 'PASSED' }),
      'Record the failure': payload({ status: 'FAILED' }),
    },
    towards: {
      'Build an environment': {
        'Mark the version pending': payload({
          checks: ['performance'],
          environments: [{ bucket: 'b', key: 'k' }],
        }),
      },
      'Record the failure': { 'Record the verdict': broken },
    },
  },
  promote: {
    input: { promotion_id: 'event-2', model: 'm', version: '3', correlation_id: 'c' },
    substitutions: { PromotionTasksFunctionArn: 'tasks', ServingPythonBuildFunctionArn: 'build' },
    tasks: {
      'Compare with the champion': payload({ ...compared, next: 'promote' }),
      'Build an environment': payload({ environment: '0f3a', log: 'built' }),
      'Wait for approval': { status: 'APPROVED' },
      'Ask others, too': payload(null),
      'Let the request expire': payload({ status: 'EXPIRED' }),
      'Decide against it': payload({ status: 'decided', verdict: 'rejected' }),
      Decide: payload({ status: 'decided', verdict: 'promoted' }),
      'Record the failure': payload({ status: 'decided', verdict: 'failed' }),
    },
    towards: {
      'Build an environment': {
        'Compare with the champion': (call: Comparison) =>
          payload(
            call.Payload.input.built.length === 0
              ? { ...compared, next: 'build', environments: [{ bucket: 'b', key: 'k' }] }
              : { ...compared, next: 'settle' },
          ),
      },
      'Ask others, too': { 'Wait for approval': hangs },
      'Let the request expire': { 'Wait for approval': hangs },
      'Decide against it': { 'Wait for approval': { status: 'DENIED' } },
      'Record the failure': { Decide: broken },
    },
  },
  train: {
    input: { execution_id: 'e1', correlation_id: 'c1' },
    substitutions: {
      PipelinesTasksFunctionArn: 'tasks',
      TrainingImage: 'the-image',
      TrainingRoleArn: 'role',
      ArtifactsBucket: 'bucket',
      TrackingUri: 'http://tracking',
    },
    tasks: {
      'Prepare the training job': payload(job),
      'Train the model': { TrainingJobStatus: 'Completed' },
      'Prepare the trial': payload(job),
      'Train the trial': { TrainingJobStatus: 'Completed' },
      'Record the trial': payload({ trial: 0, status: 'SUCCEEDED' }),
      'Record the failed trial': payload({ trial: 0, status: 'FAILED' }),
      'Register the best': payload({ version: '2' }),
      'Record the success': payload({ version: '2' }),
      'Record the failure': payload({ error: 'recorded', cause: 'in words' }),
    },
    towards: {
      'Prepare the trial': tuned,
      'Train the trial': tuned,
      'Record the trial': tuned,
      'Record the failed trial': { ...tuned, 'Train the trial': broken },
      'Register the best': tuned,
      'Record the failure': { 'Train the model': broken },
    },
  },
};

interface Rule {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts?: number;
  readonly Next?: string;
}
interface State {
  readonly Type: string;
  readonly TimeoutSeconds?: number | string;
  readonly Retry?: readonly Rule[];
  readonly Catch?: readonly Rule[];
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
}

/** Tasks of a machine, those of its Maps among them. */
function tasksIn(states: Readonly<Record<string, State>>): [string, State][] {
  return Object.entries(states).flatMap(([name, state]): [string, State][] => [
    ...(state.Type === 'Task' ? [[name, state] as [string, State]] : []),
    ...tasksIn(state.ItemProcessor?.States ?? {}),
  ]);
}

const named = (rules: readonly Rule[] | undefined, error: string) =>
  rules?.find(({ ErrorEquals }) => ErrorEquals.includes(error)) ??
  rules?.find(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'));

describe.each(Object.entries(SCENARIOS))('%s', (machine, scenario) => {
  const definition = definitionOf(machine);
  const tasks = tasksIn((JSON.parse(definition) as { States: Record<string, State> }).States);

  /** Runs to the state, which answers by `stub`; counts how often it was asked. */
  async function run(state: string, stub?: TaskStub): Promise<RunResult & { asked: number }> {
    const { input, substitutions } = scenario;
    const all: Stubs = { ...scenario.tasks, ...scenario.towards[state] };
    let asked = 0;
    const counted = () => {
      asked++;
      if (stub === undefined) return all[state];
      return typeof stub === 'function' ? (stub as (n: number) => unknown)(asked) : stub;
    };
    const result = await runDefinition(definition, {
      input: input as never,
      substitutions,
      tasks: { ...all, [state]: counted },
    });
    return { ...result, asked };
  }

  it('names a way to each of its tasks', async () => {
    for (const [state] of tasks) expect((await run(state)).asked, state).toBeGreaterThan(0);
  });

  it.each(tasks)(
    '"%s" has a timeout, retries and a catch',
    (_name, { TimeoutSeconds, ...rest }) => {
      expect(TimeoutSeconds).toBeDefined();
      expect(rest.Retry?.length).toBeGreaterThan(0);
      expect(named(rest.Catch, 'States.ALL')).toBeDefined();
    },
  );

  const retries = tasks.flatMap(([name, { Retry = [] }]) =>
    Retry.flatMap(({ ErrorEquals, MaxAttempts = 3 }) =>
      ErrorEquals.map((error) => [name, error, MaxAttempts] as const),
    ),
  );

  it.each(retries)('"%s" goes on as if nothing was after a %s', async (state, error) => {
    const undisturbed = await run(state);
    const once = error === 'States.Timeout' ? hangs : fails(error === 'States.ALL' ? 'Any' : error);
    const usual = { ...scenario.tasks, ...scenario.towards[state] }[state] as TaskStub;
    const result = await run(state, ((n: number) => (n === 1 ? once : usual)) as TaskStub);
    expect(result.asked).toBe(undisturbed.asked + 1);
    expect(result.path).toEqual(undisturbed.path);
    expect(result).toMatchObject({ status: undisturbed.status });
  });

  const catches = tasks.flatMap(([name, { Retry = [], Catch = [] }]) => [
    ...retries.filter(([of]) => of === name).map(([, error, max]) => [name, error, max] as const),
    // What no retrier names is caught at once.
    ...(named(Retry, 'Any') ? [] : [[name, 'Any', 0] as const]),
    ...Catch.flatMap(({ ErrorEquals }) => ErrorEquals)
      .filter((error) => error !== 'States.ALL' && error !== 'States.Timeout')
      .map((error) => [name, error, named(Retry, error)?.MaxAttempts ?? 0] as const),
  ]);

  it.each(catches)(
    '"%s" is given up when %s comes again and again',
    async (state, error, retried) => {
      const before = await run(state);
      const always =
        error === 'States.Timeout' ? hangs : fails(error === 'States.ALL' ? 'Any' : error);
      const result = await run(state, always);
      const task = new Map(tasks).get(state);
      const next = named(task?.Catch, error)?.Next;
      const at = result.path.indexOf(state);
      expect(result.path.slice(0, at + 1)).toEqual(before.path.slice(0, at + 1));
      expect(result.path[at + 1]).toBe(next);
      expect(result.asked).toBeGreaterThanOrEqual(retried + 1);
    },
  );

  it.each(tasks)('"%s" does not wait for ever', async (state, { Retry, Catch }) => {
    const attempts = 1 + (named(Retry, 'States.Timeout')?.MaxAttempts ?? 0);
    const result = await run(state, hangs);
    const at = result.path.indexOf(state);
    expect(result.path[at + 1]).toBe(named(Catch, 'States.Timeout')?.Next);
    expect(result.asked).toBeGreaterThanOrEqual(attempts);
    expect(result.elapsedSeconds).toBeGreaterThan(0);
  });
});
