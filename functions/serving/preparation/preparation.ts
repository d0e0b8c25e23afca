import type { Workload } from '../deployment/workload.ts';
import { type EnvironmentVars, environmentId } from '../endpoints/environment-vars.ts';

/** A version as SageMaker is to serve it. */
export interface Deployment extends Workload {
  readonly variant: string;
  readonly location: { readonly bucket: string; readonly key: string };
}

/** What has come of bringing up a version that is scored outside the data path. */
export interface Preparation {
  /** Id of the event that asked for it, and name of its execution. */
  readonly preparation: string;
  readonly endpoint: string;
  readonly model: string;
  readonly version: string;
  readonly state: 'PREPARING' | 'READY' | 'FAILED';
  /** Epoch milliseconds of the present state. */
  readonly since: number;
  /** Why it cannot be served. */
  readonly message?: string;
  /** What the build printed, newest last; at most 32 KiB. */
  readonly log?: string;
  /** Of a version that SageMaker is to serve. */
  readonly deployment?: Deployment;
  /** Name of the environment that it is scored in, or of its variant. */
  readonly environment?: string;
  /** Kept here, where its execution reads them: they stand in no event and no input of an execution. */
  readonly environmentVars?: EnvironmentVars;
}

/** What tells the preparations of one version apart: its instances, or the variables of its process. */
export function variantOf({
  deployment,
  environmentVars,
}: {
  readonly deployment?: Pick<Deployment, 'variant'> | undefined;
  readonly environmentVars?: EnvironmentVars | undefined;
}): string | undefined {
  if (deployment) return deployment.variant;
  return environmentVars && `env-${environmentId(environmentVars)}`;
}

/** How long a model that nobody asks stays loaded where it is scored. */
const WARM_MS = 10 * 60_000;

/** Longer than an execution can take: nobody will report any more. */
const LOST_MS = 40 * 60_000;

/** Whether a version has to be brought up (again) before it is switched to. */
export function isDue(found: Preparation | undefined, now: number, mayRetry: boolean): boolean {
  switch (found?.state) {
    case 'READY':
      return now - found.since >= WARM_MS;
    case 'PREPARING':
      return now - found.since >= LOST_MS;
    case 'FAILED':
      return mayRetry;
    default:
      return true;
  }
}
