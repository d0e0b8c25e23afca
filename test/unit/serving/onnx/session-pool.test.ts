import { afterEach, describe, expect, it } from 'vitest';
import { onnxFlavor } from '../../../../functions/serving/onnx/load-onnx.ts';
import { openSessions } from '../../../../functions/serving/onnx/session-pool.ts';
import { linearOnnx, weightsOnnx } from '../../../support/onnx-models.ts';

const row = { length: 1, columns: new Map([['row', [7]]]) };
const pair = { length: 1, columns: new Map(['a', 'b'].map((name, i) => [name, [i + 1]])) };

describe('the memory that ONNX models share', () => {
  const opened: { release?(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.release?.();
  });

  /** A model whose weights take this many MB; `reads` counts how often it was read. */
  async function modelOf(megabytes: number) {
    const { file, weights } = weightsOnnx(megabytes * 62_500, 'weights');
    const reads = { count: 0 };
    const loaded = await onnxFlavor.load('model.onnx', {
      read: async (path) => {
        if (path === 'weights') return weights;
        reads.count++;
        return file;
      },
    });
    opened.push(loaded);
    return { ...loaded, reads };
  }

  it('goes to those asked last; the others are read again when they are asked', async () => {
    const models = [];
    for (let i = 0; i < 6; i++) models.push(await modelOf(100));
    expect(openSessions()).toBeLessThan(6);
    expect(openSessions()).toBeGreaterThan(0);
    const [first, last] = [models[0], models[5]];
    await last?.predict(row);
    expect(last?.reads.count).toBe(1);
    expect(await first?.predict(row)).toEqual([{ Y: [[1, 1, 1, 1]] }]);
    expect(first?.reads.count).toBe(2);
  });

  it('is given back by a model that is released, which answers again when it is asked', async () => {
    const model = await modelOf(1);
    const before = openSessions();
    await model.release?.();
    expect(openSessions()).toBe(before - 1);
    await model.predict(row);
    expect(model.reads.count).toBe(2);
  });

  it('is not given to a model that has too many weights', async () => {
    await expect(modelOf(140)).rejects.toThrow('more than the 128 MiB');
  });

  it('stays whole when requests come at the same time', async () => {
    const read = async () => linearOnnx();
    const model = await onnxFlavor.load('model.onnx', { read });
    opened.push(model);
    await model.release?.();
    const answers = await Promise.all(Array.from({ length: 20 }, () => model.predict(pair)));
    expect(answers).toEqual(new Array(20).fill([{ variable: 0.5 }]));
    expect(openSessions()).toBe(1);
  });
});
