/**
 * Stands in for the SDK's event streams in every bundle: no function calls an operation that sends or
 * answers with one (`SelectObjectContent`, `InvokeWithResponseStream`), and they are 14 KiB of each.
 */
const refuse = (): never => {
  throw new Error(
    'Event streams are not in the bundles: see lib/build/small-bundles/no-event-streams.ts',
  );
};

export const eventStreamSerdeProvider = refuse;

export class EventStreamSerde {
  constructor() {
    refuse();
  }
}

/** Clients pass their configuration through this when they are made: it stays as it is. */
export const resolveEventStreamSerdeConfig = <T>(config: T): T => config;
