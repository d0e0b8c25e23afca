import * as z from 'zod';
import { DomainError, invalid } from '../shared/errors.ts';

/** What is said about an endpoint besides its configuration; it changes without a new number. */
export interface EndpointSettings {
  readonly rate_limits?: readonly RateLimit[];
  readonly ai_gateway?: AiGateway;
}

export const tagsSchema = z.array(
  z.object({ key: z.string().min(1).max(256), value: z.string().max(1000).optional() }),
);

const rateLimitSchema = z.object({
  calls: z.int().min(0).optional(),
  tokens: z.int().optional(),
  /** Whose calls are counted together. */
  key: z.enum(['endpoint', 'user', 'user_group', 'service_principal']),
  /** The one user, group or service principal that is meant; absent: every user has the limit. */
  principal: z.string().min(1).optional(),
  renewal_period: z.literal('minute').default('minute'),
});
export type RateLimit = z.infer<typeof rateLimitSchema>;

export const rateLimitsSchema = z.array(rateLimitSchema).max(20);

export const aiGatewaySchema = z.object({
  fallback_config: z.object({ enabled: z.boolean() }).optional(),
  guardrails: z.object({ input: z.unknown(), output: z.unknown() }).partial().optional(),
  inference_table_config: z
    .object({
      enabled: z.boolean().optional(),
      catalog_name: z.string().optional(),
      schema_name: z.string().optional(),
      table_name_prefix: z.string().optional(),
    })
    .optional(),
  rate_limits: rateLimitsSchema.optional(),
  usage_tracking_config: z.object({ enabled: z.boolean().optional() }).optional(),
});
export type AiGateway = z.infer<typeof aiGatewaySchema>;

export const PERMISSION_LEVELS = ['CAN_VIEW', 'CAN_QUERY', 'CAN_MANAGE'] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

export const accessControlSchema = z.object({
  user_name: z.string().min(1).optional(),
  group_name: z.string().min(1).optional(),
  service_principal_name: z.string().min(1).optional(),
  permission_level: z.enum(PERMISSION_LEVELS),
});
export type AccessControl = z.infer<typeof accessControlSchema>;

/** The settings as `POST /api/2.0/serving-endpoints` takes them. */
export const settingsSchema = z.object({
  rate_limits: rateLimitsSchema.optional(),
  ai_gateway: aiGatewaySchema.optional(),
});

/** Refuses what only language models have: a limit that nobody keeps must not be accepted. */
export function checkSettings(settings: z.infer<typeof settingsSchema>): EndpointSettings {
  const { rate_limits, ai_gateway } = settings;
  for (const limit of [...(rate_limits ?? []), ...(ai_gateway?.rate_limits ?? [])]) {
    checkLimit(limit);
  }
  const guarded = Object.values(ai_gateway?.guardrails ?? {}).some((part) => part !== undefined);
  if (guarded) throw unsupported('guardrails belong to language models, which are not served here');
  return {
    ...(rate_limits && { rate_limits }),
    ...(ai_gateway && { ai_gateway }),
  };
}

function checkLimit(limit: RateLimit): void {
  if (limit.tokens !== undefined) {
    throw unsupported('a limit of tokens belongs to language models, which are not served here');
  }
  if (limit.calls === undefined) throw invalid('A rate limit needs calls, the calls per minute');
  const named = limit.key === 'user_group' || limit.key === 'service_principal';
  if (named && limit.principal === undefined) {
    throw invalid(`A rate limit with key ${limit.key} needs a principal`);
  }
}

const unsupported = (message: string) => new DomainError('NOT_IMPLEMENTED', message);

/** Every limit that the data path keeps, from both places where Databricks has them. */
export function limitsOf({ rate_limits = [], ai_gateway }: EndpointSettings): RateLimit[] {
  return [...rate_limits, ...(ai_gateway?.rate_limits ?? [])];
}
