import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { arn } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { openDatabase } from '../shared/database.ts';
import type { PolicyRequest } from './requests.ts';

export interface RegisteredTarget {
  readonly ResourceId: string;
  readonly MinCapacity: number;
  readonly MaxCapacity: number;
  readonly RoleARN: string;
  /** Epoch seconds. */
  readonly CreationTime: number;
}

type Policy = PolicyRequest & Pick<RegisteredTarget, 'CreationTime'>;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS scalable (
  kind TEXT NOT NULL,
  resource TEXT NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (kind, resource, name)
) WITHOUT ROWID;
`;

/** Scalable targets and their policies, in memory and in `autoscaling.db`. */
export class TargetStore {
  /** By resource, as `endpoint/<name>/variant/<variant>`. */
  readonly targets = new Map<string, RegisteredTarget>();
  /** By ARN. */
  readonly policies = new Map<string, Policy>();
  private readonly database;

  constructor(dataDir: string) {
    this.database = openDatabase(join(dataDir, 'autoscaling.db'), SCHEMA);
    for (const { kind, content } of this.database.prepare('SELECT * FROM scalable').all()) {
      const value: unknown = JSON.parse(String(content));
      if (kind === 'target') {
        const target = value as RegisteredTarget;
        this.targets.set(target.ResourceId, target);
      } else this.policies.set(policyArn(value as Policy), value as Policy);
    }
  }

  /** Throws ObjectNotFoundException. */
  target(resourceId: string): RegisteredTarget {
    const found = this.targets.get(resourceId);
    if (found) return found;
    throw new AwsError('ObjectNotFoundException', `No scalable target found for ${resourceId}`);
  }

  policiesOf(resourceId: string): Policy[] {
    return [...this.policies.values()].filter((policy) => policy.ResourceId === resourceId);
  }

  putTarget(target: RegisteredTarget): void {
    this.save('target', target.ResourceId, '', target);
    this.targets.set(target.ResourceId, target);
  }

  /** With its policies. */
  deleteTarget(resourceId: string): void {
    this.database.prepare('DELETE FROM scalable WHERE resource = ?').run(resourceId);
    for (const policy of this.policiesOf(resourceId)) this.policies.delete(policyArn(policy));
    this.targets.delete(resourceId);
  }

  putPolicy(policy: Policy): void {
    this.save('policy', policy.ResourceId, policy.PolicyName, policy);
    this.policies.set(policyArn(policy), policy);
  }

  clear(): void {
    this.database.exec('DELETE FROM scalable');
    this.targets.clear();
    this.policies.clear();
  }

  close(): void {
    this.database.close();
  }

  private save(kind: string, resourceId: string, name: string, content: object): void {
    this.database
      .prepare('INSERT OR REPLACE INTO scalable VALUES (?, ?, ?, ?)')
      .run(kind, resourceId, name, JSON.stringify(content));
  }
}

/** The same for the same name: a policy that is put again stays the one that alarms name. */
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);

export const targetArn = (resourceId: string) =>
  arn('application-autoscaling', `scalable-target/${digestOf(resourceId)}`);

export const policyArn = ({ ResourceId, PolicyName }: PolicyRequest) =>
  arn(
    'autoscaling',
    `scalingPolicy:${digestOf(`${ResourceId} ${PolicyName}`)}:resource/sagemaker/${ResourceId}:policyName/${PolicyName}`,
  );
