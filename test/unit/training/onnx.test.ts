import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { toOnnx } from '../../../lib/training/images/gbdt/model/onnx.ts';
import { boost, noisyExamples, numbers, options } from './examples.ts';

const decode = (bytes: Uint8Array) => onnxProto.onnx.ModelProto.decode(bytes).graph!;

describe('the model as ONNX', () => {
  const { model } = boost(noisyExamples(1000, 1), undefined, options());

  it('takes every feature by its name, with its type', () => {
    const { FLOAT, STRING } = onnxProto.onnx.TensorProto.DataType;
    const inputs = decode(toOnnx(model)).input!.map(({ name, type }) => [
      name,
      type!.tensorType!.elemType,
    ]);
    expect(inputs).toEqual([
      ['a', FLOAT],
      ['b', FLOAT],
      ['c', FLOAT],
      ['city', STRING],
    ]);
  });

  it('has all nodes and leaves, and reads only columns that exist', () => {
    const trees = decode(toOnnx(model)).node!.find(
      ({ opType }) => opType === 'TreeEnsembleRegressor',
    )!;
    const ints = (name: string) => trees.attribute!.find((a) => a.name === name)!.ints!.map(Number);
    const leaves = model.trees.reduce((sum, { leaf }) => sum + leaf.length, 0);
    expect(ints('target_nodeids')).toHaveLength(leaves);
    expect(ints('nodes_nodeids')).toHaveLength(2 * leaves - model.trees.length);
    const subsets = model.trees.flatMap(({ categories }) => categories.filter(Boolean).map(String));
    expect(Math.max(...ints('nodes_featureids'))).toBeLessThan(3 + new Set(subsets).size);
  });

  it('gives way when a feature has the name of an output', () => {
    const features = ['label', 'probabilities'].map((name) => numbers(name, [0, 1, 0, 1]));
    const small = boost(
      { features, labels: Float64Array.of(0, 1, 0, 1) },
      undefined,
      options({ min_child_samples: 1 }),
    );
    const { output } = decode(toOnnx(small.model));
    expect(output!.map(({ name }) => name)).toEqual(['probabilities_', 'label_']);
  });
});
