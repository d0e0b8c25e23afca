import { beforeAll, describe, expect, it } from 'vitest';
import { spanId } from '../../../support/otlp.ts';
import { anExperiment } from '../../tracking/api.ts';
import { aTrace, aTraceId, found, search, sendSpans, traces, tracesV2, useTraces } from '../api.ts';

useTraces();

let experiment: string;
const ids: Record<string, string> = {};

const at = (minute: number) => `2026-11-21T10:${String(minute).padStart(2, '0')}:00Z`;

beforeAll(async () => {
  experiment = await anExperiment();
  ids.a = await aTrace(experiment, {
    request_time: at(1),
    execution_duration: '0.100s',
    client_request_id: 'client-a',
    tags: { 'mlflow.traceName': 'alpha', env: 'prod' },
    trace_metadata: { 'mlflow.sourceRun': 'run-1', 'mlflow.trace.session': 's1' },
    assessments: [
      { assessment_name: 'quality', feedback: { value: 'good' }, source: { source_type: 'HUMAN' } },
      { assessment_name: 'score', feedback: { value: 5 }, source: { source_type: 'CODE' } },
    ],
  });
  ids.b = await aTrace(experiment, {
    request_time: at(2),
    execution_duration: '2s',
    state: 'ERROR',
    tags: { 'mlflow.traceName': 'beta', env: 'Production' },
    trace_metadata: { 'mlflow.trace.session': 's1' },
    assessments: [
      {
        assessment_name: 'polite',
        feedback: { value: false },
        source: { source_type: 'HUMAN' },
        metadata: { 'mlflow.trace.session': 's1' },
      },
    ],
  });
  ids.c = await aTrace(experiment, {
    request_time: at(3),
    execution_duration: '1s',
    state: 'IN_PROGRESS',
    trace_metadata: { team: 'x' },
    assessments: [
      { assessment_name: 'answer', expectation: { value: 'Paris' }, source: {} },
      { assessment_name: 'issue-1', issue: { issue_name: 'slow' }, source: {} },
    ],
  });
  ids.d = aTraceId();
  await sendSpans(experiment, ids.d, [
    {
      id: spanId(1),
      name: 'agent',
      start: Date.parse(at(4)),
      end: Date.parse(at(4)) + 500,
      attributes: { 'mlflow.spanType': 'AGENT', 'mlflow.spanInputs': 'what is "this"?' },
    },
    {
      id: spanId(2),
      parent: spanId(1),
      name: 'model',
      start: Date.parse(at(4)),
      end: Date.parse(at(4)) + 300,
      status: 2,
      attributes: { 'mlflow.spanType': 'LLM', model: 'gpt-4o', fruit: 'apple' },
    },
  ]);
  const link = { trace_ids: [ids.b], run_id: 'run-1' };
  await tracesV2('POST', '/link-to-run', link);
  await tracesV2('POST', '/link-to-run', link);
  const prompts = { trace_id: ids.c, prompt_versions: [{ name: 'greeting', version: '3' }] };
  await tracesV2('POST', '/link-prompts', prompts);
});

/** Names of the traces that a filter finds, in order. */
async function names(filter: string, order_by: readonly string[] = []): Promise<string> {
  const all = await found(experiment, { filter, order_by });
  return all.map((id) => Object.keys(ids).find((name) => ids[name] === id)).join('');
}

const minute = (n: number) => Date.parse(at(n));

describe('a filter over traces', () => {
  it.each([
    ['', 'dcba'],
    ["status = 'OK'", 'da'],
    ["attributes.status != 'OK'", 'cb'],
    ["trace.status IN ('ERROR', 'IN_PROGRESS')", 'cb'],
    [`timestamp_ms >= ${minute(2)} AND timestamp_ms < ${minute(4)}`, 'cb'],
    ['timestamp_ms >= 9223372036854775808', ''],
    ['timestamp_ms < -9223372036854775809', ''],
    [`timestamp = ${minute(3)}`, 'c'],
    ['execution_time_ms > 500', 'cb'],
    [`end_time_ms <= ${minute(1) + 100}`, 'a'],
    ["client_request_id = 'client-a'", 'a'],
    ["client_request_id != 'x'", 'a'],
    ["name = 'alpha'", 'a'],
    ["name LIKE '%a'", 'ba'],
    ["name RLIKE '^al'", 'a'],
    ["name RLIKE 'a.*a$'", 'a'],
    ["tags.env ILIKE 'prod%'", 'ba'],
    ["tags.env LIKE 'prod%'", 'a'],
    ["tag.`env` != 'prod'", 'b'],
    ['tags.env IS NULL', 'dc'],
    ['tags.env IS NOT NULL', 'ba'],
    ["metadata.team = 'x'", 'c'],
    ["request_metadata.`mlflow.trace.session` = 's1'", 'ba'],
    ["run_id = 'run-1'", 'ba'],
    ["attributes.run_id = 'run-2'", ''],
    ["metadata.`mlflow.sourceRun` LIKE 'run-%'", 'a'],
    ["prompt = 'greeting/3'", 'c'],
    ["prompt = 'greeting/4'", ''],
    ["span.name = 'model'", 'd'],
    ["span.type = 'LLM' AND span.status = 'ERROR'", 'd'],
    // Both are there, but not in one span.
    ["span.name = 'agent' AND span.status = 'ERROR'", ''],
    ["span.type IN ('AGENT')", 'd'],
    // Patterns are looked for behind the name of the attribute, in the text of the span.
    ["span.attributes.model LIKE 'gpt%'", ''],
    ["span.attributes.model LIKE '%gpt%'", 'd'],
    ["span.attributes.`model` ILIKE '%GPT%'", 'd'],
    ["span.attributes.none LIKE '%gpt%'", ''],
    ["span.attributes.model RLIKE '^gpt'", 'd'],
    ["span.attributes.fruit RLIKE 'ple$'", 'd'],
    ["span.attributes.fruit RLIKE 'app$'", ''],
    ["span.attributes.fruit = 'apple'", 'd'],
    ["span.attributes.fruit RLIKE '^p'", ''],
    ["span.attributes.none != 'x'", 'd'],
    ["trace.text LIKE '%gpt-4o%'", 'd'],
    ["trace.text ILIKE '%APPLE%'", 'd'],
    ["span.content LIKE '%nowhere%'", ''],
    ["feedback.quality = 'good'", 'a'],
    ["feedback.quality.value = 'good'", ''],
    ['feedback.quality.value IS NULL', 'dcba'],
    ["feedback.quality != 'good'", ''],
    ["feedback.constructor = 'good'", ''],
    ["feedback.score = '5.0'", 'a'],
    ["feedback.score = '5'", ''],
    ["feedback.score != '5'", 'a'],
    ["feedback.quality LIKE '%oo%'", 'a'],
    // About the session: it holds for the other trace of it, too.
    ["feedback.polite = 'false'", 'ba'],
    ['feedback.polite IS NOT NULL', 'ba'],
    ['feedback.polite IS NULL', 'dc'],
    ['feedback.quality IS NOT NULL', 'a'],
    ["expectation.answer = 'Paris'", 'c'],
    ["expectation.quality = 'good'", ''],
    ["issue.id = 'issue-1'", 'c'],
    ["status = 'ERROR' AND tags.env = 'Production' AND execution_time > 1", 'b'],
  ])('%s finds %s', async (filter, expected) => {
    expect(await names(filter)).toBe(expected);
  });

  it.each([
    ["invalid.filter = 'x'", "Invalid entity type 'invalid'"],
    ["nothing = 'x'", "Invalid attribute key 'nothing' specified"],
    ["status > 'OK'", "Invalid comparator '>' not one of"],
    ['status = 5', 'attributes support comparison with numeric values'],
    ['tags.env = 5', 'Expected a quoted string value for tag'],
    ["tags.env IN ('a')", "Invalid comparator 'IN'"],
    ['tags.env = prod', 'not quoted'],
    ["timestamp_ms LIKE '1%'", "Invalid comparator 'LIKE'"],
    ["span.color = 'x'", "Invalid span attribute 'color'"],
    ["span.content = 'x'", "span.content comparator '='"],
    ["prompt LIKE 'x%'", "Only '=' is supported"],
    ["prompt = 'x'", "Invalid prompts filter value 'x'"],
    ["issue.color = 'x'", "Invalid issue attribute 'color'"],
    ["issue.id LIKE 'x'", "issue.id comparator 'LIKE'"],
    ["status = 'OK' OR status = 'ERROR'", 'Invalid clause(s) in filter string'],
    ["text LIKE '%a%'", "Invalid clause(s) in filter string: 'text'"],
    ["span.name like '%a%'", "span.name comparator 'like'"],
    ["span.attributes.a in ('a')", "span.attributes.a comparator 'in'"],
    ["trace.text like '%a%' AND tags.a ilike 'x' AND feedback.a like 'x'", undefined],
    ["timestamp > '5'", "Invalid clause(s) in filter string: 'timestamp'"],
    ['timestamp > 5.5', "Invalid clause(s) in filter string: 'timestamp'"],
    ['`timestamp` > 5.5 AND timestamp > -5', undefined],
    ["name RLIKE '['", 'Invalid regular expression'],
    ["name RLIKE '(a+)+$' AND status = 'OK'", undefined],
  ])('%s is refused', async (filter, message) => {
    const { status, body } = await search(experiment, { filter });
    if (message === undefined) return expect(status).toBe(200);
    expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(body.message).toContain(message);
  });

  it('is given up when its regular expression would take for ever', async () => {
    const own = await anExperiment();
    await aTrace(own, { tags: { a: `${'a'.repeat(60)}!` } });
    const { status, body } = await search(own, { filter: "tags.a RLIKE '^(a+)+$'" });
    expect([status, body.message]).toEqual([400, expect.stringContaining('takes too long')]);
  });
});

describe('the order of traces', () => {
  it.each([
    [['timestamp_ms ASC'], 'abcd'],
    [['attributes.execution_time_ms'], 'adcb'],
    [['end_time DESC'], 'dcba'],
    [['status'], 'bcda'],
    [['name'], 'abdc'],
    [['tag.env DESC'], 'abdc'],
    [['metadata.team', 'request_id DESC'], 'cdba'],
  ])('%j is %s', async (order_by, expected) => {
    expect(await names('', order_by)).toBe(expected);
  });

  it('is refused for what it does not know, and twice the same', async () => {
    for (const order_by of [['color'], ['span.name'], ['name', 'name']]) {
      expect((await search(experiment, { order_by })).status).toBe(400);
    }
  });
});

describe('pages', () => {
  it.each([[[]], [['timestamp ASC']], [['tags.env']]])(
    'in the order %j have every trace once, whatever comes and goes meanwhile',
    async (order_by) => {
      const own = await anExperiment();
      const made: string[] = [];
      for (let i = 0; i < 9; i++) {
        made.push(
          await aTrace(own, { request_time: at(Math.floor(i / 2)), tags: { env: `e${i % 3}` } }),
        );
      }
      const seen: string[] = [];
      let page_token: string | undefined;
      do {
        const { body } = await search(own, { order_by, max_results: 2, page_token });
        seen.push(...body.traces.map(({ trace_id }) => trace_id));
        page_token = body.next_page_token;
        if (seen.length === 4) {
          await traces('POST', '/delete-traces', { experiment_id: own, request_ids: [seen[0]] });
          // Before what was seen in any of the orders, or not there at all.
          await aTrace(await anExperiment());
        }
      } while (page_token);
      expect([...seen].sort()).toEqual([...made].sort());
    },
  );

  it('have a token when they are full, and only then', async () => {
    const own = await anExperiment();
    await aTrace(own);
    expect((await search(own, { max_results: 1 })).body.next_page_token).toBeDefined();
    expect((await search(own, { max_results: 2 })).body.next_page_token).toBeUndefined();
  });

  it('end below what a function may answer, whatever the characters take', async () => {
    const own = await anExperiment();
    const tags = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`t${i}`, '日'.repeat(8000)]),
    );
    const made: string[] = [];
    for (let i = 0; i < 12; i++) made.push(await aTrace(own, { request_time: at(i), tags }));
    const seen: string[] = [];
    let page_token: string | undefined;
    do {
      const { body } = await search(own, { page_token });
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(6 * 2 ** 20);
      seen.push(...body.traces.map(({ trace_id }) => trace_id));
      page_token = body.next_page_token;
    } while (page_token);
    expect(seen).toEqual(made.toReversed());
  });

  it('have 1 to 500 traces, and tokens that are some', async () => {
    for (const more of [{ max_results: 501 }, { max_results: 0 }, { page_token: 'x' }]) {
      expect((await search(experiment, more)).status).toBe(400);
    }
  });

  it('are of experiments, whose ids have no points', async () => {
    const asked = (ids: string[]) =>
      tracesV2('GET', `?${ids.map((id) => `experiment_ids=${id}`).join('&')}`);
    expect((await asked(['none'])).status).toBe(200);
    const { status, body } = await asked(['a', 'main.traces', 'main.of.the.other.catalogue']);
    expect([status, body.message]).toEqual([
      400,
      'Locations must be a list of experiment IDs. Found invalid experiment IDs: main.traces, main.of....',
    ]);
  });

  it('may be of several experiments, in one order', async () => {
    const others = [await anExperiment(), await anExperiment()];
    const made: string[] = [];
    for (let i = 0; i < 4; i++)
      made.push(await aTrace(others[i % 2] ?? '', { request_time: at(i) }));
    expect(await found(others)).toEqual(made.toReversed());
    expect(await found([])).toEqual([]);
  });
});
