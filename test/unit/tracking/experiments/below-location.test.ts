import { describe, expect, it } from 'vitest';
import { belowLocation } from '../../../../functions/tracking/index.ts';

describe('an address below a location', () => {
  it.each([
    ['s3://b', 's3://b/x'],
    ['s3://b/', 's3://b/x'],
    ['S3://B/p', 's3://B/p/x'],
    ['s3://b//p/', 's3://b//p/x'],
    ['s3:///p', 's3:/p/x'],
    ['mlflow-artifacts:', 'mlflow-artifacts:x'],
    ['mlflow-artifacts:/', 'mlflow-artifacts:/x'],
    ['mlflow-artifacts:///p', 'mlflow-artifacts:/p/x'],
    ['mlflow-artifacts://h:1/p/', 'mlflow-artifacts://h:1/p/x'],
    ['dbfs:p', 'dbfs:p/x'],
    ['http:///p', 'http:///p/x'],
    ['file:/p', 'file:///p/x'],
    ['file:///p', 'file:///p/x'],
    ['x://host/db?driver=d', 'x://host/db/x?driver=d'],
    ['/p', '/p/x'],
  ])('of %s is %s', (location, below) => {
    expect(belowLocation(location, 'x')).toBe(below);
  });
});
