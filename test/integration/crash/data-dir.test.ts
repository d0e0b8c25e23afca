import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../lib/build/paths.ts';
import { LAYOUT_VERSION } from '../../../lib/local/data-dir/migrations.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const host = new TestHost();

beforeAll(async () => {
  await host.start();
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: 'kept' });
});
afterAll(() => host.stop());

/** Starts the command on a data directory and waits for its end. */
async function startOn(dataDir: string, ...flags: string[]) {
  const command = [join(ROOT, 'lib/local/cli/main.mjs'), 'start', '--data-dir', dataDir, ...flags];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => child.once('exit', resolve));
  return { code, lines: output.trim().split('\n') };
}

/** Every file with its size and the time it was changed. */
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const schedulerOf = ({ awsUrl }: TestHost) =>
  new SchedulerClient({ ...LOCAL_CLIENT, endpoint: awsUrl });

/** Makes a schedule for a day that is far away. */
async function schedule(name: string): Promise<void> {
  const client = schedulerOf(host);
  await client.send(
    new CreateScheduleCommand({
      Name: name,
      ScheduleExpression: 'at(2099-01-01T00:00:00)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: 'arn:aws:lambda:us-east-1:000000000000:function:slipway-dev-events',
        RoleArn: 'arn:aws:iam::000000000000:role/r',
      },
    }),
  );
  client.destroy();
}

describe('a data directory', () => {
  it('that another host has is refused, and that host goes on', async () => {
    const second = await startOn(host.dataDir, '--port', '0');
    expect(second).toEqual({
      code: 1,
      lines: [expect.stringContaining(`${host.dataDir} is in use by another process`)],
    });
    const { body } = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    expect(body).toMatchObject({ registered_model: { name: 'kept' } });
  });

  it('is taken over at once from a host that was killed', async () => {
    await host.kill();
    await host.start();
    const { body } = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    expect(body).toMatchObject({ registered_model: { name: 'kept' } });
  });

  it('of a newer layout is refused with one line, and nothing in it is changed', async () => {
    await host.halt();
    const file = join(host.dataDir, 'version');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, String(LAYOUT_VERSION + 1));
    const before = filesOf(host.dataDir);
    const refused = await startOn(host.dataDir, '--port', '0');
    expect(refused).toEqual({
      code: 1,
      lines: [expect.stringMatching(/was written by a newer Slipway/)],
    });
    expect(filesOf(host.dataDir)).toEqual(before);
    writeFileSync(file, version);
    await host.start();
    const { body } = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    expect(body).toMatchObject({ registered_model: { name: 'kept' } });
  });

  it('of the first layout is backed up and migrated, and has everything that it had', async () => {
    await schedule('yearly');
    await host.kill();
    const database = new DatabaseSync(join(host.dataDir, 'scheduler.db'));
    database.exec("UPDATE schedules SET name = replace(name, 'default/', '')");
    database.close();
    writeFileSync(join(host.dataDir, 'version'), '1');

    await host.start();
    const client = schedulerOf(host);
    const { Schedules = [] } = await client.send(
      new ListSchedulesCommand({ NamePrefix: 'yearly' }),
    );
    client.destroy();
    expect(Schedules).toMatchObject([{ Name: 'yearly', GroupName: 'default' }]);
    const { body } = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    expect(body).toMatchObject({ registered_model: { name: 'kept' } });
    const told = new RegExp(
      `had layout 1 and has ${LAYOUT_VERSION} now; as it was, it is in (\\S+)`,
    );
    const backup = told.exec(host.output)?.[1] ?? '';

    // The backup is a data directory by itself, with the same in it.
    const restored = new TestHost({ dataDir: backup });
    await restored.start();
    const kept = await restored.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    await restored.stop();
    expect(kept.body).toMatchObject({ registered_model: { name: 'kept' } });
  });

  it('with a damaged log is taken up to the damage, which is told and kept', async () => {
    await schedule('lost');
    await host.kill();
    const log = join(host.dataDir, 'scheduler.db-wal');
    const bytes = readFileSync(log);
    writeFileSync(log, bytes.fill(0xa5, 100, 200));

    await host.start();

    const told = /(\S+) was damaged: [1-9]\d* or more .* kept as (\S+)/.exec(host.output);
    expect(told?.slice(1)).toEqual([log, `${log}.damaged`]);
    expect(readFileSync(`${log}.damaged`).equals(bytes)).toBe(true);
    await schedule('later');
    const { body } = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    expect(body).toMatchObject({ registered_model: { name: 'kept' } });
  });

  it('of which a database was cut short is refused with its name, and begins again when it is put back', async () => {
    await host.halt();
    const file = join(host.dataDir, 'dynamodb.db');
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    expect(await startOn(host.dataDir, '--port', '0')).toEqual({
      code: 1,
      lines: [expect.stringMatching(/is damaged \(dynamodb\.db: .*\): put back .* from a backup$/)],
    });
    writeFileSync(file, whole);
    await host.start();
    const { body } = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=kept');
    expect(body).toMatchObject({ registered_model: { name: 'kept' } });
  });

  it('that is removed under a running host ends it, instead of its answers being lost', async () => {
    const { pid, dataDir } = host;
    rmSync(dataDir, { recursive: true });
    await expect.poll(() => runs(pid)).toBe(false);
    expect(host.output).toContain(`slipway: ${dataDir} was removed or moved`);
  });
});
