import type { ModelVersion } from '../versions/model-version.ts';
import type { Searchable } from './searchable.ts';

/** A version with what filters and orders look at. */
export interface FoundVersion extends Searchable {
  readonly version: ModelVersion;
}

export const toFound = (version: ModelVersion): FoundVersion => ({
  version,
  tags: version.tags,
  attributes: {
    name: version.name,
    version_number: version.version,
    run_id: version.run_id ?? '',
    source_path: version.source,
    creation_timestamp: version.creation_timestamp,
    last_updated_timestamp: version.last_updated_timestamp,
  },
});
