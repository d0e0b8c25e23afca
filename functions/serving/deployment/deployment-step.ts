import type { EnvironmentVars } from '../endpoints/environment-vars.ts';
import type { Preparation } from '../preparation/preparation.ts';

/** What `planDeployment` is asked, and the steps that it answers with. */

/** What SageMaker says of the endpoint. */
export interface Seen {
  /** `Absent`, or SageMaker's own. */
  readonly status: string;
  readonly config: string;
  readonly variants: readonly {
    readonly name: string;
    readonly weight: number;
    /** How many there are now; absent in executions that began before this was asked. */
    readonly instances?: number | undefined;
  }[];
  readonly failure: string;
}

/** What one execution has done so far. */
export interface Memory {
  /** Configuration that SageMaker has taken from it, and not yet answered for; empty when none. */
  readonly tried: string;
  /** Why it cannot come about; empty while it may. */
  readonly problem: string;
  /** Whether the weights were set to what they should be. */
  readonly weighted: boolean;
  /** Whether its instances come and go. */
  readonly scaled?: boolean | undefined;
  /** Variants whose instances come and go no more: they are about to be taken off. */
  readonly unscaled?: readonly string[] | undefined;
  /** Whether a problem was told that no version waits for. */
  readonly told: boolean;
  /** Configurations and variants that it has met. */
  readonly configs: readonly string[];
  readonly variants: readonly string[];
}

/** A version that SageMaker serves, or should. */
export interface Candidate
  extends Pick<Preparation, 'preparation' | 'model' | 'state' | 'since' | 'environmentVars'>,
    Required<Pick<Preparation, 'deployment'>> {}

export interface DeploymentQuestion {
  readonly name: string;
  /** The only variant, where requests wait in a queue. */
  readonly queue?: string;
  readonly seen: Seen;
  readonly memory: Memory;
  /** The preparation that this execution was started for; null: it only tidies up. */
  readonly own: string | null;
  readonly candidates: readonly Candidate[];
  /** Variants whose instances come and go with the requests. */
  readonly scaled: ReadonlySet<string>;
  /** Shares of the traffic of the variants that answer requests now. */
  readonly live: ReadonlyMap<string, number>;
  /** How often SageMaker was asked already. */
  readonly looks: number;
  readonly now: number;
}

interface Model {
  readonly name: string;
  readonly uri: string;
  readonly environment: EnvironmentVars;
}

interface Variant {
  readonly VariantName: string;
  readonly ModelName: string;
  readonly InstanceType: string;
  readonly InitialInstanceCount: number;
  readonly InitialVariantWeight: number;
  readonly ContainerStartupHealthCheckTimeoutInSeconds: number;
}

/** The scaling target and policies of a variant, for Application Auto Scaling. */
export interface Scaling {
  /** `endpoint/<name>/variant/<variant>`. */
  readonly resource: string;
  readonly minimum: number;
  readonly maximum: number;
  /** By what waits in its queue, rather than by the requests that it is answering. */
  readonly queued: boolean;
}

/** What is to be done next; then SageMaker is asked again. */
export type Step = { readonly memory: Memory } & (
  | { readonly do: 'wait' }
  /** `scaling`: what has to go first. */
  | { readonly do: 'delete'; readonly scaling?: Pick<Scaling, 'resource'> }
  | {
      readonly do: 'create' | 'update';
      readonly models: readonly Model[];
      readonly config: {
        readonly name: string;
        readonly queued: boolean;
        readonly variants: readonly Variant[];
      };
    }
  | { readonly do: 'scale'; readonly scaling: Scaling }
  /** SageMaker takes no variant off that is scaled. */
  | { readonly do: 'unscale'; readonly scaling: Pick<Scaling, 'resource'> }
  | {
      readonly do: 'weights';
      readonly weights: readonly { readonly VariantName: string; readonly DesiredWeight: number }[];
    }
  | { readonly do: 'record' }
  | { readonly do: 'done'; readonly configs: readonly string[]; readonly models: readonly string[] }
);
