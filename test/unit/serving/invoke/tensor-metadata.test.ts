import { expect, it } from 'vitest';
import { tensorSignature } from '../../../../functions/serving/invoke/tensor-metadata.ts';

const spec = (dtype: string, shape: number[], name?: string) => ({
  type: 'tensor',
  'tensor-spec': { dtype, shape },
  ...(name !== undefined && { name }),
});
const signature = (inputs: object[], outputs?: object[]) => ({
  inputs: JSON.stringify(inputs),
  ...(outputs && { outputs: JSON.stringify(outputs) }),
});

it.each([
  ['float16', 'FP16'],
  ['float32', 'FP32'],
  ['float64', 'FP64'],
  ['int8', 'INT8'],
  ['int64', 'INT64'],
  ['uint8', 'UINT8'],
  ['bool', 'BOOL'],
  ['str', 'BYTES'],
  ['object', 'BYTES'],
])('tensors of %s are taken as %s', (dtype, datatype) => {
  expect(tensorSignature(signature([spec(dtype, [-1])]))).toEqual({
    inputs: [{ name: 'input-0', datatype, shape: [-1] }],
  });
});

it('tensors have the names and the shapes of the signature', () => {
  const inputs = [spec('uint8', [-1, 28, 28], 'image'), spec('float32', [-1, 3], 'more')];
  expect(tensorSignature(signature(inputs, [spec('float32', [-1, 10])]))).toEqual({
    inputs: [
      { name: 'image', datatype: 'UINT8', shape: [-1, 28, 28] },
      { name: 'more', datatype: 'FP32', shape: [-1, 3] },
    ],
    outputs: [{ name: 'predictions', datatype: 'FP64', shape: [-1, 10] }],
  });
});

it('columns that give tensors tell of these alone', () => {
  const columns = [{ type: 'double', name: 'x' }];
  expect(tensorSignature(signature(columns, [spec('bool', [-1])]))).toEqual({
    outputs: [{ name: 'predictions', datatype: 'BOOL', shape: [-1] }],
  });
});

it.each([null, undefined, {}, { inputs: 'no JSON' }, signature([{ type: 'double', name: 'x' }])])(
  '%j has no tensors',
  (none) => {
    expect(tensorSignature(none)).toBeUndefined();
  },
);
