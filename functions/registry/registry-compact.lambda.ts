import middy from '@middy/core';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock } from '../shared/clock.ts';
import { metered } from '../shared/metering.ts';
import { compactVersions } from './catalogue/compact-versions.ts';

export const handler = middy<DynamoDBStreamEvent, void, Error, Context>()
  .use(metered())
  .handler(async () => {
    await compactVersions(systemClock());
  });
