import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { otlpJson, otlpProtobuf, spanId, type TestSpan } from '../../../support/otlp.ts';
import { anExperiment } from '../../tracking/api.ts';
import {
  artifact,
  aTrace,
  aTraceId,
  exportRaw,
  found,
  infoOf,
  sendSpans,
  traces,
  useTraces,
  wholeOf,
} from '../api.ts';

useTraces();

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const [root, child] = [spanId(1), spanId(2)];

const SPANS: readonly TestSpan[] = [
  {
    id: child,
    parent: root,
    name: 'model',
    start: 1200,
    end: 1700,
    attributes: {
      'mlflow.spanType': 'LLM',
      'mlflow.chat.tokenUsage': { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
    },
  },
  {
    id: root,
    name: 'agent',
    start: 1000,
    end: 2500,
    status: 1,
    attributes: { 'mlflow.spanInputs': { question: 'why?' }, 'mlflow.spanOutputs': 'because' },
  },
];

describe('spans by OpenTelemetry', () => {
  it('make a trace that is whole at once', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    await sendSpans(experiment, id, SPANS);
    expect(await infoOf(id)).toMatchObject({
      request_time: '1970-01-01T00:00:01Z',
      execution_duration: '1.500s',
      state: 'OK',
      request_preview: '{"question": "why?"}',
      response_preview: '"because"',
      trace_metadata: {
        'mlflow.trace.tokenUsage': '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
      },
      tags: { 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
    });
    expect(await found(experiment)).toEqual([id]);
    const { spans } = await wholeOf(id);
    expect(spans.map(({ name }) => name)).toEqual(['agent', 'model']);
    expect(spans[1]).toMatchObject({
      trace_id: Buffer.from(id.slice(3), 'hex').toString('base64'),
      span_id: Buffer.from(child, 'hex').toString('base64'),
      parent_span_id: Buffer.from(root, 'hex').toString('base64'),
      start_time_unix_nano: 1_200_000_000,
      end_time_unix_nano: 1_700_000_000,
      status: {},
    });
    expect(spans[0]?.attributes).toContainEqual({
      key: 'mlflow.spanInputs',
      value: { kvlist_value: { values: [{ key: 'question', value: { string_value: 'why?' } }] } },
    });
  });

  it('are the same in protobuf and JSON, packed or not', async () => {
    const experiment = await anExperiment();
    const spans: TestSpan[] = [
      {
        id: root,
        name: 'r\u00f6\u00f6t',
        start: 1,
        end: 2,
        status: 2,
        attributes: { a: 'x', b: true, c: 5n, d: 0.5 },
      },
    ];
    const send = async (body: Buffer, headers: Record<string, string>) => {
      const answer = await exportRaw(body, { ...headers, 'x-mlflow-experiment-id': experiment });
      expect([answer.status, answer.body, answer.type]).toEqual([
        200,
        '',
        'application/x-protobuf',
      ]);
    };
    const ids = Array.from({ length: 5 }, aTraceId);
    const [a = '', b = '', c = '', d = '', e = ''] = ids;
    await send(otlpProtobuf(a, spans), PROTOBUF);
    await send(gzipSync(otlpProtobuf(b, spans)), { ...PROTOBUF, 'content-encoding': 'gzip' });
    await send(deflateSync(otlpProtobuf(c, spans)), { ...PROTOBUF, 'content-encoding': 'deflate' });
    await send(deflateRawSync(otlpProtobuf(d, spans)), {
      ...PROTOBUF,
      'content-encoding': 'deflate',
    });
    await send(Buffer.from(JSON.stringify(otlpJson(e, spans))), {
      'content-type': 'application/json; charset=utf-8',
    });
    const known = await Promise.all(ids.map(wholeOf));
    const plain = known.map(({ spans: [span] }) => {
      const attributes = span?.attributes.filter(({ key }) => key.length === 1);
      return { ...span, trace_id: undefined, attributes };
    });
    for (const one of plain) expect(one).toEqual(plain[0]);
    expect(plain[0]?.attributes).toEqual([
      { key: 'a', value: { string_value: 'x' } },
      { key: 'b', value: { bool_value: true } },
      { key: 'c', value: { int_value: 5 } },
      { key: 'd', value: { double_value: 0.5 } },
    ]);
    expect((await infoOf(a)).state).toBe('ERROR');
  });

  it('keep every digit', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    const body = JSON.stringify(
      otlpJson(id, [{ id: root, attributes: { n: 9007199254740993n } }]),
    ).replace('"1000000000"', '1763719200123456789');
    await exportRaw(Buffer.from(body), {
      'content-type': 'application/json',
      'x-mlflow-experiment-id': experiment,
    });
    const { handler } = await import('../../../../functions/traces/traces.lambda.ts');
    const event = {
      rawPath: '/api/3.0/mlflow/traces/get',
      rawQueryString: `trace_id=${id}&allow_partial=true`,
      headers: {},
      requestContext: {
        http: { method: 'GET' },
        authorizer: { lambda: { user: 'a', groups: [] } },
      },
    };
    const answer = (await handler(event as never, {} as never)) as { body: string };
    expect(answer.body).toContain('"start_time_unix_nano":1763719200123456789');
    expect(answer.body).toContain('"int_value":9007199254740993');
  });

  it('change nothing when they come again, in whatever batches', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    await sendSpans(experiment, id, SPANS);
    const before = await wholeOf(id);
    await sendSpans(experiment, id, SPANS);
    for (const span of SPANS) await sendSpans(experiment, id, [span]);
    expect(await wholeOf(id)).toEqual(before);
  });

  it('may come before and after what the client tells, whose word counts', async () => {
    const experiment = await anExperiment();
    const told = {
      request_time: '1970-01-01T00:00:00.900Z',
      execution_duration: '3s',
      trace_metadata: { 'mlflow.trace.tokenUsage': '{"total_tokens": 99}' },
      tags: { 'mlflow.traceName': 'told' },
    };
    const [before, after] = [aTraceId(), aTraceId()];
    await sendSpans(experiment, before, SPANS);
    await aTrace(experiment, { ...told, trace_id: before });
    await aTrace(experiment, { ...told, trace_id: after });
    await sendSpans(experiment, after, SPANS);
    for (const id of [before, after]) {
      const { trace_info, spans } = await wholeOf(id);
      expect(spans).toHaveLength(2);
      expect(trace_info).toMatchObject({
        request_time: '1970-01-01T00:00:00.900Z',
        execution_duration: '3s',
        request_preview: '{"question": "why?"}',
        tags: { 'mlflow.traceName': 'told', 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
      });
      expect(trace_info.trace_metadata['mlflow.trace.tokenUsage']).toBe('{"total_tokens": 99}');
    }
  });

  it('of a thousand in one call are one chunk, and of many megabytes several items', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    // Random texts of a kilobyte: packed they are more than one item holds.
    const text = () =>
      Array.from({ length: 90 }, () => Math.random().toString(36).slice(2)).join('');
    const many = Array.from({ length: 1000 }, (_, i) => ({
      id: spanId(i + 1),
      ...(i > 0 && { parent: root }),
      start: 1000 + i,
      end: 1001 + i,
      attributes: { text: text() },
    }));
    await sendSpans(experiment, id, many);
    expect((await wholeOf(id)).spans).toHaveLength(1000);
    expect((await infoOf(id)).execution_duration).toBe('1s');
    await traces('POST', '/delete-traces', { experiment_id: experiment, request_ids: [id] });
    expect((await traces('GET', `/get?trace_id=${id}`)).status).toBe(404);
    // Nothing of the old spans is left when the id comes back.
    await aTrace(experiment, {
      trace_id: id,
      tags: { 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
    });
    expect((await wholeOf(id)).spans).toBeUndefined();
  });

  it('are named by the service that is known to MLflow', async () => {
    const experiment = await anExperiment();
    const [known, unknown] = [aTraceId(), aTraceId()];
    await sendSpans(experiment, known, SPANS, { 'service.name': 'gemini-cli' });
    await sendSpans(experiment, unknown, SPANS, { 'service.name': 'mine' });
    const services = async (id: string) =>
      (await wholeOf(id)).spans.map(
        ({ attributes }) =>
          attributes.find(({ key }) => key === 'service.name')?.value.string_value,
      );
    expect(await services(known)).toEqual(['gemini-cli', undefined]);
    expect(await services(unknown)).toEqual([undefined, undefined]);
  });

  it('are a file to the web interface', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    await sendSpans(experiment, id, SPANS);
    const { body } = await artifact({ request_id: id });
    expect(body.spans).toHaveLength(2);
    expect(body.spans[0]).toMatchObject({
      name: 'agent',
      parent_span_id: null,
      status: { code: 'STATUS_CODE_OK', message: '' },
      attributes: {
        'mlflow.traceRequestId': `"${id}"`,
        'mlflow.spanInputs': '{"question": "why?"}',
      },
    });
    expect((await artifact({})).body.error_code).toBe('BAD_REQUEST');
    expect(await artifact({ request_id: 'tr-none' })).toMatchObject({
      status: 404,
      body: { message: 'Trace with ID tr-none is not found.' },
    });
    expect(await artifact({ request_id: 'tr-none', path: '../traces.json' })).toMatchObject({
      status: 400,
      body: { message: 'Invalid path' },
    });
  });

  it.each([
    ['without an experiment', otlpProtobuf('tr-00', SPANS), PROTOBUF, 422, 'Field required'],
    [
      'that is no protobuf',
      Buffer.from('this is not protobuf'),
      { ...PROTOBUF, 'x-mlflow-experiment-id': '0' },
      400,
      'Invalid OpenTelemetry format',
    ],
    [
      'that is no JSON',
      Buffer.from('{'),
      { 'content-type': 'application/json', 'x-mlflow-experiment-id': '0' },
      400,
      'Invalid OpenTelemetry format',
    ],
    [
      'of another type',
      Buffer.from('x'),
      { 'content-type': 'text/plain', 'x-mlflow-experiment-id': '0' },
      400,
      'Invalid Content-Type: text/plain',
    ],
    [
      'without spans',
      Buffer.alloc(0),
      { ...PROTOBUF, 'x-mlflow-experiment-id': '0' },
      400,
      'no spans found',
    ],
    [
      'that is not packed as it says',
      Buffer.from('x'),
      { ...PROTOBUF, 'content-encoding': 'gzip', 'x-mlflow-experiment-id': '0' },
      400,
      'Failed to decompress gzip',
    ],
    [
      'packed in another way',
      Buffer.from('x'),
      { ...PROTOBUF, 'content-encoding': 'br', 'x-mlflow-experiment-id': '0' },
      400,
      'Unsupported Content-Encoding: br',
    ],
    [
      'with a span without an id',
      otlpProtobuf('tr-01', [{ id: '' }]),
      { ...PROTOBUF, 'x-mlflow-experiment-id': '0' },
      422,
      'Cannot convert',
    ],
    [
      'of an experiment that is not there',
      otlpProtobuf('tr-01', SPANS),
      { ...PROTOBUF, 'x-mlflow-experiment-id': '987654' },
      404,
      'No Experiment with id=987654 exists',
    ],
    [
      'that is a bomb',
      gzipSync(Buffer.alloc(80 * 2 ** 20)),
      { ...PROTOBUF, 'content-encoding': 'gzip', 'x-mlflow-experiment-id': '0' },
      400,
      'Failed to decompress',
    ],
  ])('in a request %s are refused', async (_, body, headers, status, message) => {
    const answer = await exportRaw(body, headers as Record<string, string>);
    expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(message)]);
  });

  it('nested in each other without an end are refused', async () => {
    let value: object = { stringValue: 'x' };
    for (let i = 0; i < 1000; i++) value = { arrayValue: { values: [value] } };
    const request = otlpJson('tr-01', [{ id: root }]);
    const span = request.resourceSpans[0]?.scopeSpans[0]?.spans[0] as { attributes: object[] };
    span.attributes = [{ key: 'deep', value }];
    const answer = await exportRaw(Buffer.from(JSON.stringify(request)), {
      'content-type': 'application/json',
      'x-mlflow-experiment-id': '0',
    });
    expect(answer.status).toBe(400);
  });
});

describe('a trace whose client counted its spans', () => {
  it('waits for those that are on their way', async () => {
    const experiment = await anExperiment();
    const id = aTraceId();
    await aTrace(experiment, {
      trace_id: id,
      trace_metadata: { 'mlflow.trace.sizeStats': '{"num_spans": 2}' },
    });
    await sendSpans(experiment, id, SPANS.slice(0, 1));
    const whole = traces('GET', `/get?trace_id=${id}`);
    await sendSpans(experiment, id, SPANS.slice(1));
    expect((await whole).body.trace.spans).toHaveLength(2);
    expect(
      (await traces('GET', `/batchGet?trace_ids=${id}&trace_ids=tr-none`)).body.traces,
    ).toHaveLength(1);
  });

  it.each([
    ['large', 3_000_000, 1, 'ARTIFACT_REPO'],
    ['large and whole', 3_000_000, 2, 'TRACKING_STORE'],
    ['small', 2000, 1, 'TRACKING_STORE'],
  ])(
    'keeps them as a file if it is large and some did not come: one that is %s',
    async (...given) => {
      const [, bytes, count, location] = given;
      const experiment = await anExperiment();
      const id = aTraceId();
      await sendSpans(experiment, id, SPANS.slice(0, count));
      const stats = JSON.stringify({ total_size_bytes: bytes, num_spans: 2 });
      const told = { trace_id: id, trace_metadata: { 'mlflow.trace.sizeStats': stats } };
      await aTrace(experiment, told);
      expect((await infoOf(id)).tags['mlflow.trace.spansLocation']).toBe(location);
      // What comes late does not take readers away from the file.
      await sendSpans(experiment, id, SPANS.slice(1));
      expect((await infoOf(id)).tags['mlflow.trace.spansLocation']).toBe(location);
    },
  );
});
