import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluateExpression,
  timeBindings,
} from '../../../../lib/local/stepfunctions/jsonata/expression.ts';
import { evaluateTemplate } from '../../../../lib/local/stepfunctions/jsonata/template.ts';

const evaluate = (source: string, bindings = {}) => evaluateExpression(source, bindings);

/** https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
describe('the functions that Step Functions adds', () => {
  it('answers the examples of the AWS documentation', async () => {
    expect(await evaluate('$partition([1,2,3,4,5,6,7,8,9], 4)')).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9],
    ]);
    expect(await evaluate('$range(1, 9, 2)')).toEqual([1, 3, 5, 7, 9]);
    expect(await evaluate('$range(3, 0, -1)')).toEqual([3, 2, 1, 0]);
    expect(await evaluate('$parse(\'{"number": 20}\')')).toEqual({ number: 20 });
    expect(await evaluate("$hash('input data', 'SHA-1')")).toBe(
      'aaff4a450a104cd177d28d18d74485e8cae074b7',
    );
  });

  it.each(['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])('hashes with %s', async (name) => {
    const expected = createHash(name.replace('-', '')).update('é').digest('hex');
    expect(await evaluate(`$hash('é', '${name}')`)).toBe(expected);
  });

  it('repeats $random with a seed and stays in [0, 1)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const first = await evaluate('$random($seed)', { seed });
        expect(first).toBe(await evaluate('$random($seed)', { seed }));
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first).toBeLessThan(1);
      }),
      { numRuns: 50 },
    );
  });

  it('makes version 4 UUIDs', async () => {
    expect(await evaluate('$uuid()')).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-/,
    );
  });

  it('partitions into chunks that join to the whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer(), { minLength: 2 }),
        fc.integer({ min: 1, max: 9 }),
        async (xs, n) => {
          const chunks = (await evaluate('$partition($xs, $n)', { xs, n })) as number[][];
          expect(chunks.flat()).toEqual(xs);
          expect(chunks.slice(0, -1).every((chunk) => chunk.length === n)).toBe(true);
        },
      ),
    );
  });

  it.each(["$hash('x', 'SHA-3')", '$partition([1], 0)', '$range(1, 2, 0)', "$parse('{')"])(
    'fails on %s',
    async (source) => {
      await expect(evaluate(source)).rejects.toThrow();
    },
  );

  it('knows no $eval', async () => {
    await expect(evaluate("$eval('1')")).rejects.toThrow('$eval');
  });
});

describe('evaluateExpression', () => {
  it('tells the time of the clock that it is given', async () => {
    const time = Date.parse('2026-03-01T12:00:00Z');
    const bindings = timeBindings(time);
    expect(await evaluate('$millis()', bindings)).toBe(time);
    expect(await evaluate('$now()', bindings)).toBe('2026-03-01T12:00:00.000Z');
    expect(await evaluate("$now('[Y]/[M01]')", bindings)).toBe('2026/03');
  });

  it('refuses a function as a result', async () => {
    await expect(evaluate('{"f": $sum}')).rejects.toThrow('function');
    await expect(evaluate('function($x){$x}')).rejects.toThrow('function');
  });
});

describe('evaluateTemplate', () => {
  it('leaves a template without expressions as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const literal = JSON.parse(JSON.stringify(value).replaceAll('{%', ''));
        expect(await evaluateTemplate(literal, 'Output', {})).toEqual(literal);
      }),
    );
  });

  it('names the field of an expression that fails', async () => {
    const template = { a: [{ b: '{% $missing %}' }] };
    await expect(evaluateTemplate(template, 'Output', {})).rejects.toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('Output/a[0]/b'),
    });
  });
});
