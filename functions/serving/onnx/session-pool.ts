import type { InferenceSession } from 'onnxruntime-web';
import { invalid } from '../../shared/errors.ts';
import { HEAP_MB, isOutOfMemory, type OnnxRuntime, onnxRuntime, reasonOf } from './runtime.ts';

interface Entry {
  readonly runtime: OnnxRuntime;
  readonly session: InferenceSession;
  /** Requests that it is answering. */
  users: number;
}

/** A model's file, and the files beside it that hold weights. */
export interface SessionSource {
  readonly bytes: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** Reads a model; called again when it had to give way and is asked again. */
type ReadSource = () => Promise<SessionSource>;

const sessions = new Map<object, Entry>();
const opening = new Map<object, Promise<Entry>>();

/**
 * Lets a model work, opened if it is not. All models of the process share one heap: where it is full,
 * those that were not asked for longest are closed until there is room, and opened again when they are
 * asked. Throws INVALID_PARAMETER_VALUE when there is not enough room for this one alone, and when it
 * is no model that the runtime takes; what `work` throws, except for want of memory.
 */
export async function withSession<T>(
  model: object,
  read: ReadSource,
  work: (session: InferenceSession, runtime: OnnxRuntime) => Promise<T>,
): Promise<T> {
  for (;;) {
    const entry = await entryOf(model, read);
    // Closed again before it was this one's turn.
    if (sessions.get(model) !== entry) continue;
    entry.users++;
    try {
      return await work(entry.session, entry.runtime);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
    } finally {
      entry.users--;
    }
    if (!(await closeOldest(model))) throw tooLarge('to answer the request');
  }
}

/** Closes a model that will not be asked again. */
export async function closeSession(model: object): Promise<void> {
  const entry = sessions.get(model);
  if (!entry || entry.users > 0) return;
  sessions.delete(model);
  await entry.session.release();
}

/** How many are open. */
export const openSessions = (): number => sessions.size;

async function entryOf(model: object, read: ReadSource): Promise<Entry> {
  const known = sessions.get(model);
  if (known) {
    // The last is the one that was asked last.
    sessions.delete(model);
    sessions.set(model, known);
    return known;
  }
  const pending = opening.get(model) ?? openEntry(model, read).finally(() => opening.delete(model));
  opening.set(model, pending);
  return pending;
}

async function openEntry(model: object, read: ReadSource): Promise<Entry> {
  // The first model is read while the runtime comes up.
  const [runtime, source] = await Promise.all([onnxRuntime(), read()]);
  for (;;) {
    try {
      const session = await runtime.InferenceSession.create(source.bytes, {
        executionProviders: ['wasm'],
        externalData: source.externalData,
      });
      const entry = { runtime, session, users: 0 };
      sessions.set(model, entry);
      return entry;
    } catch (error) {
      if (!isOutOfMemory(error)) {
        throw invalid(`the ONNX runtime refuses the model: ${reasonOf(error)}`);
      }
    }
    if (!(await closeOldest(model))) throw tooLarge('to be loaded');
  }
}

async function closeOldest(except: object): Promise<boolean> {
  for (const [model, { users }] of sessions) {
    if (model === except || users > 0) continue;
    await closeSession(model);
    return true;
  }
  return false;
}

const tooLarge = (what: string) =>
  invalid(`the ONNX model needs more than the ${HEAP_MB} MiB that there are ${what}`);
