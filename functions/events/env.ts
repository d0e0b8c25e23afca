import { defineFunctions, type Trigger } from '../shared/declare.ts';

/** New outbox rows of a table; everything else in its stream is somebody else's business. */
const outboxOf = (stream: 'tracking' | 'registry' | 'platform'): Trigger => ({
  stream,
  filter: {
    eventName: ['INSERT'],
    dynamodb: { NewImage: { type: { S: ['outbox'] } } },
  },
  batchSize: 100,
});

export const eventsFunctions = defineFunctions({
  events: {
    entry: 'functions/events/events.lambda.ts',
    purpose: 'Reads the audit log; it can change nothing.',
    memoryMb: 256,
    timeoutSeconds: 29,
    environment: { PLATFORM_TABLE: { table: 'platform', access: 'read' } },
  },
  'events-relay': {
    entry: 'functions/events/relay.lambda.ts',
    purpose:
      'Takes events from the outbox to the audit log and the bus; the only one that may publish.',
    memoryMb: 512,
    timeoutSeconds: 60,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      EVENT_BUS: { bus: true },
    },
    triggers: [outboxOf('tracking'), outboxOf('registry'), outboxOf('platform')],
  },
});
