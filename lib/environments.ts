/** The three environments and what differs between them. */
export type EnvironmentName = 'dev' | 'staging' | 'prod';

export interface Environment {
  readonly name: EnvironmentName;
  /** Days that logs are kept. */
  readonly logRetentionDays: number;
  /** Whether tables and the bucket outlive the stack. */
  readonly retainData: boolean;
  /** Concurrent executions by function, where a deployment sets them. */
  readonly reservedConcurrency?: Readonly<Record<string, number>>;
}

const ENVIRONMENTS: Readonly<Record<EnvironmentName, Environment>> = {
  dev: { name: 'dev', logRetentionDays: 7, retainData: false },
  staging: { name: 'staging', logRetentionDays: 30, retainData: true },
  prod: { name: 'prod', logRetentionDays: 90, retainData: true },
};

export const environment = (name: EnvironmentName): Environment => ENVIRONMENTS[name];

/** Checks a name given by a person; throws with the valid ones. */
export function environmentName(text: string): EnvironmentName {
  if (Object.hasOwn(ENVIRONMENTS, text)) return text as EnvironmentName;
  throw new Error(`Unknown environment '${text}': use ${Object.keys(ENVIRONMENTS).join(', ')}`);
}

/** Functions that score requests: their concurrency is how many requests are scored at once. */
const SCORING = ['serving-invoke', 'serving-python'];

/** The environment with a limit on the requests that are scored at once; without one only the account's applies. */
export function withServingConcurrency(of: Environment, limit: unknown): Environment {
  if (limit === undefined) return of;
  const concurrency = Number(limit);
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new Error(`serving-concurrency must be a whole number from 1 on, not '${limit}'`);
  }
  return {
    ...of,
    reservedConcurrency: Object.fromEntries(SCORING.map((name) => [name, concurrency])),
  };
}
