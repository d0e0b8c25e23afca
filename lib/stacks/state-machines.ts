import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { BATCH_LISTS_PREFIX } from '../../functions/serving/env.ts';
import type { AppFunction } from '../constructs/app-function.ts';
import { allowInvoke, type Resources } from '../constructs/bindings.ts';
import { StateMachineFile } from '../constructs/state-machine-file.ts';
import type { Environment } from '../environments.ts';
import type { Serving } from '../serving/serving.ts';
import type { Training } from '../training/training.ts';

interface StateMachinesOptions {
  readonly environment: Environment;
  readonly resources: Resources;
  readonly training: Training;
  readonly serving: Serving;
}

/** The state machines of a stack: each is made when the first function is bound to it. */
export class StateMachines {
  private readonly scope: Construct;
  private readonly options: StateMachinesOptions;
  private readonly made = new Map<string, StateMachineFile>();

  constructor(scope: Construct, options: StateMachinesOptions) {
    this.scope = scope;
    this.options = options;
  }

  get(name: string): StateMachineFile {
    const machine = this.made.get(name) ?? this.make(name);
    this.made.set(name, machine);
    return machine;
  }

  private make(name: string): StateMachineFile {
    const { environment, resources, training, serving } = this.options;
    const invoked: AppFunction[] = [];
    const resolve = (placeholder: string): string => {
      const value = this.fixed(placeholder);
      if (value !== undefined) return value;
      const fn = resources.fn(kebab(placeholder.replace(/FunctionArn$/, '')));
      invoked.push(fn);
      return fn.functionArn;
    };
    const machine = new StateMachineFile(this.scope, name, { environment, resolve });
    for (const fn of invoked) allowInvoke(machine, fn);
    if (name === 'train') training.grantStart(machine);
    if (name === 'deploy') serving.grantDeploy(machine);
    if (name === 'batch-inference') {
      const lists = resources.bucket.arnForObjects(`${BATCH_LISTS_PREFIX}*`);
      machine.addToRolePolicy(
        new PolicyStatement({ actions: ['s3:GetObject'], resources: [lists] }),
      );
    }
    return machine;
  }

  /** Of the placeholders that are no `<Function>FunctionArn`. */
  private fixed(placeholder: string): string | undefined {
    const { resources, training, serving } = this.options;
    const values: Readonly<Record<string, () => string>> = {
      TrainingImage: () => training.image.imageUri,
      TrainingRoleArn: () => training.role.roleArn,
      ServingImage: () => serving.image.imageUri,
      ServingRoleArn: () => serving.role.roleArn,
      TrackingUri: () => resources.setting('trackingUri'),
      ArtifactsBucket: () => resources.bucket.bucketName,
    };
    return values[placeholder]?.();
  }
}

const kebab = (name: string) => name.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
