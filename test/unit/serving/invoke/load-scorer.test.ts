import { describe, expect, it } from 'vitest';
import { loadScorer } from '../../../../functions/serving/invoke/load-scorer.ts';
import type { PythonAnswer } from '../../../../functions/serving/invoke/python-scorer.ts';

const location = { bucket: 'b', key: 'k' };
const inputs = (type: string) =>
  `signature:\n  inputs: '[{"type": "${type}", "name": "x", "required": true}]'\n`;
const LINEAR = JSON.stringify({
  format: 'slipway.linear',
  version: 1,
  objective: 'regression',
  intercept: 1,
  features: [{ name: 'x', weight: 2, impute: 0 }],
});
const FLAVOR = {
  linear: '  slipway.linear:\n    data: model.json\n',
  python: '  python_function:\n    loader_module: mlflow.sklearn\n',
  other: '  h2o:\n    data: model.h2o\n',
};

/** The scorer of an artefact with these flavors; Python answers as told, and what it was asked is kept. */
async function scorerOf(
  flavors: readonly (keyof typeof FLAVOR)[],
  answer: PythonAnswer = { body: '{"predictions": [9007199254740993]}' },
  type = 'double',
  environmentVars?: Readonly<Record<string, string>>,
) {
  const asked: object[] = [];
  const files: Readonly<Record<string, string>> = {
    MLmodel: `flavors:\n${flavors.map((name) => FLAVOR[name]).join('')}${inputs(type)}`,
    'model.json': LINEAR,
  };
  const read = async (path: string) => (files[path] ? Buffer.from(files[path]) : undefined);
  const python = async (event: object) => {
    asked.push(event);
    return answer;
  };
  const sageMaker = () => Promise.reject(new Error('Nothing is deployed here'));
  const entity = { location, ...(environmentVars && { environmentVars }) };
  const scorer = await loadScorer(entity, read, { python, sageMaker });
  return { scorer, asked };
}

const request = {
  body: Buffer.from('{"instances": [[3]]}'),
  contentType: 'application/json',
  table: () => ({ rows: [[3]] }),
};

describe('loadScorer', () => {
  it('scores its own flavors in this process, also when Python could', async () => {
    const { scorer, asked } = await scorerOf(['python', 'linear']);
    expect(scorer).toMatchObject({ runtime: 'native', inputs: [{ name: 'x' }] });
    expect(await scorer.score(request)).toBe('{"predictions":[7]}');
    expect(asked).toEqual([]);
  });

  it('passes request and answer through for what Python alone can load', async () => {
    const { scorer, asked } = await scorerOf(['python']);
    expect(scorer.runtime).toBe('python');
    expect(await scorer.score(request)).toBe('{"predictions": [9007199254740993]}');
    expect(asked).toEqual([
      {
        score: {
          location,
          body: '{"instances": [[3]]}',
          content_type: 'application/json',
          timeout_ms: expect.any(Number),
        },
      },
    ]);
  });

  it('names the variables of the process that is to answer', async () => {
    const { scorer, asked } = await scorerOf(['python'], undefined, undefined, { MODE: 'x' });
    await scorer.score(request);
    expect(asked).toMatchObject([{ score: { location, environment_vars: { MODE: 'x' } } }]);
  });

  it('leaves the signature of tensors to MLflow', async () => {
    const { scorer } = await scorerOf(['python'], undefined, 'tensor');
    expect(scorer.inputs).toBeUndefined();
  });

  it.each([
    ['BAD_REQUEST', 400],
    ['DEADLINE_EXCEEDED', 504],
    ['TEMPORARILY_UNAVAILABLE', 503],
    ['SOMETHING_ELSE', 500],
  ])('answers what Python refuses with %s by status %i', async (error_code, status) => {
    const { scorer } = await scorerOf(['python'], { error_code, message: 'why' });
    await expect(scorer.score(request)).rejects.toMatchObject({ status, message: 'why' });
  });

  it('says which flavors are there when none can be served', async () => {
    await expect(scorerOf(['other'])).rejects.toThrow('none of its flavors (h2o) is served here');
  });
});
