/** The line that ends nearly all invocations: the answer follows at once. */
const isMetric = (text: string) => text.startsWith('{"_aws":');

/**
 * Takes over what this thread writes: texts go to the host as messages, since on their way through the
 * thread's own streams each costs several times as much. Metrics wait for the answer that they travel
 * with (each message wakes the host's thread), or until the thread has its next turn.
 */
export function sendOutput(send: (text: string) => void) {
  let held = '';
  const taken = (): string => {
    const text = held;
    held = '';
    return text;
  };
  const flush = () => {
    const text = taken();
    if (text !== '') send(text);
  };
  const write = (text: string) => {
    if (!isMetric(text)) return send(taken() + text);
    if (held === '') setImmediate(flush);
    held += text;
  };
  for (const stream of [process.stdout, process.stderr])
    stream.write = redirected(stream.write, write);
  process.on('exit', flush);
  /** Both are for what was not sent yet: to put it into another message, or to send it. */
  return { taken, flush };
}

/** What is not text goes the stream's own way. */
function redirected(
  otherwise: typeof process.stdout.write,
  write: (text: string) => void,
): typeof process.stdout.write {
  return function (this: typeof process.stdout, chunk: unknown, ...rest: never[]) {
    if (typeof chunk !== 'string') return otherwise.call(this, chunk as never, ...rest);
    write(chunk);
    const done: unknown = rest.at(-1);
    if (typeof done === 'function') queueMicrotask(() => done());
    return true;
  } as typeof process.stdout.write;
}
