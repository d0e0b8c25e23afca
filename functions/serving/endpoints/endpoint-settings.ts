import * as z from 'zod/mini';
import { DomainError, invalid } from '../../shared/errors.ts';
import { recipients } from '../../shared/recipients.ts';
import { PERMISSION_LEVELS } from './require-permission.ts';

/** What is said about an endpoint besides its configuration; it changes without a new number. */
export interface EndpointSettings {
  readonly rate_limits?: readonly RateLimit[];
  readonly ai_gateway?: AiGateway;
  readonly email_notifications?: EmailNotifications;
  readonly telemetry_config?: TelemetryConfig;
}

export const tagsSchema = z.array(
  z.object({
    key: z.string().check(z.minLength(1), z.maxLength(256)),
    value: z.optional(z.string().check(z.maxLength(1000))),
  }),
);

const rateLimitSchema = z.object({
  calls: z.optional(z.int().check(z.minimum(0))),
  tokens: z.optional(z.int()),
  /** Whose calls are counted together. */
  key: z._default(z.enum(['endpoint', 'user', 'user_group', 'service_principal']), 'endpoint'),
  /** The one user, group or service principal that is meant; absent: every user has the limit. */
  principal: z.optional(z.string().check(z.minLength(1))),
  renewal_period: z._default(z.literal('minute'), 'minute'),
});
export type RateLimit = z.infer<typeof rateLimitSchema>;

export const rateLimitsSchema = z.array(rateLimitSchema).check(z.maxLength(20));

export const aiGatewaySchema = z.object({
  fallback_config: z.optional(z.object({ enabled: z.boolean() })),
  guardrails: z.optional(z.partial(z.object({ input: z.unknown(), output: z.unknown() }))),
  inference_table_config: z.optional(
    z.object({
      enabled: z.optional(z.boolean()),
      catalog_name: z.optional(z.string()),
      schema_name: z.optional(z.string()),
      table_name_prefix: z.optional(z.string()),
    }),
  ),
  rate_limits: z.optional(rateLimitsSchema),
  usage_tracking_config: z.optional(z.object({ enabled: z.optional(z.boolean()) })),
});
export type AiGateway = z.infer<typeof aiGatewaySchema>;

export const accessControlSchema = z.object({
  user_name: z.optional(z.string().check(z.minLength(1))),
  group_name: z.optional(z.string().check(z.minLength(1))),
  service_principal_name: z.optional(z.string().check(z.minLength(1))),
  permission_level: z.enum(PERMISSION_LEVELS),
});
export type AccessControl = z.infer<typeof accessControlSchema>;

export const emailNotificationsSchema = z.object({
  on_update_success: z.optional(recipients),
  on_update_failure: z.optional(recipients),
});
export type EmailNotifications = z.infer<typeof emailNotificationsSchema>;

const INFERENCE_TABLE = 'TELEMETRY_FEATURE_INFERENCE_TABLE';

export const telemetrySchema = z.object({
  enabled_telemetry_features: z.optional(
    z.array(
      z.enum([
        INFERENCE_TABLE,
        'TELEMETRY_FEATURE_LOGS',
        'TELEMETRY_FEATURE_METRICS',
        'TELEMETRY_FEATURE_TRACES',
      ]),
    ),
  ),
  inference_table_config: z.optional(
    z.object({
      name: z.optional(z.string()),
      /** Share of the requests that the inference log keeps; it goes before the configuration's. */
      sampling_fraction: z.optional(z.number().check(z.gt(0), z.maximum(1))),
    }),
  ),
  table_names: z.optional(z.unknown()),
  telemetry_profile_id: z.optional(z.string()),
});
type TelemetryConfig = z.infer<typeof telemetrySchema>;

/** The settings as `POST /api/2.0/serving-endpoints` takes them. */
export const settingsSchema = z.object({
  rate_limits: z.optional(rateLimitsSchema),
  ai_gateway: z.optional(aiGatewaySchema),
  email_notifications: z.optional(emailNotificationsSchema),
  telemetry_config: z.optional(telemetrySchema),
});

/** Refuses what only language models have: a limit that nobody keeps must not be accepted. */
export function checkSettings(settings: z.infer<typeof settingsSchema>): EndpointSettings {
  const { rate_limits, ai_gateway, email_notifications, telemetry_config } = settings;
  for (const limit of [...(rate_limits ?? []), ...(ai_gateway?.rate_limits ?? [])]) {
    checkLimit(limit);
  }
  const guarded = Object.values(ai_gateway?.guardrails ?? {}).some((part) => part !== undefined);
  if (guarded) throw unsupported('guardrails belong to language models, which are not served here');
  if (telemetry_config) checkTelemetry(telemetry_config);
  return {
    ...(rate_limits && { rate_limits }),
    ...(ai_gateway && { ai_gateway }),
    ...(email_notifications && { email_notifications }),
    ...(telemetry_config && { telemetry_config }),
  };
}

/** The inference log is always kept, logs and metrics are there for whoever asks: nothing else is exported. */
function checkTelemetry(telemetry: TelemetryConfig): void {
  const { enabled_telemetry_features: enabled = [], table_names, telemetry_profile_id } = telemetry;
  if (table_names !== undefined || telemetry_profile_id !== undefined) {
    throw unsupported(
      'telemetry is exported to no tables: an endpoint has logs, metrics and its log',
    );
  }
  if (enabled.length > 0 && !enabled.includes(INFERENCE_TABLE)) {
    throw unsupported(`${INFERENCE_TABLE} cannot be turned off: sampling_fraction makes it small`);
  }
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
