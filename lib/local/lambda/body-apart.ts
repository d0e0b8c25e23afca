import { MAX_PAYLOAD } from './payload.ts';

/** Characters from which on a body is worth a way of its own. */
const LARGE = 64 * 1024;

/**
 * An answer with a large text body as its JSON without the body and the body's bytes; undefined for any
 * other, and for one that is too large an answer with its body inside.
 */
export function withBodyApart(result: unknown) {
  if (result === null || typeof result !== 'object' || !('body' in result)) return undefined;
  const { body, ...rest } = result;
  const isBase64 = 'isBase64Encoded' in rest && rest.isBase64Encoded === true;
  if (typeof body !== 'string' || body.length < LARGE || isBase64) return undefined;
  const bytes = new TextEncoder().encode(body);
  const payload = JSON.stringify(rest);
  if (payload.length + sizeInJson(bytes) > MAX_PAYLOAD) return undefined;
  return { type: 'result', payload, body: bytes } as const;
}

/** Bytes of a text as part of JSON: quotes, backslashes and control characters are escaped. */
function sizeInJson(bytes: Uint8Array): number {
  let size = bytes.length + '"body":"",'.length;
  for (const byte of bytes) {
    if (byte === QUOTE || byte === BACKSLASH) size += 1;
    else if (byte < SPACE) size += LONGEST_ESCAPE - 1;
  }
  return size;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LONGEST_ESCAPE = 6;
