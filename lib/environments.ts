/** The three environments and what differs between them. */
export type EnvironmentName = 'dev' | 'staging' | 'prod';

export interface Environment {
  readonly name: EnvironmentName;
  /** Days that logs are kept. */
  readonly logRetentionDays: number;
  /** Whether tables and the bucket outlive the stack. */
  readonly retainData: boolean;
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
