import { closeSync, openSync, readSync } from 'node:fs';

/** Sizes and places of https://www.sqlite.org/fileformat2.html#walformat, all numbers of 32 bits. */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const SALTS_OF_HEADER = 16;
const SUM_OF_HEADER = 24;
const SALTS_OF_FRAME = 8;
const SUM_OF_FRAME = 16;
const MAGIC = 0x377f0682;

/**
 * How many commits a write-ahead log holds behind a place that cannot be read, where SQLite stops. A process
 * that is killed leaves none: what it wrote is there in the order in which it wrote it. A damaged disk may, or
 * a power cut. Of a log whose header cannot be read it is one.
 */
export function lostCommits(file: string): number {
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(descriptor, header) < HEADER_BYTES || header.every((byte) => byte === 0)) return 0;
    const magic = header.readUInt32BE(0);
    const sum = checksum(magic & 1, header.subarray(0, SUM_OF_HEADER), [0, 0]);
    if ((magic & ~1) >>> 0 !== MAGIC || !holds(header, SUM_OF_HEADER, sum)) return 1;
    return lostFrames(descriptor, header, sum);
  } finally {
    closeSync(descriptor);
  }
}

type Sum = readonly [number, number];

function lostFrames(descriptor: number, header: Buffer, ofHeader: Sum): number {
  const bigEndian = header.readUInt32BE(0) & 1;
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + header.readUInt32BE(8));
  const salts = header.subarray(SALTS_OF_HEADER, SUM_OF_HEADER);
  let sum: Sum | undefined = ofHeader;
  let lost = 0;
  for (let at = HEADER_BYTES; readSync(descriptor, frame, { position: at }) === frame.length; ) {
    at += frame.length;
    // Frames of an earlier round stay behind those of this one.
    const ofThisRound = frame.subarray(SALTS_OF_FRAME, SUM_OF_FRAME).equals(salts);
    if (sum && ofThisRound) {
      sum = checksum(bigEndian, frame.subarray(0, SALTS_OF_FRAME), sum);
      sum = checksum(bigEndian, frame.subarray(FRAME_HEADER_BYTES), sum);
    }
    if (!ofThisRound || (sum && !holds(frame, SUM_OF_FRAME, sum))) sum = undefined;
    const commits = frame.readUInt32BE(4) !== 0;
    if (!sum && ofThisRound && commits) lost += 1;
  }
  return lost;
}

const holds = (bytes: Buffer, at: number, [first, second]: Sum) =>
  bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;

function checksum(bigEndian: number, bytes: Buffer, [first, second]: Sum): Sum {
  let [s0, s1] = [first, second];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 8) {
    s0 = (s0 + view.getUint32(at, bigEndian === 0) + s1) >>> 0;
    s1 = (s1 + view.getUint32(at + 4, bigEndian === 0) + s0) >>> 0;
  }
  return [s0, s1];
}
