import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader, type HttpAnswer } from '../../../functions/shared/dynamo/http-answer.ts';

const head = (...lines: string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;

/** Takes the bytes in parts that end at the given places; the answer must come with the last part. */
function readInParts(bytes: Buffer, ends: readonly number[]): HttpAnswer | undefined {
  const reader = new AnswerReader();
  const places = [...new Set([...ends.map((end) => end % bytes.length), bytes.length])];
  let answer: HttpAnswer | undefined;
  let start = 0;
  for (const end of places.sort((a, b) => a - b)) {
    if (end === start) continue;
    expect(answer).toBeUndefined();
    answer = reader.take(bytes.subarray(start, end));
    start = end;
  }
  return answer;
}

const ends = fc.array(fc.nat(), { maxLength: 8 });
const text = fc.string({ unit: 'binary', maxLength: 200 });

describe('an answer of HTTP/1.1', () => {
  it('with a length is read in whatever parts it arrives', () => {
    fc.assert(
      fc.property(text, ends, (body, places) => {
        const bytes = Buffer.from(`${head(`Content-Length: ${Buffer.byteLength(body)}`)}${body}`);
        const expected = {
          status: 200,
          body: bytes.toString('utf8', bytes.indexOf('\r\n\r\n') + 4),
        };
        expect(readInParts(bytes, places)).toEqual({ ...expected, last: false });
      }),
    );
  });

  it('in chunks is read in whatever parts it arrives', () => {
    fc.assert(
      fc.property(fc.array(text.filter((one) => one !== '')), ends, (chunks, places) => {
        const parts = chunks.map((one) => Buffer.from(one));
        const bytes = Buffer.concat([
          Buffer.from(head('transfer-encoding: chunked')),
          ...parts.flatMap((part) => [
            Buffer.from(`${part.length.toString(16)};x=1\r\n`),
            part,
            Buffer.from('\r\n'),
          ]),
          Buffer.from('0\r\n\r\n'),
        ]);
        const body = Buffer.concat(parts).toString('utf8');
        expect(readInParts(bytes, places)).toEqual({ status: 200, body, last: false });
      }),
    );
  });

  it('is not taken for whole when a chunk ends as the last one does', () => {
    const reader = new AnswerReader();
    expect(reader.take(Buffer.from(`${head('transfer-encoding: chunked')}a\r\n0\r\n\r\n`))).toBe(
      undefined,
    );
    const rest = reader.take(Buffer.from('12345\r\n0\r\n\r\n'));
    expect(rest?.body).toBe('0\r\n\r\n12345');
  });

  it('says when it is the last of its connection', () => {
    const reader = new AnswerReader();
    const answer = reader.take(Buffer.from(head('Connection: close', 'content-length: 0')));
    expect(answer).toEqual({ status: 200, body: '', last: true });
  });

  it.each([
    ['of another protocol', 'SSH-2.0-x\r\n\r\n'],
    ['without a length', head('content-type: text/plain')],
    ['with a length that is none', head('content-length: -1')],
    ['in another coding', head('transfer-encoding: gzip', 'content-length: 1')],
    ['longer than it says', `${head('content-length: 1')}ab`],
    ['with a chunk without a size', `${head('transfer-encoding: chunked')}x\r\n0\r\n\r\n`],
  ])('is refused when it is one %s', (_what, bytes) => {
    expect(() => new AnswerReader().take(Buffer.from(bytes))).toThrow();
  });
});
