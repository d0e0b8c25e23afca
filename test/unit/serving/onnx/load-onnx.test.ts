import { describe, expect, it } from 'vitest';
import { loadScorer } from '../../../../functions/serving/invoke/load-scorer.ts';
import { toRequestTable } from '../../../../functions/serving/invoke/request-table.ts';
import {
  classifierOnnx,
  columnsOnnx,
  expandOnnx,
  linearOnnx,
  matrix,
  onnxDescription,
  onnxFile,
  weightsOnnx,
} from '../../../support/onnx-models.ts';

const column = (name: string, type = 'double') => ({ name, type, required: true });
const tensor = (shape: number[], name?: string) => ({
  type: 'tensor',
  'tensor-spec': { dtype: 'float32', shape },
  ...(name && { name }),
});

async function scorerOf(files: Readonly<Record<string, string | Buffer>>) {
  const read = async (path: string) => {
    const content = files[path];
    return content === undefined ? undefined : Buffer.from(content);
  };
  const asked: object[] = [];
  const python = async (event: object) => {
    asked.push(event);
    return { body: '{"predictions": ["python"]}' };
  };
  const sageMaker = () => Promise.reject(new Error('Nothing is deployed here'));
  const location = { bucket: 'b', key: 'k' };
  const scorer = await loadScorer({ location }, read, { python, sageMaker });
  const score = async (body: unknown): Promise<unknown> => {
    const request = {
      body: Buffer.from(JSON.stringify(body)),
      contentType: 'application/json',
      table: () => toRequestTable(body),
    };
    return (JSON.parse(await scorer.score(request)) as { predictions: unknown }).predictions;
  };
  return { scorer, score, asked };
}

const modelOf = (model: Buffer, inputs?: object[], more = '') =>
  scorerOf({ MLmodel: onnxDescription(inputs, more), 'model.onnx': model });

describe('an ONNX model', () => {
  const rows = [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ];

  it('answers a data frame with a record per row, in this process', async () => {
    const { scorer, score, asked } = await modelOf(linearOnnx(), [column('a'), column('b')]);
    expect(scorer).toMatchObject({ runtime: 'native', inputs: [{ name: 'a' }, { name: 'b' }] });
    const expected = [{ variable: 0.5 }, { variable: 2.5 }];
    expect(await score({ dataframe_records: rows })).toEqual(expected);
    expect(await score({ instances: rows })).toEqual(expected);
    expect(await score({ inputs: { b: [2, 4], a: [1, 3], other: ['x', 'y'] } })).toEqual(expected);
    expect(await score({ dataframe_split: { columns: ['a', 'b'], data: [] } })).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('answers tensors with tensors when no signature tells of columns', async () => {
    const { score } = await modelOf(linearOnnx());
    const expected = { variable: [[0.5], [2.5]] };
    const matrix = [
      [1, 2],
      [3, 4],
    ];
    expect(await score({ inputs: matrix })).toEqual(expected);
    expect(await score({ inputs: { X: matrix } })).toEqual(expected);
    expect(await score({ instances: matrix.map((X) => ({ X })) })).toEqual(expected);
    expect(await score({ dataframe_split: { columns: ['a', 'b'], data: matrix } })).toEqual([
      { variable: 0.5 },
      { variable: 2.5 },
    ]);
    expect(await score({ dataframe_split: { data: matrix } })).toHaveLength(2);
  });

  it('keeps a signature of tensors', async () => {
    const { scorer, score } = await modelOf(linearOnnx(), [tensor([-1, 2])]);
    expect(scorer.inputs).toBeUndefined();
    expect(await score({ inputs: [[1, 2]] })).toEqual({ variable: [[0.5]] });
    expect(await score({ dataframe_records: rows })).toEqual({ variable: [[0.5], [2.5]] });
    await expect(score({ inputs: [[1, 2, 3]] })).rejects.toThrow(
      'Shape of input [1,3] does not match expected shape [-1,2].',
    );
    const named = await modelOf(linearOnnx(), [tensor([-1, 2], 'X')]);
    expect(await named.score({ dataframe_records: [{ X: [1, 2] }] })).toEqual({
      variable: [[0.5]],
    });
    await expect(named.score({ inputs: { Z: [[1, 2]] } })).rejects.toThrow("inputs ['X']");
  });

  it('gives the table of a ZipMap, which the runtime cannot', async () => {
    const { score } = await modelOf(classifierOnnx(), [column('x')]);
    const [first, second] = (await score({ inputs: { x: [0, 3] } })) as Record<string, unknown>[];
    expect(first).toEqual({ output_label: 'no', output_probability: { no: 0.5, yes: 0.5 } });
    const yes = 1 / (1 + Math.exp(-3));
    expect(second).toEqual({
      output_label: 'yes',
      output_probability: {
        no: expect.closeTo(1 - yes, 6) as number,
        yes: expect.closeTo(yes, 6) as number,
      },
    });
    const tensors = await modelOf(classifierOnnx());
    expect(await tensors.score({ inputs: [[0]] })).toEqual({
      output_label: ['no'],
      output_probability: [{ no: 0.5, yes: 0.5 }],
    });
  });

  it('takes a column for each of several inputs, numbers and texts', async () => {
    const { score } = await modelOf(columnsOnnx(), [column('v'), column('city', 'string')]);
    expect(await score({ inputs: { city: ['Wien', 'Graz'], v: [0.5, 2] } })).toEqual([
      { Y: 1.5 },
      { Y: 2 },
    ]);
    await expect(score({ inputs: { city: ['Wien', null], v: [1, 2] } })).rejects.toThrow(
      "Input 'city' takes string, not null",
    );
  });

  it('reads weights that lie in files beside it', async () => {
    const { file, weights } = weightsOnnx(300, 'weights.bin');
    const files = { MLmodel: onnxDescription(), 'model.onnx': file };
    const { score } = await scorerOf({ ...files, 'weights.bin': weights });
    expect(await score({ inputs: [[299]] })).toEqual({ Y: [[[1, 1, 1, 1]]] });
    await expect(scorerOf(files)).rejects.toThrow('weights.bin does not exist in the artefact');
    const outside = weightsOnnx(1, '../other/weights.bin').file;
    await expect(modelOf(outside)).rejects.toThrow('is no file beside it');
  });

  it('is scored in Python when its metadata asks for that', async () => {
    const { scorer, score } = await modelOf(
      linearOnnx(),
      undefined,
      'metadata:\n  slipway.runtime: python\n',
    );
    expect(scorer.runtime).toBe('python');
    expect(await score({ inputs: [[1, 2]] })).toEqual(['python']);
  });

  it('answers its input example before it is served', async () => {
    const example = {
      'input_example.json': '[[1]]',
      'serving_input_example.json': '{"inputs": [[1]]}',
    };
    const info =
      'saved_input_example_info:\n  artifact_path: input_example.json\n' +
      '  serving_input_path: serving_input_example.json\n';
    const files = { MLmodel: onnxDescription(undefined, info), 'model.onnx': linearOnnx() };
    await expect(scorerOf({ ...files, ...example })).rejects.toThrow('ONNX model refuses');
    const good = { ...example, 'serving_input_example.json': '{"inputs": [[1, 2]]}' };
    await expect(scorerOf({ ...files, ...good })).resolves.toBeDefined();
  });
});

describe('what is no ONNX model that can be scored', () => {
  it.each([
    ['no protobuf', Buffer.from('not a model'), 'is corrupt'],
    ['a file cut off', linearOnnx().subarray(0, 60), 'is corrupt'],
    ['an empty file', Buffer.alloc(0), 'is corrupt: it has no graph'],
    ['operators of a later version', linearOnnx(99), 'refuses the model'],
    [
      'an operator that nobody has',
      onnxFile({
        node: [{ opType: 'Nonsense', input: ['X'], output: ['Y'] }],
        input: [matrix('X', 1)],
        output: [matrix('Y', 1)],
      }),
      'Nonsense',
    ],
    [
      'a map as input',
      onnxFile({ input: [{ name: 'X', type: { mapType: { keyType: 8 } } }] }),
      "the input 'X' of the ONNX model is a map",
    ],
  ])('%s is refused with the reason', async (_, model, reason) => {
    await expect(modelOf(model)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining(reason) as string,
    });
  });

  it('names no place of a source file', async () => {
    await expect(modelOf(linearOnnx(99))).rejects.not.toThrow(/\.(cc|h):\d+/);
  });
});

describe('a request that the model cannot take', () => {
  it.each([
    ['a text for a number', { inputs: { X: [['a', 1]] } }, 'Input \'X\' takes float32, not "a"'],
    ['another width', { inputs: [[1, 2, 3]] }, 'refuses the request'],
    ['arrays of different lengths', { inputs: [[1, 2], [3]] }, 'differ in length'],
    ['another name', { inputs: { Z: [[1, 2]] } }, "takes no tensor 'Z'; it takes 'X'"],
    ['two formats', { inputs: [[1, 2]], instances: [[1, 2]] }, 'exactly one of'],
  ])('%s is refused, and the next is answered', async (_, body, reason) => {
    const { score } = await modelOf(linearOnnx());
    await expect(score(body)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(reason) as string,
    });
    expect(await score({ inputs: [[1, 2]] })).toEqual({ variable: [[0.5]] });
  });

  it('is refused when it wants more memory than there is', async () => {
    const { score } = await modelOf(expandOnnx());
    await expect(score({ inputs: { X: [1], shape: [400_000_000] } })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('needs more than the 512 MiB') as string,
    });
    expect(await score({ inputs: { X: [1], shape: [3] } })).toEqual({ Y: [1, 1, 1] });
  });
});
