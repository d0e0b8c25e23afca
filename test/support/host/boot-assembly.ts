import { parseArgs } from 'node:util';
import { startHost } from '../../../lib/local/host.ts';
import { UnsupportedError } from '../../../lib/local/shared/properties.ts';

/**
 * `boot-assembly.ts --assembly DIR --data-dir DIR`: starts a host on any assembly and stops it again;
 * a refusal is printed as the command prints it.
 */
const { values } = parseArgs({
  options: { assembly: { type: 'string' }, 'data-dir': { type: 'string' } },
});
try {
  const host = await startHost({
    assembly: values.assembly ?? '',
    dataDir: values['data-dir'] ?? '',
    host: '127.0.0.1',
    port: 0,
    awsPort: 0,
    auth: 'none',
    resettable: false,
    onCrash: (error) => {
      throw error;
    },
  });
  await host.stop();
  process.exit(0);
} catch (error) {
  if (!(error instanceof UnsupportedError)) throw error;
  console.error(error.message);
  process.exit(1);
}
