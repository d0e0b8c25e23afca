import { describe, expect, it } from 'vitest';
import { readExact, writeExact } from '../../../../functions/traces/exact-json.ts';
import { previewOf } from '../../../../functions/traces/preview.ts';
import { translate } from '../../../../functions/traces/translation/translate-span.ts';

const json = (values: object) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));

const added = (
  attributes: object,
  events: readonly { name: string; attributes: object }[] = [],
) => {
  const given = json(attributes);
  const told = events.map(({ name, attributes: own }) => ({
    name,
    time: '0',
    attributes: json(own),
  }));
  const after = translate(given, told);
  return Object.fromEntries(
    Object.entries(after)
      .filter(([key, text]) => given[key] !== text)
      .map(([key, text]) => [key.replace('mlflow.', ''), text]),
  );
};

describe('spans of other instrumentations', () => {
  it.each([
    [
      'OpenInference',
      {
        'openinference.span.kind': 'LLM',
        'input.value': 'hi',
        'output.value': 'ho',
        'llm.token_count.prompt': 3,
        'llm.token_count.completion': 4,
        'llm.model_name': 'gpt-4',
        'llm.provider': 'openai',
      },
      {
        spanType: '"LLM"',
        spanInputs: '"hi"',
        spanOutputs: '"ho"',
        'chat.tokenUsage': '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
        'llm.model': '"gpt-4"',
        'llm.provider': '"openai"',
      },
    ],
    [
      'OpenTelemetry',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.input.messages': '[]',
        'gen_ai.usage.input_tokens': '26',
        'gen_ai.usage.cache_read.input_tokens': 5,
        'gen_ai.request.model': 'm',
      },
      {
        spanType: '"CHAT_MODEL"',
        'chat.tokenUsage': '{"input_tokens": 26, "cache_read_input_tokens": 5}',
        'llm.model': '"m"',
        spanInputs: '"[]"',
      },
    ],
    [
      'Traceloop',
      {
        'traceloop.span.kind': 'workflow',
        'gen_ai.prompt.0.content': 'why?',
        'gen_ai.completion.0.content': 'so',
        'gen_ai.system': 'anthropic',
      },
      {
        spanType: '"WORKFLOW"',
        spanInputs: '"why?"',
        spanOutputs: '"so"',
        'llm.provider': '"anthropic"',
      },
    ],
    [
      'Vercel',
      {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.prompt.messages': '[{"role":"user"}]',
        'ai.prompt.tools': ['{"name":"t"}'],
        'ai.response.text': 'ok',
      },
      {
        spanType: '"LLM"',
        spanInputs: '{"messages": [{"role": "user"}], "tools": [{"name": "t"}]}',
        spanOutputs: '{"text": "ok"}',
        'message.format': '"vercel_ai"',
      },
    ],
    [
      'VoltAgent',
      { 'span.type': 'tool', 'voltagent.operation_id': 'x', input: 'a', output: 'b' },
      {
        spanType: '"TOOL"',
        spanInputs: '"a"',
        spanOutputs: '"b"',
        'message.format': '"voltagent"',
      },
    ],
    [
      'LiveKit',
      { 'lk.agent_name': 'x', 'lk.user_input': 'a' },
      { spanType: '"AGENT"', spanInputs: '"a"', 'message.format': '"livekit"' },
    ],
    [
      'Laminar',
      { 'lmnr.span.type': 'PIPELINE', 'lmnr.span.input': 'a' },
      { spanType: '"CHAIN"', spanInputs: '"a"', 'message.format': '"openai"' },
    ],
    [
      'Langfuse',
      { 'langfuse.observation.type': 'generation', 'langfuse.observation.output': 'a' },
      { spanType: '"LLM"', spanOutputs: '"a"' },
    ],
    [
      'Google',
      { 'gcp.vertex.agent.llm_request': '{"model":"g"}' },
      { spanInputs: '"{\\"model\\":\\"g\\"}"' },
    ],
    [
      'Gemini',
      {
        'gen_ai.agent.name': 'gemini-cli',
        'gen_ai.operation.name': 'llm_call',
        'gen_ai.input.messages': [{ role: 'user' }],
        'gen_ai.output.messages': [{ parts: [{ text: 'x' }] }],
      },
      {
        spanType: '"LLM"',
        spanInputs: '{"contents": [{"role": "user"}]}',
        spanOutputs: '{"candidates": [{"content": {"role": "model", "parts": [{"text": "x"}]}}]}',
        'message.format': '"gemini"',
      },
    ],
  ])('of %s have what MLflow looks for', (_, attributes, expected) => {
    expect(added(attributes)).toEqual(expected);
  });

  it('that tell by events are heard', () => {
    const messages = [
      { name: 'gen_ai.system.message', attributes: { content: 'be kind' } },
      { name: 'gen_ai.user.message', attributes: { content: 'hi' } },
      { name: 'gen_ai.choice', attributes: { content: 'ho' } },
    ];
    expect(added({}, messages)).toEqual({
      spanInputs: '[{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}]',
      spanOutputs: '[{"role": "assistant", "content": "ho"}]',
    });
    const whole = [{ name: 'gen_ai.content.prompt', attributes: { 'gen_ai.prompt': 'all' } }];
    expect(added({}, whole)).toEqual({ spanInputs: 'all' });
  });

  it("keep what is there by MLflow's names, save a type that says nothing", () => {
    const own = { 'mlflow.spanType': 'TOOL', 'mlflow.spanInputs': 1 };
    expect(added({ ...own, 'openinference.span.kind': 'LLM', 'input.value': 'x' })).toEqual({});
    expect(added({ 'mlflow.spanType': 'UNKNOWN', 'openinference.span.kind': 'LLM' })).toEqual({
      spanType: '"LLM"',
    });
  });
});

describe('previews', () => {
  it.each([
    ['"plain"', 'user', '"plain"'],
    [
      '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}',
      'user',
      'a',
    ],
    ['{"messages": [{"role": "system", "content": "s"}]}', 'user', 's'],
    ['{"choices": [{"message": {"role": "assistant", "content": "c"}}]}', 'assistant', 'c'],
    [
      '{"request": {"input": [{"role": "user", "content": [{"type": "text", "text": "t"}]}]}}',
      'user',
      't',
    ],
    [
      '{"output": [{"role": "assistant", "content": [{"type": "output_text", "text": "o"}]}]}',
      'assistant',
      'o',
    ],
    ['no json', 'user', 'no json'],
  ] as const)('of %s is %s: %s', (text, role, expected) => {
    expect(previewOf(text, role)).toBe(expected);
  });

  it('are cut at 1000 characters', () => {
    expect(previewOf('x'.repeat(1000), 'user')).toHaveLength(1000);
    expect(previewOf('x'.repeat(1001), 'user')).toBe(`${'x'.repeat(997)}...`);
  });
});

describe('exact JSON', () => {
  it.each([
    '1',
    '1.0',
    '-0.5',
    '9007199254740993',
    '1e+16',
    '2.5e-05',
    '[1, 2.5, "x"]',
    '{"a": {"b": null}}',
    'NaN',
    '-Infinity',
    '"\u00e4"',
  ])('%s is the same after reading and writing', (text) =>
    expect(writeExact(readExact(text))).toBe(text),
  );
});
