import { crc32 as zlibCrc32 } from 'node:zlib';

/** A running checksum of bytes. */
export interface RunningCrc {
  update(chunk: Buffer): void;
  /** Big-endian bytes. */
  digest(): Buffer;
}

export function crc32(): RunningCrc {
  let state = 0;
  return {
    update: (chunk) => {
      state = zlibCrc32(chunk, state);
    },
    digest: () => bytes32(state),
  };
}

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const CRC32C = table32(0x82f63b78);

export function crc32c(): RunningCrc {
  let state = 0xffffffff;
  return {
    update: (chunk) => {
      let crc = state;
      for (let i = 0; i < chunk.length; i++) {
        crc = ((CRC32C[(crc ^ (chunk[i] as number)) & 0xff] as number) ^ (crc >>> 8)) >>> 0;
      }
      state = crc;
    },
    digest: () => bytes32((state ^ 0xffffffff) >>> 0),
  };
}

/** NVM Express base specification 2.0, section 5.2.1.3.4, reflected. */
const CRC64NVME = table64(0x9a6c9329ac4bc9b5n);

export function crc64nvme(): RunningCrc {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (chunk) => {
      for (let i = 0; i < chunk.length; i++) {
        const index = (low ^ (chunk[i] as number)) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (CRC64NVME.low[index] as number);
        high = (high >>> 8) ^ (CRC64NVME.high[index] as number);
      }
    },
    digest: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes;
    },
  };
}

function bytes32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function table32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
}

/** Two halves of 32 bits: BigInt arithmetic would be a hundred times slower. */
function table64(polynomial: bigint) {
  const values = Array.from({ length: 256 }, (_, byte) => {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    return value;
  });
  return {
    high: Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value >> 32n))),
    low: Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value))),
  };
}
