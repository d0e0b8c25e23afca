import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunked } from '../../../../lib/local/s3/aws-chunked.ts';
import { newDigest } from '../../../../lib/local/s3/checksums.ts';
import { element, elements, rootOf, textOf } from '../../../../lib/local/shared/xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
describe('the checksums', () => {
  /** "Check" values of the catalogue of parametrised CRC algorithms, and the digests of NIST's hashes. */
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const)('%s of 123456789 is known', async (algorithm, check) => {
    const digest = newDigest(algorithm);
    digest.update(Buffer.from('1234'));
    digest.update(Buffer.from('56789'));
    expect(Buffer.from(await digest.digest()).toString('hex')).toBe(check);
  });
});

async function decode(pieces: readonly Buffer[]) {
  const trailers: [string, string][] = [];
  const source = (async function* () {
    yield* pieces;
  })();
  const chunks: Buffer[] = [];
  for await (const chunk of decodeAwsChunked(source, (name, value) =>
    trailers.push([name, value]),
  )) {
    chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks), trailers };
}

describe('aws-chunked', () => {
  it('gives the body and the trailers, wherever the network cut it', async () => {
    const body = fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        body,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (chunks, signed, cut) => {
          const signature = signed ? ';chunk-signature=abc' : '';
          const encoded = Buffer.concat([
            ...chunks.flatMap((chunk) => [
              Buffer.from(`${chunk.length.toString(16)}${signature}\r\n`),
              chunk,
              Buffer.from('\r\n'),
            ]),
            Buffer.from(`0${signature}\r\nx-amz-checksum-crc32:AAAA\r\n\r\n`),
          ]);
          const pieces = [];
          for (let i = 0; i < encoded.length; i += cut) pieces.push(encoded.subarray(i, i + cut));
          const decoded = await decode(pieces);
          expect(decoded.body).toEqual(Buffer.concat(chunks));
          expect(decoded.trailers).toEqual([['x-amz-checksum-crc32', 'AAAA']]);
        },
      ),
    );
  });

  it.each([
    ['5\r\nab', /ended within a chunk/],
    ['2\r\nabc\r\n0\r\n\r\n', /past its size/],
    ['zz\r\n', /a size is missing/],
    ['1'.repeat(9000), /too long/],
  ])('refuses %j', async (text, message) => {
    await expect(decode([Buffer.from(text)])).rejects.toThrow(message);
  });
});

/** Characters that XML 1.0 has no way to write, not even as references. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

describe('XML', () => {
  it('carries every text there and back', () => {
    const texts = fc.string({ unit: 'binary' }).filter((text) => !UNWRITABLE.test(text));
    fc.assert(
      fc.property(texts, (text) => {
        expect(textOf(rootOf(element('Object', { Key: text })), 'Key')).toBe(text);
      }),
    );
  });

  it('repeats lists, nests objects and leaves out what is undefined', () => {
    const xml = element('A', { B: [1, { C: true }], D: undefined, E: [] });
    expect(xml).toBe('<A><B>1</B><B><C>true</C></B></A>');
    expect(elements(rootOf(xml), 'B').map((one) => textOf(one, 'C'))).toEqual([undefined, 'true']);
  });

  it('reads references and sections as SDKs write them', () => {
    const key = '<Key xmlns="x">a&#xD;&#10;&amp;lt;&quot;<![CDATA[<b>]]></Key>';
    expect(textOf(rootOf(`<Object>${key}</Object>`), 'Key')).toBe('a\r\n&lt;"<b>');
  });

  it.each(['', 'text', '<a>', '<a><b></a></b>', '<a>&undefined;</a>'])('refuses %j', (text) => {
    expect(() => rootOf(text)).toThrow();
  });
});
