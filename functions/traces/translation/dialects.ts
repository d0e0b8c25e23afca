/**
 * Names that instrumentations of language models use for the same things, in the order in which they
 * count (`mlflow/tracing/otel/translation`).
 */
export interface Dialect {
  /** Attributes that name the kind of span, and MLflow's types for it. */
  readonly kinds?: readonly string[];
  readonly types?: Readonly<Record<string, string>>;
  readonly inputs?: readonly (string | RegExp)[];
  readonly outputs?: readonly (string | RegExp)[];
  readonly inputTokens?: readonly string[];
  readonly outputTokens?: readonly string[];
  readonly totalTokens?: readonly string[];
  readonly cacheReadTokens?: string;
  readonly cacheCreationTokens?: string;
  readonly models?: readonly string[];
  readonly provider?: string;
  readonly tools?: string;
  /** How the interface shows messages, when an attribute begins with one of the marks. */
  readonly format?: { readonly name: string; readonly marks: readonly string[] };
}

const GEN_AI_TOKENS = {
  inputTokens: ['gen_ai.usage.input_tokens'],
  outputTokens: ['gen_ai.usage.output_tokens'],
} as const;

const GEN_AI_MODELS = ['gen_ai.response.model', 'gen_ai.request.model'] as const;

/** https://github.com/Arize-ai/openinference */
const OPEN_INFERENCE: Dialect = {
  kinds: ['openinference.span.kind'],
  types: {
    TOOL: 'TOOL',
    CHAIN: 'CHAIN',
    LLM: 'LLM',
    RETRIEVER: 'RETRIEVER',
    EMBEDDING: 'EMBEDDING',
    AGENT: 'AGENT',
    RERANKER: 'RERANKER',
    UNKNOWN: 'UNKNOWN',
    GUARDRAIL: 'GUARDRAIL',
    EVALUATOR: 'EVALUATOR',
  },
  inputTokens: ['llm.token_count.prompt'],
  outputTokens: ['llm.token_count.completion'],
  totalTokens: ['llm.token_count.total'],
  inputs: ['input.value'],
  outputs: ['output.value'],
  models: ['llm.model_name', 'embedding.model_name'],
  provider: 'llm.provider',
};

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/ */
const GEN_AI: Dialect = {
  ...GEN_AI_TOKENS,
  kinds: ['gen_ai.operation.name'],
  types: {
    chat: 'CHAT_MODEL',
    create_agent: 'AGENT',
    embeddings: 'EMBEDDING',
    execute_tool: 'TOOL',
    generate_content: 'LLM',
    invoke_agent: 'AGENT',
    text_completion: 'LLM',
    response: 'LLM',
  },
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheCreationTokens: 'gen_ai.usage.cache_creation.input_tokens',
  inputs: ['gen_ai.input.messages', 'gen_ai.tool.call.arguments'],
  outputs: ['gen_ai.output.messages', 'gen_ai.tool.call.result'],
  models: GEN_AI_MODELS,
  provider: 'gen_ai.provider.name',
  tools: 'gen_ai.tool.definitions',
};

/** https://github.com/traceloop/openllmetry */
const TRACELOOP: Dialect = {
  kinds: ['traceloop.span.kind'],
  types: { workflow: 'WORKFLOW', task: 'TASK', agent: 'AGENT', tool: 'TOOL', unknown: 'UNKNOWN' },
  inputTokens: ['gen_ai.usage.prompt_tokens'],
  outputTokens: ['gen_ai.usage.completion_tokens'],
  totalTokens: ['llm.usage.total_tokens'],
  inputs: [
    'traceloop.entity.input',
    /^gen_ai\.prompt\.\d+\.content/,
    /^gen_ai\.completion\.\d+\.tool_calls\.\d+\.arguments/,
  ],
  outputs: ['traceloop.entity.output', /^gen_ai\.completion\.\d+\.content/],
  provider: 'gen_ai.system',
};

/** Google's Agent Development Kit. */
const GOOGLE_ADK: Dialect = {
  inputs: ['gcp.vertex.agent.llm_request', 'gcp.vertex.agent.tool_call_args'],
  outputs: ['gcp.vertex.agent.llm_response', 'gcp.vertex.agent.tool_response'],
};

/** https://ai-sdk.dev/docs/ai-sdk-core/telemetry */
const VERCEL_AI: Dialect = {
  kinds: ['ai.operationId'],
  types: {
    'ai.generateText': 'LLM',
    'ai.generateText.doGenerate': 'LLM',
    'ai.toolCall': 'TOOL',
    'ai.streamText': 'LLM',
    'ai.streamText.doStream': 'LLM',
    'ai.generateObject': 'LLM',
    'ai.generateObject.doGenerate': 'LLM',
    'ai.streamObject': 'LLM',
    'ai.streamObject.doStream': 'LLM',
    'ai.embed': 'EMBEDDING',
    'ai.embed.doEmbed': 'EMBEDDING',
    'ai.embedMany': 'EMBEDDING',
  },
  inputs: ['ai.prompt', 'ai.toolCall.args', 'ai.value', 'ai.values'],
  outputs: [
    'ai.response.text',
    'ai.toolCall.result',
    'ai.response.object',
    'ai.embedding',
    'ai.embeddings',
  ],
};

/** https://voltagent.dev */
const VOLT_AGENT: Dialect = {
  kinds: ['span.type', 'entity.type'],
  types: { agent: 'AGENT', llm: 'LLM', tool: 'TOOL', memory: 'MEMORY' },
  inputs: ['agent.messages', 'llm.messages', 'input'],
  outputs: ['output'],
  inputTokens: ['usage.prompt_tokens', 'llm.usage.prompt_tokens'],
  outputTokens: ['usage.completion_tokens', 'llm.usage.completion_tokens'],
  totalTokens: ['usage.total_tokens', 'llm.usage.total_tokens'],
  format: { name: 'voltagent', marks: ['voltagent.operation_id', 'voltagent.conversation_id'] },
};

/** https://docs.livekit.io/agents */
const LIVE_KIT: Dialect = {
  inputs: ['lk.user_input', 'lk.user_transcript', 'lk.chat_ctx', 'lk.input_text'],
  outputs: ['lk.response.text', 'lk.response.function_calls'],
  format: { name: 'livekit', marks: ['lk.'] },
};

/** https://docs.lmnr.ai */
const LAMINAR: Dialect = {
  ...GEN_AI_TOKENS,
  kinds: ['lmnr.span.type'],
  types: {
    LLM: 'LLM',
    TOOL: 'TOOL',
    DEFAULT: 'CHAIN',
    PIPELINE: 'CHAIN',
    EXECUTOR: 'AGENT',
    EVALUATOR: 'EVALUATOR',
    HUMAN_EVALUATOR: 'EVALUATOR',
    EVALUATION: 'EVALUATOR',
    CACHED: 'LLM',
  },
  inputs: ['lmnr.span.input'],
  outputs: ['lmnr.span.output'],
  models: GEN_AI_MODELS,
  provider: 'gen_ai.system',
  format: { name: 'openai', marks: ['lmnr.span.type'] },
};

/** https://langfuse.com */
const LANGFUSE: Dialect = {
  kinds: ['langfuse.observation.type'],
  types: {
    generation: 'LLM',
    embedding: 'EMBEDDING',
    tool: 'TOOL',
    retriever: 'RETRIEVER',
    agent: 'AGENT',
    chain: 'CHAIN',
    evaluator: 'EVALUATOR',
    guardrail: 'GUARDRAIL',
    span: 'UNKNOWN',
  },
  inputs: ['langfuse.observation.input'],
  outputs: ['langfuse.observation.output'],
};

export const DIALECTS: readonly Dialect[] = [
  OPEN_INFERENCE,
  GEN_AI,
  TRACELOOP,
  GOOGLE_ADK,
  VERCEL_AI,
  VOLT_AGENT,
  LIVE_KIT,
  LAMINAR,
  LANGFUSE,
];
