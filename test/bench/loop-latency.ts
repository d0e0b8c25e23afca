import { TestHost } from '../support/host.ts';

const VERSIONS = 30;

interface TimedEvent {
  readonly type: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Milliseconds from a version's registration to its verdict, by the audit log, one after another. */
export async function registeredToValidated(): Promise<number[]> {
  const host = new TestHost();
  await host.start();
  try {
    await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: 'm' });
    const policy = { validation: { mode: 'enabled' } };
    await host.call('PUT', '/api/slipway/v1/models/m/policy', policy);
    for (let version = 1; version <= VERSIONS; version++) {
      const source = 'mlflow-artifacts:/0/none/artifacts/model';
      await host.call('POST', '/api/2.0/mlflow/model-versions/create', { name: 'm', source });
      await host.waitFor('ModelVersionValidated', { version: String(version) });
    }
    const events = (await host.events()) as unknown as TimedEvent[];
    const at = (type: string, version: string) =>
      Date.parse(events.find((e) => e.type === type && e.data.version === version)?.time ?? '');
    return Array.from({ length: VERSIONS }, (_, i) => {
      const version = String(i + 1);
      return at('ModelVersionValidated', version) - at('ModelVersionRegistered', version);
    });
  } finally {
    await host.stop();
  }
}
