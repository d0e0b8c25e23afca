/**
 * Bytes of a synchronous request or answer.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_PAYLOAD = 6 * 1024 * 1024;

/** Bytes of an asynchronous event (same page). */
export const MAX_ASYNC_PAYLOAD = 1024 * 1024;

/** Whether the text takes more bytes than that in UTF-8; most texts need no counting. */
export function sizeAbove(text: string, bytes: number): boolean {
  if (text.length * 3 <= bytes) return false;
  return text.length > bytes || Buffer.byteLength(text) > bytes;
}
