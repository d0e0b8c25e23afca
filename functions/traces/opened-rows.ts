import type { Key } from '../shared/dynamo/index.ts';
import { unpack } from './pack.ts';
import type { Trace } from './trace.ts';

interface Row extends Key {
  readonly body: Uint8Array;
}

interface Opened {
  readonly body: Uint8Array;
  readonly trace: Trace;
}

/** Packed bytes of the rows that are remembered; in memory they take about ten times as much. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Milliseconds that a full memory stays as it is: a list that does not fit must not push itself out. */
const KEEP_FULL_MS = 60_000;

const opened = new Map<string, Opened>();
let bytes = 0;
let emptied = 0;

/**
 * The trace of a row. Searches read the same thousands of rows again and again, strongly consistent, and to
 * see that one has the bytes that it had costs a tenth of unpacking it. Throws as `unpack` does.
 */
export function traceOfRow({ pk, sk, body }: Row): Trace {
  const name = `${pk} ${sk}`;
  const known = opened.get(name);
  if (known && Buffer.compare(known.body, body) === 0) return known.trace;
  const trace = unpack<Trace>(body);
  if (bytes > MAX_BYTES && Date.now() - emptied > KEEP_FULL_MS) {
    opened.clear();
    bytes = 0;
    emptied = Date.now();
  }
  if (known || bytes <= MAX_BYTES) {
    bytes += body.length - (known?.body.length ?? 0);
    opened.set(name, { body, trace });
  }
  return trace;
}
