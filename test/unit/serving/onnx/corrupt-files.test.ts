import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxFlavor } from '../../../../functions/serving/onnx/load-onnx.ts';
import { openOnnxFile } from '../../../../functions/serving/onnx/model-file.ts';
import { DomainError } from '../../../../functions/shared/errors.ts';
import { classifierOnnx, linearOnnx } from '../../../support/onnx-models.ts';

const whole = classifierOnnx();

/** The file cut off somewhere, with some bytes changed. */
const damaged = fc
  .record({
    length: fc.integer({ min: 0, max: whole.length }),
    changes: fc.array(
      fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })),
      { maxLength: 4 },
    ),
  })
  .map(({ length, changes }) => {
    const bytes = Buffer.from(whole);
    for (const [at, byte] of changes) bytes[at] = byte;
    return bytes.subarray(0, length);
  });

const pair = {
  length: 1,
  columns: new Map([
    ['a', [1]],
    ['b', [2]],
  ]),
};

describe('a damaged ONNX file', () => {
  it('is read to an end, or refused', () => {
    const refusedOr = (bytes: Uint8Array) => {
      try {
        openOnnxFile(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError);
      }
    };
    fc.assert(fc.property(damaged, refusedOr), { numRuns: 500 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), refusedOr), { numRuns: 500 });
  });

  it('does no harm to other models', async () => {
    const healthy = await onnxFlavor.load('model.onnx', { read: async () => linearOnnx() });
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        const read = async () => bytes;
        const loaded = await onnxFlavor.load('model.onnx', { read }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(DomainError);
        });
        await loaded?.release?.();
        expect(await healthy.predict(pair)).toEqual([{ variable: 0.5 }]);
      }),
      { numRuns: 150 },
    );
  });
});
