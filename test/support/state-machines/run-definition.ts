import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../lib/build/paths.ts';
import type {
  Definition,
  Json,
  JsonObject,
} from '../../../lib/local/stepfunctions/asl/definition.ts';
import { validateDefinition } from '../../../lib/local/stepfunctions/asl/validate.ts';
import { complete } from '../../../lib/local/stepfunctions/engine/complete.ts';
import { newFrame } from '../../../lib/local/stepfunctions/engine/execute.ts';
import {
  type HistoryEvent,
  MemoryJournal,
} from '../../../lib/local/stepfunctions/engine/journal.ts';
import type { CallTask, Run, TokenDesk } from '../../../lib/local/stepfunctions/engine/run.ts';
import { stubbedCall, type TaskStubs } from './stubs.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface RunOptions {
  readonly input?: Json;
  readonly tasks?: TaskStubs;
  /** When the execution starts; ISO 8601. */
  readonly startTime?: string;
  readonly executionName?: string;
  /** Replaces `${name}` as the template's DefinitionSubstitutions would. */
  readonly substitutions?: Readonly<Record<string, string>>;
  /** For jitter; 0.5 when absent, so that runs repeat. */
  readonly random?: () => number;
}

export interface RunResult {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** Names of the states entered, in order; those of branches and iterations among them. */
  readonly path: readonly string[];
  /** Variables of the machine at its end. */
  readonly variables: JsonObject;
  readonly events: readonly HistoryEvent[];
  /** Time that passed on the machine's own clock. */
  readonly elapsedSeconds: number;
}

/** The text of a file of `statemachines/`. */
export const definitionOf = (name: string): string =>
  readFileSync(join(ROOT, 'statemachines', `${name}.asl.json`), 'utf8');

const ARN = 'arn:aws:states:us-east-1:000000000000';

/**
 * Runs a state machine in memory with its tasks stubbed and time standing still, for tests. With
 * `.waitForTaskToken` the stub's answer is what SendTaskSuccess or SendTaskFailure would bring.
 * Throws an Error when the definition is invalid, a task has no stub, or the run waits for ever.
 */
export async function runDefinition(source: unknown, options: RunOptions = {}): Promise<RunResult> {
  const definition = load(source, options.substitutions ?? {});
  const start = Date.parse(options.startTime ?? '2026-01-01T00:00:00Z');
  const clock = new VirtualClock(start);
  const journal = new MemoryJournal({ keepEvents: true });
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const name = options.executionName ?? 'test';
  const input = options.input ?? {};
  const run: Run = {
    journal,
    clock,
    ...tokensAnsweredByStubs(stubbedCall(options.tasks ?? {}, clock, reject)),
    random: options.random ?? (() => 0.5),
    context: {
      Execution: {
        Id: `${ARN}:execution:test:${name}`,
        Name: name,
        Input: input,
        StartTime: new Date(start).toISOString(),
        RoleArn: 'arn:aws:iam::000000000000:role/test',
        RedriveCount: 0,
      },
      StateMachine: { Id: `${ARN}:stateMachine:test`, Name: 'test' },
    },
  };
  const frame = newFrame('', definition.StartAt, input);
  const limit = definition.TimeoutSeconds;
  const work = complete({
    run,
    definition,
    frame,
    deadline: limit === undefined ? undefined : start + limit * 1000,
    controller: new AbortController(),
  });
  const ending = await clock.drive(Promise.race([work, broken]));
  if (ending.status === 'SUSPENDED') throw new Error('Nothing suspends a run in memory');
  return {
    ...ending,
    path: journal.events.flatMap(enteredState),
    variables: frame.variables,
    events: journal.events,
    elapsedSeconds: (clock.now() - start) / 1000,
  };
}

function load(source: unknown, substitutions: Readonly<Record<string, string>>): Definition {
  let text = typeof source === 'string' ? source : JSON.stringify(source);
  for (const [name, value] of Object.entries(substitutions)) {
    text = text.replaceAll(`\${${name}}`, JSON.stringify(value).slice(1, -1));
  }
  const problems = validateDefinition(text);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return JSON.parse(text) as Definition;
}

/** The answer of a token's task is kept for the token; the call itself answers null at once. */
function tokensAnsweredByStubs(call: CallTask): Pick<Run, 'call' | 'tokens'> {
  const answers = new Map<string, Promise<Json>>();
  const tokens: TokenDesk = {
    answer: (token, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        answers.get(token)?.then(resolve, reject);
      }),
    lastHeartbeat: () => undefined,
  };
  return {
    tokens,
    call: async (task) => {
      if (task.token === undefined) return call(task);
      const answer = call({ ...task, signal: new AbortController().signal });
      answer.catch(() => undefined);
      answers.set(task.token, answer);
      return null;
    },
  };
}

function enteredState({ details }: HistoryEvent): string[] {
  const entered = details.stateEnteredEventDetails;
  return entered && typeof entered === 'object' && 'name' in entered ? [String(entered.name)] : [];
}
