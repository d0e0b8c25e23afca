import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
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
