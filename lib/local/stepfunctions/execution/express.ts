import { randomUUID } from 'node:crypto';
import { arn } from '../../shared/arn.ts';
import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import type { Clock } from '../engine/clock.ts';
import { complete, type Ending } from '../engine/complete.ts';
import { newFrame } from '../engine/execute.ts';
import { MemoryJournal } from '../engine/journal.ts';
import { type CallTask, Suspended, type TokenDesk } from '../engine/run.ts';
import type { Statements } from '../journal/statements.ts';
import type { Machine, Machines } from './machines.ts';

/** The longest that an Express execution may run, in milliseconds. */
const TIME_LIMIT_MS = 300_000;

interface ExpressExecution {
  readonly arn: string;
  readonly name: string;
  readonly started: number;
  readonly done: Promise<{ readonly ending: Ending; readonly stopped: number }>;
}

const newArn = (machine: Machine, name: string) =>
  arn('states', `express:${machine.name}:${name}:${randomUUID()}`);

const NO_TOKENS: TokenDesk = {
  answer: () =>
    Promise.reject(new StateError('States.Runtime', 'Express executions have no task tokens')),
  lastHeartbeat: () => undefined,
};

interface ExpressOptions {
  readonly clock: Clock;
  readonly call: CallTask;
  readonly machines: Machines;
  readonly statements: Statements;
}

/**
 * Express executions. No step is journaled: one that nobody waits for runs at least once, from its begin
 * after a restart, and one that is waited for at most once.
 * https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html
 */
export class ExpressExecutions {
  private readonly options: ExpressOptions;
  private readonly running = new Map<AbortController, Promise<unknown>>();

  constructor(options: ExpressOptions) {
    this.options = options;
  }

  /** Starts over what a stop or a crash has cut off. */
  resume(): void {
    const { statements, machines } = this.options;
    for (const {
      arn: cutOff,
      machine: machineArn,
      name,
      input,
    } of statements.runningExpress.all()) {
      const machine = machines.find(String(machineArn));
      if (machine)
        this.finish(this.run(machine, String(name), JSON.parse(String(input)), String(cutOff)));
      else statements.deleteExpress.run(String(cutOff));
    }
  }

  /** Nobody waits for it; durable on return. */
  startAsync(machine: Machine, name: string, input: Json): ExpressExecution {
    const executionArn = newArn(machine, name);
    const text = JSON.stringify(input);
    this.options.statements.insertExpress.run(executionArn, machine.arn, name, text);
    return this.finish(this.run(machine, name, input, executionArn));
  }

  private finish(execution: ExpressExecution): ExpressExecution {
    const forget = ({ ending }: { ending: Ending }) => {
      if (ending.status !== 'SUSPENDED') this.options.statements.deleteExpress.run(execution.arn);
    };
    // It is run once more after the next start.
    execution.done.then(forget).catch((error: unknown) => {
      console.error(`The end of ${execution.arn} was not recorded:`, error);
    });
    return execution;
  }

  async suspend(): Promise<void> {
    for (const controller of this.running.keys()) controller.abort(new Suspended());
    await Promise.all(this.running.values());
  }

  start(machine: Machine, name: string, input: Json): ExpressExecution {
    return this.run(machine, name, input, newArn(machine, name));
  }

  private run(machine: Machine, name: string, input: Json, executionArn: string): ExpressExecution {
    const { clock, call } = this.options;
    const started = clock.now();
    const limit = machine.definition.TimeoutSeconds;
    const controller = new AbortController();
    const work = complete({
      run: {
        journal: new MemoryJournal({ keepEvents: false }),
        clock,
        call,
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
    const done = work.then((ending) => ({ ending, stopped: clock.now() }));
    this.running.set(
      controller,
      done.finally(() => this.running.delete(controller)),
    );
    return { arn: executionArn, name, started, done };
  }
}
