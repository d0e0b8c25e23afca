/** Somebody asked the training to stop; the message says how far it had come. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** The result of the work, unless the signal comes first: then Stopped, and the work is left alone. */
export async function unlessStopped<T>(
  signal: AbortSignal,
  phase: string,
  work: () => Promise<T>,
): Promise<T> {
  const reason = () => new Stopped(`Stopped by SIGTERM ${phase}`);
  if (signal.aborted) throw reason();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(reason());
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([stopped, work()]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
