import { createHash } from 'node:crypto';
import { arn } from '../../shared/arn.ts';
import { AwsError } from '../../shared/aws-error.ts';
import { transaction } from '../../shared/database.ts';
import { pause } from '../../shared/pause.ts';
import { unlessAborted } from '../../shared/unless-aborted.ts';
import type { Frame } from '../engine/frame.ts';
import { Ended, Suspended } from '../engine/run.ts';
import { SqliteJournal } from '../journal/sqlite-journal.ts';
import { ExecutionRunner, type RunnerOptions } from './execution-runner.ts';
import type { Machine } from './machines.ts';
import { redrivenFrame } from './redrive.ts';
import { type ExecutionRow, executionRow, statusDetail } from './row.ts';

const REDRIVE_LIMIT_MS = 14 * 24 * 3600 * 1000;

export interface StandardOptions extends RunnerOptions {
  /** Takes "Step Functions Execution Status Change"; durable when it returns. */
  readonly emit: (
    detailType: string,
    detail: Readonly<Record<string, unknown>>,
    resource: string,
  ) => void;
}

/** Until an execution whose journal could not be written goes on. */
const PAUSE_AFTER_FAILURE_MS = 1000;

interface Running {
  /** Ends the present attempt at running it. */
  controller: AbortController;
  /** The host stops: whatever the execution was told before, it is left as the journal has it. */
  readonly suspending: AbortController;
  readonly done: Promise<void>;
}

/** Standard executions: journaled at every step, resumed after a restart. */
export class StandardExecutions {
  private readonly options: StandardOptions;
  private readonly running = new Map<string, Running>();
  private readonly runner: ExecutionRunner;

  constructor(options: StandardOptions) {
    this.options = options;
    this.runner = new ExecutionRunner(options);
  }

  /** Takes up everything that the last process left running or unannounced. */
  resume(): void {
    const { statements } = this.options;
    for (const row of statements.unannounced.all()) this.announce(executionRow(row));
    for (const row of statements.runningExecutions.all().map(executionRow)) {
      if (!this.running.has(row.arn)) this.launch(row);
    }
  }

  /** Stops working; the journal has all that is needed to go on. */
  async suspend(): Promise<void> {
    const running = [...this.running.values()];
    for (const { controller, suspending } of running) {
      suspending.abort();
      controller.abort(new Suspended());
    }
    await Promise.all(running.map(({ done }) => done));
  }

  /**
   * Starts an execution; durable when it returns. The same name and input while the first still
   * runs answers that one. Throws `ExecutionAlreadyExists`.
   */
  start(machine: Machine, name: string, input: string): ExecutionRow {
    const { database, statements, clock } = this.options;
    const executionArn = arn('states', `execution:${machine.name}:${name}`);
    const existing = this.find(executionArn);
    if (existing) {
      if (existing.status === 'RUNNING' && existing.input === input) return existing;
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    const hash = createHash('sha256').update(machine.text).digest('hex');
    const now = clock.now();
    const row = transaction(database, () => {
      statements.saveDefinition.run(hash, machine.text);
      return executionRow(
        statements.insertExecution.get(executionArn, machine.arn, name, hash, input, now),
      );
    });
    this.announce(row);
    this.launch(row);
    return row;
  }

  find(executionArn: string): ExecutionRow | undefined {
    const row = this.options.statements.executionByArn.get(executionArn);
    return row && executionRow(row);
  }

  /** Throws `ExecutionDoesNotExist`. */
  get(executionArn: string): ExecutionRow {
    const row = this.find(executionArn);
    if (row) return row;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  }

  /**
   * Ends an execution as ABORTED; one that has ended stays as it is. Throws `ServiceUnavailable` when the
   * host stops before that is in the journal.
   */
  async stop(executionArn: string, error?: string, cause?: string): Promise<ExecutionRow> {
    const row = this.get(executionArn);
    if (row.status !== 'RUNNING') return row;
    const running = this.running.get(executionArn);
    running?.controller.abort(new Ended('ABORTED', error, cause));
    await running?.done;
    const stopped = this.get(executionArn);
    if (stopped.status !== 'RUNNING') return stopped;
    throw new AwsError('ServiceUnavailable', 'The host ended before the execution did', 503);
  }

  /** Runs an unsuccessful execution again from the states that failed. */
  redrive(executionArn: string): ExecutionRow {
    const { database, statements, clock } = this.options;
    const row = this.get(executionArn);
    const now = clock.now();
    const late = row.stopped !== null && now - row.stopped > REDRIVE_LIMIT_MS;
    if (row.status === 'RUNNING' || row.status === 'SUCCEEDED' || late) {
      throw new AwsError(
        'ExecutionNotRedrivable',
        `Execution ${executionArn} is ${row.status} and cannot be redriven`,
      );
    }
    const journal = new SqliteJournal(database, statements, row.id);
    const details = { executionRedrivenEventDetails: { redriveCount: row.redrives + 1 } };
    const event = journal.event('ExecutionRedriven', journal.length, now, details);
    for (const stored of statements.frames.all(row.id)) {
      const frame = JSON.parse(String(stored.frame)) as Frame;
      journal.save(redrivenFrame(frame, event, now));
    }
    journal.commit(() => statements.redriveExecution.run(now, row.id));
    const redriven = this.get(executionArn);
    this.announce(redriven);
    this.launch(redriven);
    return redriven;
  }

  /** Resolves when the execution has ended, rejects with the signal's reason. */
  async ended(executionArn: string, signal: AbortSignal): Promise<ExecutionRow> {
    const running = this.running.get(executionArn);
    if (running) await unlessAborted(signal, running.done);
    return this.get(executionArn);
  }

  private launch(row: ExecutionRow): void {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const running = {
      controller: new AbortController(),
      suspending: new AbortController(),
      done,
    };
    this.running.set(row.arn, running);
    void this.runToEnd(row, running).finally(() => {
      this.running.delete(row.arn);
      resolve();
    });
  }

  /** Runs, and where the journal cannot be written goes on from what it holds, as after a restart. */
  private async runToEnd(row: ExecutionRow, running: Running): Promise<void> {
    for (;;) {
      const { signal } = running.controller;
      try {
        const ended = await this.runner.run(row, running.controller);
        if (ended) this.announce(this.get(row.arn));
        return;
      } catch (error) {
        if (!this.options.database.isOpen) return;
        console.error(`Execution ${row.arn} stands still:`, error);
      }
      // Branches of it that still work must not write into the journal of what follows.
      running.controller.abort(new Suspended());
      running.controller = new AbortController();
      if (signal.reason instanceof Ended) running.controller.abort(signal.reason);
      await pause(PAUSE_AFTER_FAILURE_MS, running.suspending.signal);
      if (running.suspending.signal.aborted) return;
    }
  }

  /** At least once: what is not marked as announced is announced again at the next start. */
  private announce(row: ExecutionRow): void {
    const { statements, emit } = this.options;
    try {
      emit('Step Functions Execution Status Change', statusDetail(row), row.arn);
      statements.announce.run(row.id, row.status);
    } catch (error) {
      console.error(`Status change of ${row.arn} is not announced:`, error);
    }
  }
}
