/**
 * Gives back the memory of a buffer that nobody reads any more. The collector's short collections hardly see
 * what buffers hold: large ones bring it to a full collection, of 30 ms, every few hundred requests.
 */
export function free({ buffer, length }: Buffer): void {
  // Part of a larger buffer: of the pool of small ones, or of a chunk with more in it.
  if (length === 0 || length < buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}
