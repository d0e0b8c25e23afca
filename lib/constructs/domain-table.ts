import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { IndexDeclaration, TableDeclaration } from '../../functions/shared/declare.ts';
import type { Environment } from '../environments.ts';

/** A table as its domain declares it: on demand, recoverable to any second of the last 35 days. */
export class DomainTable extends TableV2 {
  constructor(scope: Construct, declaration: TableDeclaration, environment: Environment) {
    super(scope, `${declaration.name}-table`, {
      tableName: `slipway-${environment.name}-${declaration.name}`,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: environment.retainData,
      removalPolicy: environment.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(declaration.stream && { dynamoStream: StreamViewType.NEW_IMAGE }),
      ...(declaration.ttl && { timeToLiveAttribute: declaration.ttl }),
      globalSecondaryIndexes: Object.entries(declaration.indexes).map(([name, index]) =>
        globalIndex(name, index),
      ),
    });
  }
}

const CHANGES = ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'];
const ADDITIONS = ['PutItem', 'PartiQLInsert'];

/**
 * Makes rows append-only by the table's own policy, which outweighs the permissions of every role: nobody changes
 * or deletes them, and one role alone puts them. Rows that expire are still removed, by DynamoDB itself.
 */
export function keepAppendOnly(table: TableV2, rows: readonly string[], writer: IRole): void {
  const refuse = (actions: readonly string[], others: object = {}) =>
    table.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: actions.map((action) => `dynamodb:${action}`),
        // The table that the policy belongs to: its name would be a circle.
        resources: ['*'],
        conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': rows }, ...others },
      }),
    );
  refuse(CHANGES);
  refuse(ADDITIONS, { ArnNotEquals: { 'aws:PrincipalArn': writer.roleArn } });
}

function globalIndex(indexName: string, index: IndexDeclaration) {
  const attribute = (name: string) => ({
    name,
    type: index.numbers?.includes(name) ? AttributeType.NUMBER : AttributeType.STRING,
  });
  const { projection } = index;
  return {
    indexName,
    partitionKey: attribute(index.partitionKey),
    ...(index.sortKey && { sortKey: attribute(index.sortKey) }),
    ...(typeof projection === 'string'
      ? { projectionType: ProjectionType[projection] }
      : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...projection] }),
  };
}
