import { describe, expect, it } from 'vitest';
import { handler } from '../../../functions/graphql/graphql.lambda.ts';
import { useArtifactServices } from '../../support/aws/artifact-services.ts';
import { callApi } from '../../support/call-api.ts';
import { registry } from '../logged-models/api.ts';
import { anExperiment, aRun, log, post } from '../tracking/api.ts';

const s3 = useArtifactServices();

/** Members that a test looks into; an answer has those of its query, under the names that it gave them. */
interface Data {
  readonly mlflowGetRun: { readonly run: { readonly data: { readonly metrics: unknown } } };
  readonly mlflowSearchRuns: { readonly runs: unknown; readonly nextPageToken: string };
  readonly mlflowGetMetricHistoryBulkInterval: { readonly metrics: unknown };
  readonly mlflowSearchDatasets: { readonly datasetSummaries: unknown };
  readonly mlflowSearchModelVersions: { readonly modelVersions: unknown };
  readonly files: unknown;
  readonly sub: { readonly files: unknown };
  readonly bad: { readonly apiError: { readonly message: string } };
}

interface Answer {
  readonly data: Data;
  readonly errors: readonly string[] | null;
}

async function ask(query: string, variables?: object, operationName?: string): Promise<Answer> {
  const { status, body } = await callApi(handler, 'POST', '/graphql', {
    query,
    variables,
    operationName,
  });
  expect(status).toBe(200);
  return body as Answer;
}

const dataOf = async (...given: Parameters<typeof ask>) => {
  const { data, errors } = await ask(...given);
  expect(errors).toBeNull();
  return data;
};
const errorOf = async (...given: Parameters<typeof ask>) => {
  const { data, errors } = await ask(...given);
  expect(data).toBeNull();
  return errors?.join();
};

describe('a query', () => {
  it('gets an experiment with numbers as texts', async () => {
    const id = await anExperiment('graph');
    await post('/experiments/set-experiment-tag', { experiment_id: id, key: 'k', value: 'v' });
    const data = await dataOf(
      `query Get($input: MlflowGetExperimentInput!) @component(name: "Page") {
        mlflowGetExperiment(input: $input) {
          apiError { code message helpUrl }
          experiment { __typename experimentId name creationTime lifecycleStage tags { key value } }
        }
      }`,
      { input: { experimentId: id } },
      'Get',
    );
    expect(data).toEqual({
      mlflowGetExperiment: {
        apiError: null,
        experiment: {
          __typename: 'MlflowExperiment',
          experimentId: id,
          name: 'graph',
          creationTime: expect.stringMatching(/^\d{13}$/),
          lifecycleStage: 'active',
          tags: [{ key: 'k', value: 'v' }],
        },
      },
    });
  });

  it('gets a run with its experiment, versions, data, inputs and outputs', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id, run_name: 'r', start_time: 5 });
    await log(run_id, {
      metrics: [
        { key: 'a', value: 0.5, timestamp: 7, step: 2 },
        { key: 'nan', value: 'NaN', timestamp: 7, step: 2 },
      ],
      params: [{ key: 'p', value: '1' }],
    });
    const dataset = { name: 'd', digest: 'x', source_type: 'local', source: 's' };
    await post('/runs/log-inputs', {
      run_id,
      datasets: [{ tags: [], dataset }],
      models: [{ model_id: 'm-1' }],
    });
    await post('/runs/outputs', { run_id, models: [{ model_id: 'm-2', step: 3 }] });
    await registry('POST', '/registered-models/create', { name: 'm' });
    const version = { name: 'm', source: 's3://b/x', run_id };
    await registry('POST', '/model-versions/create', version);
    const data = await dataOf(
      `query GetRun($data: MlflowGetRunInput!) {
        mlflowGetRun(input: $data) {
          run {
            ...all
            modelVersions { name version status source }
            info { endTime }
          }
        }
      }
      fragment all on MlflowRunExtension {
        info { runUuid runName status startTime userId }
        experiment { experimentId }
        data { metrics { key value step timestamp } params { key value } }
        inputs {
          datasetInputs { dataset { name digest schema } tags { key } }
          modelInputs { modelId }
        }
        outputs { modelOutputs { modelId step } }
      }`,
      { data: { runId: run_id } },
    );
    const { run } = data.mlflowGetRun;
    expect(run.data.metrics).toEqual(
      expect.arrayContaining([
        { key: 'a', value: 0.5, step: '2', timestamp: '7' },
        { key: 'nan', value: null, step: '2', timestamp: '7' },
      ]),
    );
    expect(run).toEqual({
      info: {
        runUuid: run_id,
        runName: 'r',
        status: 'RUNNING',
        startTime: '5',
        userId: '',
        endTime: '0',
      },
      experiment: { experimentId: experiment_id },
      data: { metrics: run.data.metrics, params: [{ key: 'p', value: '1' }] },
      inputs: {
        datasetInputs: [{ dataset: { name: 'd', digest: 'x', schema: '' }, tags: [] }],
        modelInputs: [{ modelId: 'm-1' }],
      },
      outputs: { modelOutputs: [{ modelId: 'm-2', step: '3' }] },
      modelVersions: [{ name: 'm', version: '1', status: 'READY', source: 's3://b/x' }],
    });
  });

  it('answers a refusal as apiError of its field, and the others nevertheless', async () => {
    const data = await dataOf(`{
      gone: mlflowGetRun(input: {runId: "nobody"}) { run { info { runId } } apiError { code message } }
      empty: mlflowGetRun(input: {}) { apiError { code } }
      test(inputString: "abc") { output }
    }`);
    expect(data).toEqual({
      gone: {
        run: null,
        apiError: { code: 'RESOURCE_DOES_NOT_EXIST', message: 'Run with id=nobody not found' },
      },
      empty: { apiError: { code: 'INVALID_PARAMETER_VALUE' } },
      test: { output: 'abc' },
    });
  });

  it('searches runs and datasets, also as a mutation, and samples metrics', async () => {
    const experiment = await anExperiment();
    const old = await aRun({ experiment_id: experiment, start_time: 1 });
    const young = await aRun({ experiment_id: experiment, start_time: 2 });
    const metrics = [0, 1, 2].map((step) => ({ key: 'm', value: step, timestamp: 1, step }));
    await log(young, { metrics });
    const search = `mlflowSearchRuns(input: {experimentIds: ["${experiment}"], runViewType: ACTIVE_ONLY, maxResults: 1}) {
      runs { info { runId } } nextPageToken }`;
    const first = await dataOf(`mutation M { ${search} }`, {}, 'M');
    expect(first.mlflowSearchRuns.runs).toEqual([{ info: { runId: young } }]);
    const rest = await dataOf(
      `query Q($ids: [String!]! = ["${experiment}"], $token: String) {
        mlflowSearchRuns(input: {experimentIds: $ids, pageToken: $token}) { runs { info { runId } } }
      }`,
      { token: first.mlflowSearchRuns.nextPageToken },
    );
    expect(rest.mlflowSearchRuns.runs).toEqual([{ info: { runId: old } }]);
    const history = await dataOf(
      `{ mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${young}"], metricKey: "m"}) {
        metrics { runId key value step } } }`,
    );
    expect(history.mlflowGetMetricHistoryBulkInterval.metrics).toEqual([
      { runId: young, key: 'm', value: 0, step: '0' },
      { runId: young, key: 'm', value: 1, step: '1' },
      { runId: young, key: 'm', value: 2, step: '2' },
    ]);
    const datasets = await dataOf(
      `mutation { mlflowSearchDatasets(input: {experimentIds: ["${experiment}"]}) { datasetSummaries { name context } } }`,
    );
    expect(datasets.mlflowSearchDatasets.datasetSummaries).toEqual([]);
  });

  it.each([
    ['{runIds: ["RUN"], metricKey: "m", startStep: 1}', ['0', '1']],
    ['{runIds: ["RUN"], metricKey: "m", startStep: 5, endStep: 1, maxResults: 0}', ['0', '1']],
    ['{runIds: [], metricKey: "m"}', []],
    ['{runIds: ["RUN"], metricKey: ""}', []],
    ['{runIds: ["RUN"]}', []],
  ])(
    'samples metrics of %s as MLflow, which reads steps and sizes from the address',
    async (input, steps) => {
      const run_id = await aRun();
      const metrics = [0, 1].map((step) => ({ key: 'm', value: step, timestamp: 1, step }));
      await log(run_id, { metrics });
      const data = await dataOf(
        `{ mlflowGetMetricHistoryBulkInterval(input: ${input.replace('RUN', run_id)}) {
        metrics { step } apiError { message } } }`,
      );
      expect(data.mlflowGetMetricHistoryBulkInterval).toEqual({
        metrics: steps.map((step) => ({ step })),
        apiError: null,
      });
    },
  );

  it.each(['{}', '{experimentId: ""}'])(
    'takes the experiment of %s for the default one',
    async (input) => {
      const query = `{ mlflowGetExperiment(input: ${input}) { experiment { experimentId } apiError { code } } }`;
      expect(await dataOf(query)).toEqual({
        mlflowGetExperiment: { experiment: { experimentId: '0' }, apiError: null },
      });
    },
  );

  it.each(['{ test { output } }', '{ test: mlflowGetRun { apiError { code } } }'])(
    'has nothing in the field of %s, which lacks its argument',
    async (query) => {
      const { data, errors } = await ask(query);
      expect(data).toEqual({ test: null });
      expect(errors).toEqual([expect.stringMatching(/^Argument 'input(String)?' is required\.$/)]);
    },
  );

  it('lists artifacts and searches versions', async () => {
    const run_id = await aRun();
    const { runs } = (await post('/runs/search', { experiment_ids: ['0'] })).body;
    const { artifact_uri = '' } = runs.find(({ info }) => info.run_id === run_id)?.info ?? {};
    const folder = artifact_uri.replace('mlflow-artifacts:/', 'mlflow-artifacts/');
    await s3.put(`${folder}/a.txt`);
    await s3.put(`${folder}/dir/b.txt`);
    const data = await dataOf(`{
      files: mlflowListArtifacts(input: {runId: "${run_id}"}) { rootUri files { path isDir fileSize } }
      sub: mlflowListArtifacts(input: {runUuid: "${run_id}", path: "dir"}) { files { path } }
      bad: mlflowListArtifacts(input: {runId: "${run_id}", path: "../x"}) { apiError { message } }
      mlflowSearchModelVersions(input: {filter: "name='none'"}) { modelVersions { name } }
    }`);
    expect(data.files).toEqual({
      rootUri: artifact_uri,
      files: [
        { path: 'a.txt', isDir: false, fileSize: expect.stringMatching(/^\d+$/) },
        { path: 'dir', isDir: true, fileSize: '0' },
      ],
    });
    expect(data.sub.files).toEqual([{ path: 'dir/b.txt' }]);
    expect(data.bad.apiError.message).toBe('Invalid path');
    expect(data.mlflowSearchModelVersions.modelVersions).toEqual([]);
  });
});

describe('the language', () => {
  it('has fragments, aliases, variables with defaults, skip and include, comments and commas', async () => {
    const query = `# a comment
      query A($yes: Boolean! = true, $no: Boolean = false, $text: String) {
        a: test(inputString: $text) { ... on Test { output }, ...rest }
        b: test(inputString: """block "text" """) @include(if: $no) { output }
        c: test(inputString: "é\\n\\u0041") @skip(if: $no) { output }
        d: test(inputString: "") @include(if: $yes) { ... @include(if: true) { out: output } __typename }
      }
      query B { test(inputString: "b") { output } }
      fragment rest on Test { output }`;
    expect(await dataOf(query, { text: 'x' }, 'A')).toEqual({
      a: { output: 'x' },
      c: { output: 'é\nA' },
      d: { out: '', __typename: 'Test' },
    });
    expect(await dataOf(query, {}, 'B')).toEqual({ test: { output: 'b' } });
    expect(await errorOf(query)).toMatch(/Must provide operation name/);
    expect(await errorOf(query, {}, 'C')).toMatch(/Unknown operation named 'C'/);
  });

  it.each([
    ['', /Syntax Error: Unexpected <EOF>/],
    ['fragment a on Test { output }', /Fragment 'a' is never used/],
    ['{ test { output } ...x } fragment x on Elsewhere { y }', /Unknown type 'Elsewhere'/],
    ['type Query { a: Int }', /not executable/],
    ['{', /Syntax Error: Expected Name, found <EOF>/],
    ['{ test', /Syntax Error/],
    ['{ }', /Syntax Error: Expected Name, found '}'/],
    ['{ test(inputString: "a) { output } }', /Syntax Error: Unterminated string/],
    ['{ test(inputString: "\\q") { output } }', /Syntax Error: Invalid character escape/],
    ['subscription { test { output } }', /subscription operation is not supported/],
    ['{ test }', /'test' of type 'Test' must have a selection/],
    ['{ test { output { x } } }', /'output' must not have a selection/],
    ['{ test { nothing } }', /Cannot query field 'nothing' on type 'Test'/],
    ['{ constructor { x } }', /Cannot query field 'constructor' on type 'Query'/],
    ['{ test(inputText: "a") { output } }', /Unknown argument 'inputText' on field 'Query.test'/],
    [
      'query ($a: Int) { test(inputString: $a) { output } }',
      /'\$a' of type 'Int' used in position/,
    ],
    [
      '{ mlflowGetRun(input: {run: "a"}) { run { info { runId } } } }',
      /not to include unknown field 'run'/,
    ],
    ['mutation { mlflowGetRun { run { info { runId } } } }', /on type 'Mutation'/],
    ['{ a: test { output } a: mlflowGetRun { run { info { runId } } } }', /conflict/],
    ['{ ...x }', /Unknown fragment 'x'/],
    ['{ ...x } fragment x on Query { ...y } fragment y on Query { ...x }', /within itself/],
  ])('refuses %s', async (query, message) => {
    expect(await errorOf(query)).toMatch(message);
  });

  it('tells tools its schema', async () => {
    const data: unknown = await dataOf(`{
      __type(name: "MlflowRunInfo") { fields { name type { name } } }
      __schema { mutationType { name } directives { name } }
    }`);
    expect(data).toMatchObject({
      __type: {
        fields: expect.arrayContaining([{ name: 'startTime', type: { name: 'LongString' } }]),
      },
      __schema: { directives: expect.arrayContaining([{ name: 'component' }]) },
    });
  });

  it.each([
    [[], /JSON object/],
    [{}, /query: a text is required/],
    [{ query: 1 }, /query: a text is required/],
    [{ query: '{ test { output } }', operationName: 1 }, /operationName/],
  ])('refuses the body %j', async (body, message) => {
    const answer = await callApi(handler, 'POST', '/graphql', body);
    expect(answer.status).toBe(400);
    expect((answer.body as { message: string }).message).toMatch(message);
  });

  it('takes variables that are no object for none', async () => {
    const ask = async (query: string) =>
      (await callApi(handler, 'POST', '/graphql', { query, variables: 'x' })).body;
    expect(await ask('{ test(inputString: "a") { output } }')).toEqual({
      data: { test: { output: 'a' } },
      errors: null,
    });
    expect(await ask('query ($a: String!) { test(inputString: $a) { output } }')).toMatchObject({
      errors: [expect.stringMatching(/\$a/)],
    });
  });

  it('never calls the resolver of testMutation, as MLflow', async () => {
    const mutation = 'mutation { testMutation(inputString: "a") { output } }';
    expect(await dataOf(mutation)).toEqual({ testMutation: null });
  });

  it('says that NaN is no number in the history of a metric', async () => {
    const run_id = await aRun();
    await log(run_id, { metrics: [{ key: 'm', value: 'NaN', timestamp: 1, step: 0 }] });
    const { data, errors } = await ask(
      `{ mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${run_id}"], metricKey: "m"}) { metrics { value } } }`,
    );
    expect(data.mlflowGetMetricHistoryBulkInterval.metrics).toEqual([{ value: null }]);
    expect(errors).toEqual(['Float cannot represent non numeric value: NaN']);
  });

  it('has MLflow’s limits', async () => {
    const many = (count: number, text: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => text(i)).join(' ');
    const roots = (count: number) =>
      `{ ${many(count, (i) => `k${i}: test(inputString: "") { output }`)} }`;
    expect(await errorOf(roots(11))).toMatch(/at most 10 root fields, got 11/);
    expect(Object.keys(await dataOf(roots(10)))).toHaveLength(10);
    const experiment = (inner: string) =>
      `{ mlflowGetExperiment(input: {experimentId: "0"}) { ${inner} } }`;
    const aliases = many(11, (i) => `e${i}: experiment { name }`);
    expect(await errorOf(experiment(aliases))).toMatch(/at most 10 aliases, got 11/);
    const deep = `${'name { '.repeat(12)}name${' }'.repeat(12)}`;
    expect(await errorOf(experiment(`experiment { ${deep} }`))).toMatch(/maximum depth of 10/);
    const wide = many(1002, (i) => `f${i} { name }`);
    expect(await errorOf(experiment(`experiment { ${wide} }`))).toMatch(/total selections of 1000/);
    const bomb = many(12, (i) => `fragment f${i} on Test { ...f${i + 1} ...f${i + 1} }`);
    const query = `{ test { ...f0 } } ${bomb} fragment f12 on Test { output }`;
    expect(await errorOf(query)).toMatch(/total selections of 1000/);
    const nested = `${'['.repeat(9000)}`;
    expect(await errorOf(`{ test(inputString: ${nested}) { output } }`)).toMatch(/nests|Syntax/);
    const long = `{ test(inputString: [${'1,'.repeat(10_001)}]) { output } }`;
    expect(await errorOf(long)).toMatch(/more that 10000 tokens|more than 10000 tokens/);
    expect(await errorOf(' '.repeat(100_001))).toMatch(/at most 100000 characters/);
  });
});
