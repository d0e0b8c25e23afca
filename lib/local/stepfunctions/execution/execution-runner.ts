import type { DatabaseSync } from 'node:sqlite';
import type { Definition, JsonObject } from '../asl/definition.ts';
import type { Clock } from '../engine/clock.ts';
import { complete, type Ending } from '../engine/complete.ts';
import { newFrame } from '../engine/execute.ts';
import type { Frame } from '../engine/frame.ts';
import type { CallTask } from '../engine/run.ts';
import { SqliteJournal } from '../journal/sqlite-journal.ts';
import type { Statements } from '../journal/statements.ts';
import type { Machines } from './machines.ts';
import type { ExecutionRow } from './row.ts';
import type { Tokens } from './tokens.ts';

export interface RunnerOptions {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  readonly machines: Machines;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly call: CallTask;
}

/** Runs Standard executions on their journal. */
export class ExecutionRunner {
  private readonly options: RunnerOptions;
  /** By their hash. */
  private readonly definitions = new Map<string, Definition>();

  constructor(options: RunnerOptions) {
    this.options = options;
  }

  /**
   * Runs an execution from where its journal stands until it ends; false when it was only suspended. Rejects
   * when the journal cannot be written.
   */
  async run(row: ExecutionRow, controller: AbortController): Promise<boolean> {
    const { database, statements, clock, call, tokens } = this.options;
    const definition = this.definition(row.definition);
    const journal = new SqliteJournal(database, statements, row.id);
    const stored = statements.frame.get(row.id, '')?.frame;
    const frame =
      typeof stored === 'string'
        ? (JSON.parse(stored) as Frame)
        : newFrame('', definition.StartAt, JSON.parse(row.input));
    const context = this.context(row);
    if (journal.length === 0) {
      frame.lastEvent = journal.event('ExecutionStarted', 0, row.started, {
        executionStartedEventDetails: { input: row.input, roleArn: context.Execution.RoleArn },
      });
    }
    const limit = definition.TimeoutSeconds;
    const ending = await complete({
      run: { journal, clock, call, tokens, random: Math.random, context },
      definition,
      frame,
      deadline: limit === undefined ? undefined : (row.redriven ?? row.started) + limit * 1000,
      controller,
    });
    if (ending.status === 'SUSPENDED') return false;
    this.end(row, journal, frame, ending);
    return true;
  }

  private end(
    row: ExecutionRow,
    journal: SqliteJournal,
    frame: Frame,
    ending: Exclude<Ending, { status: 'SUSPENDED' }>,
  ): void {
    const { statements, clock } = this.options;
    const now = clock.now();
    const name = {
      SUCCEEDED: 'Succeeded',
      FAILED: 'Failed',
      TIMED_OUT: 'TimedOut',
      ABORTED: 'Aborted',
    };
    const type = `Execution${name[ending.status]}`;
    const output = ending.status === 'SUCCEEDED' ? JSON.stringify(ending.output) : null;
    const { error = null, cause = null } = ending.status === 'SUCCEEDED' ? {} : ending;
    const details = ending.status === 'SUCCEEDED' ? { output } : { error, cause };
    journal.event(type, frame.lastEvent, now, {
      [`execution${name[ending.status]}EventDetails`]: details,
    });
    journal.commit(() => {
      statements.endExecution.run(ending.status, output, error, cause, now, row.id);
      statements.closeTokens.run(row.id);
      // The frames of an unsuccessful execution are what RedriveExecution starts from.
      if (ending.status === 'SUCCEEDED') statements.deleteFrames.run(row.id);
    });
  }

  private context(row: ExecutionRow) {
    const machine = this.options.machines.find(row.machine);
    const machineName = row.machine.slice(row.machine.lastIndexOf(':') + 1);
    const execution: JsonObject & { readonly Id: string } = {
      Id: row.arn,
      Name: row.name,
      Input: JSON.parse(row.input),
      StartTime: new Date(row.started).toISOString(),
      RoleArn: machine?.roleArn ?? '',
      RedriveCount: row.redrives,
    };
    return { Execution: execution, StateMachine: { Id: row.machine, Name: machineName } };
  }

  private definition(hash: string): Definition {
    let definition = this.definitions.get(hash);
    if (!definition) {
      const text = String(this.options.statements.definition.get(hash)?.text);
      definition = JSON.parse(text) as Definition;
      this.definitions.set(hash, definition);
    }
    return definition;
  }
}
