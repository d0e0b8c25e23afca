import { randomUUID } from 'node:crypto';
import { arn } from '../../shared/arn.ts';
import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import type { Clock } from '../engine/clock.ts';
import { complete, type Ending } from '../engine/complete.ts';
import { newFrame } from '../engine/execute.ts';
import { MemoryJournal } from '../engine/journal.ts';
import { type CallTask, Suspended, type TokenDesk } from '../engine/run.ts';
import type { Machine } from './machines.ts';

/** The longest that an Express execution may run, in milliseconds. */
const TIME_LIMIT_MS = 300_000;

interface ExpressExecution {
  readonly arn: string;
  readonly name: string;
  readonly started: number;
  readonly done: Promise<{ readonly ending: Ending; readonly stopped: number }>;
}

const NO_TOKENS: TokenDesk = {
  answer: () =>
    Promise.reject(new StateError('States.Runtime', 'Express executions have no task tokens')),
  lastHeartbeat: () => undefined,
};

/** Express executions: nothing is journaled, a restart forgets them, as AWS promises no more. */
export class ExpressExecutions {
  private readonly clock: Clock;
  private readonly call: CallTask;
  private readonly running = new Map<AbortController, Promise<unknown>>();

  constructor(options: { readonly clock: Clock; readonly call: CallTask }) {
    this.clock = options.clock;
    this.call = options.call;
  }

  async suspend(): Promise<void> {
    for (const controller of this.running.keys()) controller.abort(new Suspended());
    await Promise.all(this.running.values());
  }

  start(machine: Machine, name: string, input: Json): ExpressExecution {
    const started = this.clock.now();
    const executionArn = arn('states', `express:${machine.name}:${name}:${randomUUID()}`);
    const limit = machine.definition.TimeoutSeconds;
    const controller = new AbortController();
    const work = complete({
      run: {
        journal: new MemoryJournal({ keepEvents: false }),
        clock: this.clock,
        call: this.call,
        tokens: NO_TOKENS,
        random: Math.random,
        context: {
          Execution: {
            Id: executionArn,
            Name: name,
            Input: input,
            StartTime: new Date(started).toISOString(),
            RoleArn: machine.roleArn,
            RedriveCount: 0,
          },
          StateMachine: { Id: machine.arn, Name: machine.name },
        },
      },
      definition: machine.definition,
      frame: newFrame('', machine.definition.StartAt, input),
      deadline: started + Math.min((limit ?? Infinity) * 1000, TIME_LIMIT_MS),
      controller,
    });
    const done = work.then((ending) => ({ ending, stopped: this.clock.now() }));
    this.running.set(
      controller,
      done.finally(() => this.running.delete(controller)),
    );
    return { arn: executionArn, name, started, done };
  }
}
