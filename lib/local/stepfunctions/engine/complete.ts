import type { Definition, Json } from '../asl/definition.ts';
import { toStateError } from '../asl/state-error.ts';
import { execute } from './execute.ts';
import type { Frame } from './frame.ts';
import { Ended, JournalFailed, type Run, Suspended } from './run.ts';

/** How an execution ended; `SUSPENDED` when only the host did. */
export type Ending =
  | { readonly status: 'SUCCEEDED'; readonly output: Json }
  | {
      readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
      readonly error?: string;
      readonly cause?: string;
    }
  | { readonly status: 'SUSPENDED' };

interface CompleteOptions {
  readonly run: Run;
  readonly definition: Definition;
  /** Frame of the machine: new, or as the journal has it. */
  readonly frame: Frame;
  /** When the execution times out, in milliseconds. */
  readonly deadline: number | undefined;
  readonly controller: AbortController;
}

/** Runs a machine to its end. Rejects with `JournalFailed` only. */
export async function complete(options: CompleteOptions): Promise<Ending> {
  const { run, definition, frame, deadline, controller } = options;
  const timer = new AbortController();
  if (deadline !== undefined) {
    run.clock.sleepUntil(deadline, timer.signal).then(
      () => controller.abort(new Ended('TIMED_OUT', 'States.Timeout')),
      () => undefined,
    );
  }
  const thread = {
    run,
    block: definition,
    frame,
    outer: {},
    item: undefined,
    key: run.context.Execution.Id,
    quiet: false,
  };
  try {
    return { status: 'SUCCEEDED', output: await execute(thread, controller.signal) };
  } catch (thrown) {
    if (thrown instanceof JournalFailed) throw thrown;
    if (thrown instanceof Suspended) return { status: 'SUSPENDED' };
    if (thrown instanceof Ended) {
      return {
        status: thrown.status,
        ...(thrown.error !== undefined && { error: thrown.error }),
        ...(thrown.cause !== undefined && { cause: thrown.cause }),
      };
    }
    const { error, cause } = toStateError(thrown);
    return { status: 'FAILED', error, cause };
  } finally {
    timer.abort();
  }
}
