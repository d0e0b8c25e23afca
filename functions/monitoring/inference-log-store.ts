import {
  clientRequestKey,
  LOG_SHARDS,
  type LogRow,
  labelColumns,
  labelSortKey,
  logPartition,
  requestSortKey,
  seriesOf,
  shardOf,
  timeOfRequest,
} from '../serving/index.ts';
import {
  batchGet,
  conditionHeld,
  getItem,
  type Key,
  queryAll,
  queryPage,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { windowAt } from '../shared/time-window.ts';
import type { Label } from './labels/label.ts';
import { platformTableName } from './windows/window-store.ts';

const shards = Array.from({ length: LOG_SHARDS }, (_, shard) => shard);

export interface WindowLog {
  readonly requests: LogRow[];
  readonly labels: Label[];
}

/** Every row and every label of a window. */
export async function readWindowLog(series: string, window: string): Promise<WindowLog> {
  const requests: LogRow[] = [];
  const labels: Label[] = [];
  await Promise.all(
    shards.map(async (shard) => {
      const rows = queryAll<LogRow | (Label & { type: 'label' })>({
        table: platformTableName(),
        condition: 'pk = :pk',
        values: { ':pk': logPartition(series, window, shard) },
      });
      for await (const row of rows) {
        if (row.type === 'log') requests.push(row);
        else labels.push(row);
      }
    }),
  );
  return { requests, labels };
}

/**
 * Requests of a window, `limit` at most and the newest of each shard: of a busy window no more is read
 * than is wanted. Shards are drawn by a hash of the request, so each has its share. `more`: there are others.
 */
export async function readNewestRequests(
  series: string,
  window: string,
  limit: number,
): Promise<{ readonly requests: LogRow[]; readonly more: boolean }> {
  const share = Math.floor(limit / LOG_SHARDS);
  let more = false;
  const readShard = async (shard: number) => {
    const found: LogRow[] = [];
    const rows = queryAll<LogRow>({
      table: platformTableName(),
      condition: 'pk = :pk AND begins_with(sk, :request)',
      values: { ':pk': logPartition(series, window, shard), ':request': requestSortKey('') },
      descending: true,
      limit: share + 1,
    });
    for await (const row of rows) {
      if (found.length === share) {
        more = true;
        break;
      }
      found.push(row);
    }
    return found;
  };
  const found = await Promise.all(shards.map(readShard));
  return { requests: found.flat(), more };
}

/** Labels of requests, by what repeated requests have in common. */
export async function labelsOf(requests: readonly LogRow[]): Promise<Map<string, Label>> {
  const keys = new Map(
    requests.map((row) => [identityOf(row), { pk: row.pk, sk: labelSortKey(identityOf(row)) }]),
  );
  const labels = await batchGet<Label>(platformTableName(), [...keys.values()]);
  return new Map(labels.map((label) => [label.identity, label]));
}

export const identityOf = ({
  clientRequestId,
  databricksRequestId,
}: Pick<LogRow, 'clientRequestId' | 'databricksRequestId'>): string =>
  clientRequestId ?? databricksRequestId;

/** The request with this id of ours; the id tells its time, and that its window. */
export async function findRequest(
  endpoint: { readonly id: string; readonly granularities: readonly string[] },
  requestId: string,
): Promise<LogRow | undefined> {
  const time = timeOfRequest(requestId);
  if (time === undefined) return undefined;
  const keys = endpoint.granularities.flatMap((granularity) => {
    const series = seriesOf(endpoint.id, granularity);
    const { id } = windowAt(time, granularity);
    return shards.map((shard) => ({
      pk: logPartition(series, id, shard),
      sk: requestSortKey(requestId),
    }));
  });
  const [row] = await batchGet<LogRow>(platformTableName(), keys);
  return row;
}

/** A request with this id of the caller's; repeated requests share window and shard. */
export async function findClientRequest(
  endpointId: string,
  clientRequestId: string,
): Promise<LogRow | undefined> {
  const page = await queryPage<Key>({
    table: platformTableName(),
    index: 'byClientRequest',
    condition: 'clientRequest = :id',
    values: { ':id': clientRequestKey(endpointId, clientRequestId) },
    limit: 1,
  });
  const [found] = page.items;
  return found && getItem<LogRow>(platformTableName(), { pk: found.pk, sk: found.sk });
}

/**
 * Stores a label beside its request; false when the very same label was there already. A correction
 * changes value and time only: a rollout that has counted the label does not count it again.
 */
export async function putLabel(request: LogRow, label: Label): Promise<boolean> {
  const table = platformTableName();
  const pk = logPartition(request.series, request.window, shardOf(label.identity));
  const key = { pk, sk: labelSortKey(label.identity) };
  const { series, endpoint, window } = request;
  const first = { ...key, type: 'label', series, endpoint, window, ...labelColumns(request) };
  const correction: Write = {
    key,
    table,
    update: 'SET #label = :label, #time = :time',
    condition: '#label <> :label OR #time <> :time',
    names: { '#label': 'label', '#time': 'time' },
    values: { ':label': label.label, ':time': label.time },
  };
  return (
    (await conditionHeld(
      writeOne({
        put: { ...first, ...label },
        table,
        condition: 'attribute_not_exists(pk)',
      }),
    )) || conditionHeld(writeOne(correction))
  );
}
