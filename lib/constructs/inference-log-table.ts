import { Aws } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { LOG_COLUMNS, LOG_TABLE_PREFIX, type LogColumn } from '../../functions/monitoring/table.ts';

const ATHENA_TYPES: Readonly<Record<LogColumn['type'], string>> = {
  STRING: 'string',
  INT32: 'int',
  INT64: 'bigint',
  DOUBLE: 'double',
  TIMESTAMP: 'timestamp',
};

/**
 * The inference log for Athena: a table over the files that `inference-log-table` writes. Partitions
 * are projected from their names, so none has to be registered; queries name the endpoint.
 */
export class InferenceLogTable extends Construct {
  constructor(scope: Construct, prefix: string, bucket: Bucket) {
    super(scope, 'inference-log-table');
    const databaseName = prefix.replaceAll('-', '_');
    const database = new CfnDatabase(this, 'database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name: databaseName, description: 'Tables of Slipway.' },
    });
    const location = `s3://${bucket.bucketName}/${LOG_TABLE_PREFIX}`;
    const table = new CfnTable(this, 'table', {
      catalogId: Aws.ACCOUNT_ID,
      databaseName,
      tableInput: {
        name: 'inference_log',
        description: 'Every request that endpoints answered, with the labels that came for it.',
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: [
          { name: 'endpoint', type: 'string' },
          { name: 'day', type: 'string' },
        ],
        parameters: {
          classification: 'parquet',
          'projection.enabled': 'true',
          'projection.endpoint.type': 'injected',
          'projection.day.type': 'date',
          'projection.day.format': 'yyyy-MM-dd',
          'projection.day.range': '1970-01-01,NOW+2DAYS',
          'storage.location.template': `${location}/endpoint=\${endpoint}/day=\${day}`,
        },
        storageDescriptor: {
          columns: LOG_COLUMNS.map(({ name, type }) => ({ name, type: ATHENA_TYPES[type] })),
          location,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: {
            serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
          },
        },
      },
    });
    table.addResourceDependency(database);
  }
}
