import { MAX_PAYLOAD } from '../payload.ts';

/** Characters from which on a body is worth a way of its own: as JSON in JSON it costs five times as much. */
const LARGE = 8 * 1024;

/** Control characters that take `LONGEST` bytes each in JSON; every other byte takes two at most. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const LONG_ESCAPES = /[\u0000-\u0007\u000b\u000e-\u001f]/;

const LONGEST = 6;

/**
 * An answer with a large text body as its JSON without the body and the body's bytes; undefined for any
 * other, and where the answer with its body inside may be larger than Lambda allows.
 */
export function withBodyApart(result: unknown) {
  if (result === null || typeof result !== 'object' || !('body' in result)) return undefined;
  const { body, ...rest } = result;
  const isBase64 = 'isBase64Encoded' in rest && rest.isBase64Encoded === true;
  if (typeof body !== 'string' || body.length < LARGE || isBase64) return undefined;
  const payload = JSON.stringify(rest);
  const bytes = new TextEncoder().encode(body);
  const room = MAX_PAYLOAD - 3 * payload.length - MARGIN;
  if (2 * bytes.length > room) return undefined;
  if (LONGEST * bytes.length > room && LONG_ESCAPES.test(body)) return undefined;
  return { type: 'result', payload, body: bytes } as const;
}

/** Bytes for the name of the body in JSON. */
const MARGIN = 100;
