import { AwsError } from '../../shared/aws-error.ts';
import type { Definition } from '../asl/definition.ts';

/** A state machine of the template. Times in milliseconds. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly roleArn: string;
  readonly text: string;
  readonly definition: Definition;
  readonly created: number;
}

export class Machines {
  private readonly machines = new Map<string, Machine>();

  add(machine: Machine): void {
    this.machines.set(machine.arn, machine);
  }

  find(machineArn: string): Machine | undefined {
    return this.machines.get(machineArn);
  }

  /** Throws `StateMachineDoesNotExist`. */
  get(machineArn: string): Machine {
    const machine = this.machines.get(machineArn);
    if (machine) return machine;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
  }

  list(): Machine[] {
    return [...this.machines.values()].sort((a, b) => a.name.localeCompare(b.name));
  }
}
