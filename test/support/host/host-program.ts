import { startHost } from '../../../lib/local/host.ts';

/**
 * `slipway start` on an assembly that is not the built one:
 * `node host-program.ts ASSEMBLY DATA_DIR PORT AWS_PORT`.
 */
const [assembly = '', dataDir = '', port = '0', awsPort = '0'] = process.argv.slice(2);
process.env.TZ = 'UTC';
const host = await startHost({
  assembly,
  dataDir,
  host: '127.0.0.1',
  port: Number(port),
  awsPort: Number(awsPort),
  auth: 'none',
  resettable: false,
  onCrash: (error) => {
    console.error(error.message);
    process.exit(1);
  },
});
process.once('SIGTERM', () => void host.stop().then(() => process.exit(0)));
console.log(`AWS APIs on ${host.awsUrl}`);
console.log(`Slipway ready on ${host.url}`);
