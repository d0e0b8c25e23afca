import type { Json, JsonObject, StateBlock } from '../asl/definition.ts';
import { StateError, toStateError } from '../asl/state-error.ts';
import { execute, newFrame } from './execute.ts';
import { childPath, type Frame, type MapItem } from './frame.ts';
import { Ended, Suspended } from './run.ts';
import { checkpoint, checkSize, retryCount, type Thread } from './thread.ts';

export interface Child {
  readonly input: Json;
  readonly item?: MapItem;
}

/** How a Parallel or Map runs its children. */
interface ChildrenOptions {
  readonly block: (index: number) => StateBlock;
  readonly outer: JsonObject;
  readonly quiet: boolean;
  /** At once; at least 1. */
  readonly concurrency: number;
  /** Whether so many failures among so many children are still no failure of the whole. */
  readonly tolerates: (failed: number, total: number) => boolean;
  /** History entries around one child. */
  readonly started?: (thread: Thread, index: number) => void;
  readonly succeeded?: (thread: Thread, index: number) => void;
  readonly failed?: (thread: Thread, index: number) => void;
}

/**
 * Makes the children durable, each with its input: after a restart `resumeChildren` finds them and
 * no expression is evaluated a second time.
 */
export function createChildren(
  thread: Thread,
  children: readonly Child[],
  block: (index: number) => StateBlock,
): Frame[] {
  const frames = children.map((child, index) =>
    newFrame(childPath(thread.frame.path, index), block(index).StartAt, child.input, child.item),
  );
  for (const frame of frames) {
    checkSize(frame.input, `An input of state '${thread.frame.state}'`);
    frame.lastEvent = thread.frame.lastEvent;
    thread.run.journal.save(frame);
  }
  thread.frame.visit.children = frames.length;
  checkpoint(thread);
  return frames;
}

/** The children of a visit that began before a restart, in order; undefined when there are none. */
export function resumeChildren(thread: Thread): Frame[] | undefined {
  if (thread.frame.visit.children === undefined) return undefined;
  const index = (frame: Frame) => Number(frame.path.slice(frame.path.lastIndexOf('/') + 1));
  return thread.run.journal.children(thread.frame.path).sort((a, b) => index(a) - index(b));
}

/**
 * Runs every child to its end and answers their outputs in order; a tolerated failure is
 * `{Error, Cause}`. Rejects with the failure that is one too many, after stopping the others.
 */
export async function runChildren(
  thread: Thread,
  frames: readonly Frame[],
  options: ChildrenOptions,
  signal: AbortSignal,
): Promise<Json[]> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const outputs: Json[] = new Array(frames.length).fill(null);
  let failures = 0;
  let fatal: unknown;
  const runOne = async (frame: Frame, index: number) => {
    try {
      outputs[index] = await runChild(thread, frame, index, options, stop.signal);
    } catch (error) {
      if (error instanceof Suspended || error instanceof Ended || stop.signal.aborted) throw error;
      const failure = toStateError(error);
      outputs[index] = { Error: failure.error, Cause: failure.cause };
      failures += 1;
      if (options.tolerates(failures, frames.length)) return;
      throw failure;
    }
  };
  const queue = frames.entries();
  const work = async () => {
    for (const [index, frame] of queue) {
      if (stop.signal.aborted) return;
      try {
        await runOne(frame, index);
      } catch (error) {
        fatal ??= error;
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, frames.length) }, work));
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  if (fatal !== undefined) throw fatal;
  return outputs;
}

async function runChild(
  parent: Thread,
  frame: Frame,
  index: number,
  options: ChildrenOptions,
  signal: AbortSignal,
): Promise<Json> {
  const { visit } = parent.frame;
  const thread: Thread = {
    run: parent.run,
    block: options.block(index),
    frame,
    outer: options.outer,
    item: frame.item ?? parent.item,
    key: `${parent.key}:${visit.sequence}.${retryCount(parent.frame)}/${index}`,
    quiet: parent.quiet || options.quiet,
  };
  if (frame.status === 'SUCCEEDED') return frame.output ?? null;
  if (frame.status === 'FAILED') throw restoredFailure(frame);
  if (frame.status === 'PENDING') options.started?.(thread, index);
  try {
    const output = await execute(thread, signal);
    frame.status = 'SUCCEEDED';
    frame.output = output;
    options.succeeded?.(thread, index);
    checkpoint(thread);
    return output;
  } catch (error) {
    if (signal.aborted) throw error;
    const { error: name, cause } = toStateError(error);
    frame.status = 'FAILED';
    frame.failure = { error: name, cause };
    options.failed?.(thread, index);
    checkpoint(thread);
    throw error;
  }
}

function restoredFailure(frame: Frame): StateError {
  const { error, cause } = frame.failure ?? { error: 'States.Runtime', cause: '' };
  return new StateError(error, cause);
}
