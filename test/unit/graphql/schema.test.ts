import { describe, expect, it } from 'vitest';
import { handler } from '../../../functions/graphql/graphql.lambda.ts';
import { useArtifactServices } from '../../support/aws/artifact-services.ts';
import { callApi } from '../../support/call-api.ts';

useArtifactServices();

const ask = async (query: string) =>
  (await callApi(handler, 'POST', '/graphql', { query })).body as {
    readonly data: { readonly part: unknown } | null;
    readonly errors: readonly string[] | null;
  };

const partOf = async (query: string) => {
  const { data, errors } = await ask(query);
  expect(errors).toBeNull();
  return data?.part;
};

describe('the schema, as clients ask for it', () => {
  it('has lists whose items are never null', async () => {
    const part = await partOf(
      '{ part: __type(name: "MlflowRunInputs") { fields { name type { ofType { kind } } } } }',
    );
    const type = { ofType: { kind: 'NON_NULL' } };
    expect(part).toEqual({
      fields: [
        { name: 'datasetInputs', type },
        { name: 'modelInputs', type },
      ],
    });
  });

  it('has the fields of a query in the order and with the words of MLflow’s server', async () => {
    const part = await partOf('{ part: __type(name: "Query") { fields { name description } } }');
    expect(part).toEqual({
      fields: [
        { name: 'mlflowGetExperiment', description: null },
        { name: 'mlflowGetMetricHistoryBulkInterval', description: null },
        { name: 'mlflowGetRun', description: null },
        { name: 'mlflowListArtifacts', description: null },
        { name: 'mlflowSearchModelVersions', description: null },
        { name: 'test', description: 'Simple echoing field' },
        { name: 'mlflowSearchRuns', description: null },
      ],
    });
  });

  it('says that a view left out is null', async () => {
    const part = await partOf(
      '{ part: __type(name: "MlflowSearchRunsInput") { inputFields { name defaultValue } } }',
    );
    expect(part).toMatchObject({
      inputFields: expect.arrayContaining([
        { name: 'runViewType', defaultValue: 'null' },
        { name: 'filter', defaultValue: null },
      ]),
    });
  });
});

describe('the number of root fields', () => {
  const fields = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}${i}: __typename`).join(' ');
  const both = (first: number, second: number) =>
    `query A { ${fields('a', first)} } query B { ${fields('b', second)} }`;
  const refused = async (query: string) =>
    (await ask(query)).errors?.join().includes('at most 10 root fields') ?? false;

  it('is that of all operations', async () => {
    expect(await refused(both(6, 4))).toBe(false);
    expect(await refused(both(6, 5))).toBe(true);
  });

  it('is that of fragments, too', async () => {
    const spread = (count: number) =>
      `query { ...F } fragment F on Query { __typename ${fields('a', count - 1)} }`;
    expect(await refused(spread(10))).toBe(false);
    expect(await refused(spread(11))).toBe(true);
  });
});
