/**
 * AWS's list prices in us-east-1, on demand, as published in November 2026, in dollars. Discounts, free
 * tiers and other regions are the account's business: figures made of these compare, they are no bill.
 */
export const PRICES = {
  /** A request to an HTTP API and to the function behind it. */
  request: (1.0 + 0.2) / 1e6,
  /** A GB-second of an arm64 function. */
  gbSecond: 0.0000133334,
  /** A write request unit of DynamoDB: up to 1 KB. */
  writeUnit: 0.625 / 1e6,
  /** A read request unit of DynamoDB: up to 4 KB, strongly consistent. */
  readUnit: 0.125 / 1e6,
  /** A PUT of an object to S3. */
  put: 5 / 1e6,
};

/** Dollars an hour of one SageMaker instance, the same for training and for endpoints. */
const INSTANCE_HOUR: Readonly<Record<string, number>> = {
  'ml.m5.large': 0.115,
  'ml.m5.xlarge': 0.23,
  'ml.m5.2xlarge': 0.461,
  'ml.m5.4xlarge': 0.922,
  'ml.m5.12xlarge': 2.765,
  'ml.c5.xlarge': 0.204,
  'ml.c5.2xlarge': 0.408,
  'ml.c5.4xlarge': 0.816,
  'ml.c5.9xlarge': 1.836,
  'ml.g4dn.xlarge': 0.7364,
  'ml.g4dn.2xlarge': 0.94,
  'ml.g5.xlarge': 1.408,
  'ml.g5.2xlarge': 1.515,
  'ml.g5.12xlarge': 7.09,
  'ml.g5.48xlarge': 20.36,
  'ml.p3.2xlarge': 3.825,
};

/** Dollars that seconds of an instance cost; null for a type that the list does not have. */
export function instancePrice(instanceType: string, seconds: number): number | null {
  const hour = INSTANCE_HOUR[instanceType];
  return hour === undefined ? null : (hour * seconds) / 3600;
}
