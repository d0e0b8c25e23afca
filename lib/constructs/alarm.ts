import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** Sections of `docs/runbook.md`; an alarm's description leads to its section. */
export type RunbookSection =
  | 'dead-letters'
  | 'function-errors'
  | 'function-throttles'
  | 'relay-age'
  | 'execution-failed'
  | 'notifications-failed';

const RUNBOOK = 'docs/runbook.md';

/** An alarm on one datum above the threshold, with the runbook's section in its description. */
export function alarm(
  scope: Construct,
  id: string,
  options: { metric: IMetric; threshold: number; what: string; section: RunbookSection },
): Alarm {
  return new Alarm(scope, id, {
    metric: options.metric,
    threshold: options.threshold,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: `${options.what} Runbook: ${RUNBOOK}#${options.section}`,
  });
}
