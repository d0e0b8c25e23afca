import { createHash } from 'node:crypto';
import { HOUR_MS } from '../../shared/duration.ts';
import { type Assessment, idInTrace, toAssessment } from '../assessments/assessment.ts';
import { ATTRIBUTES, type Span } from '../spans/span.ts';
import { METADATA, TAGS, type Trace } from '../trace.ts';
import { CONVERSATIONS, type Conversation, type Turn } from './conversations.ts';

/** A trace of the demo as it is to be stored: its spans, and what they do not say. */
export interface DemoTrace {
  readonly trace_id: string;
  readonly spans: readonly Span[];
  readonly told: Pick<Trace, 'trace_metadata' | 'tags' | 'assessments'>;
}

/** A step of an answer: milliseconds from the start of the trace. */
interface Step {
  readonly name: string;
  readonly type: string;
  readonly from: number;
  readonly to: number;
  readonly inputs: unknown;
  readonly outputs: unknown;
  readonly more?: Readonly<Record<string, unknown>>;
}

/**
 * The traces of the demo, spread over the days before `now`. Ids follow from the experiment, so that
 * making them again adds none.
 */
export function demoTraces(experimentId: string, now: number): DemoTrace[] {
  const turns = CONVERSATIONS.flatMap((talk) => talk.turns.map((turn) => ({ talk, turn })));
  return turns.map(({ talk, turn }, i) => {
    const start = now - (turns.length - i) * 16 * HOUR_MS;
    const id = createHash('sha256').update(`demo/${experimentId}/${i}`).digest().subarray(0, 16);
    const trace_id = `tr-${id.toString('hex')}`;
    const assessments = assessmentsOf(trace_id, talk, turn, start + HOUR_MS);
    return {
      trace_id,
      spans: spansOf(trace_id, id, turn, start, i),
      told: {
        trace_metadata: { [METADATA.session]: talk.session, [METADATA.user]: talk.user },
        tags: { [TAGS.name]: 'travel_assistant' },
        assessments,
      },
    };
  });
}

function spansOf(traceId: string, id: Buffer, turn: Turn, start: number, position: number): Span[] {
  const steps = stepsOf(turn, position);
  const trace_id = id.toString('base64');
  const at = (ms: number) => `${start + ms}000000`;
  const spanId = (n: number) => Buffer.from([...id.subarray(0, 7), n + 1]).toString('base64');
  return steps.map(({ name, type, from, to, inputs, outputs, more }, n) => ({
    trace_id,
    span_id: spanId(n),
    parent_span_id: n === 0 ? null : spanId(0),
    name,
    start: at(from),
    end: at(to),
    events: [],
    ...(turn.error && n === 0
      ? { status: 'ERROR' as const, message: turn.error }
      : { status: 'OK' as const }),
    type,
    attributes: texts({
      [ATTRIBUTES.traceId]: traceId,
      [ATTRIBUTES.type]: type,
      [ATTRIBUTES.inputs]: inputs,
      ...(outputs !== undefined && { [ATTRIBUTES.outputs]: outputs }),
      ...more,
    }),
  }));
}

const texts = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));

function stepsOf({ question, answer, document, tool, error }: Turn, position: number): Step[] {
  const found = 60 + 15 * position;
  const called = found + (tool ? 220 : 0);
  const end = called + 700 + 90 * (position % 4);
  const messages = [
    { role: 'system', content: `Answer by the handbook: ${document.text}` },
    { role: 'user', content: question },
  ];
  const input_tokens = Math.ceil(JSON.stringify(messages).length / 4);
  const output_tokens = Math.ceil(answer.length / 4);
  const total_tokens = input_tokens + output_tokens;
  const whole: Step = {
    name: 'travel_assistant',
    type: 'AGENT',
    from: 0,
    to: error ? called : end,
    inputs: { question },
    outputs: error ? undefined : answer,
  };
  const lookUp: Step = {
    name: 'look_up',
    type: 'RETRIEVER',
    from: 5,
    to: found,
    inputs: { query: question },
    outputs: [{ page_content: document.text, metadata: { doc_uri: document.uri } }],
  };
  const call = tool && { ...tool, type: 'TOOL', from: found, to: called };
  const compose: Step = {
    name: 'compose',
    type: 'CHAT_MODEL',
    from: called,
    to: end,
    inputs: { model: 'demo-model', messages },
    outputs: { choices: [{ index: 0, message: { role: 'assistant', content: answer } }] },
    more: {
      [ATTRIBUTES.model]: 'demo-model',
      [ATTRIBUTES.usage]: { input_tokens, output_tokens, total_tokens },
    },
  };
  return [
    whole,
    lookUp,
    ...(call ? [{ ...call, inputs: call.input, outputs: call.output }] : []),
    ...(error ? [] : [compose]),
  ];
}

function assessmentsOf(
  traceId: string,
  { user }: Conversation,
  { helpful, judged, expected }: Turn,
  now: number,
): Assessment[] {
  const person = { source_type: 'HUMAN', source_id: user } as const;
  const judge = { source_type: 'LLM_JUDGE', source_id: 'demo-judge' } as const;
  const given = [
    ...(helpful === undefined
      ? []
      : [{ assessment_name: 'helpful', source: person, feedback: { value: helpful } }]),
    ...(judged
      ? [
          {
            assessment_name: 'groundedness',
            source: judge,
            feedback: { value: judged.score },
            rationale: judged.rationale,
          },
        ]
      : []),
    ...(expected
      ? [{ assessment_name: 'expected_answer', source: person, expectation: { value: expected } }]
      : []),
  ];
  return given.map((one, i) => toAssessment(one, now, idInTrace(traceId, i, one)));
}
