import type { ParallelState, StateBlock } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { createChildren, resumeChildren, runChildren } from './children.ts';
import type { StateResult } from './simple-states.ts';
import { checkSize, evaluate, record, type Thread } from './thread.ts';

/** Runs the branches at the same time; the first failure stops the others and is the state's. */
export async function runParallel(
  thread: Thread,
  state: ParallelState,
  signal: AbortSignal,
): Promise<StateResult> {
  const { frame } = thread;
  const block = (index: number): StateBlock => {
    const branch = state.Branches[index];
    if (!branch) throw new StateError('States.Runtime', `There is no branch ${index}`);
    return branch;
  };
  let frames = resumeChildren(thread);
  if (!frames) {
    const input =
      state.Arguments === undefined
        ? frame.input
        : await evaluate(thread, state.Arguments, 'Arguments');
    checkSize(input, `The arguments of state '${frame.state}'`);
    record(thread, 'ParallelStateStarted');
    frames = createChildren(
      thread,
      state.Branches.map(() => ({ input })),
      block,
    );
  }
  try {
    const result = await runChildren(
      thread,
      frames,
      {
        block,
        outer: { ...thread.outer, ...frame.variables },
        quiet: false,
        concurrency: frames.length,
        tolerates: () => false,
      },
      signal,
    );
    checkSize(result, `The result of state '${frame.state}'`);
    record(thread, 'ParallelStateSucceeded');
    return { result };
  } catch (error) {
    if (!signal.aborted) record(thread, 'ParallelStateFailed');
    throw error;
  }
}
