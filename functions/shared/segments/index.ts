export {
  finishCompaction,
  listCompaction,
  planCompaction,
  type SegmentKind,
} from './compaction.ts';
export {
  type Manifest,
  type ManifestPlace,
  readManifest,
  readManifestAnd,
  replaceManifest,
  type SegmentEntry,
} from './manifest-store.ts';
export {
  deleteSegmentItem,
  MAX_SEGMENT,
  putSegmentItem,
  readSegmentItems,
  type SegmentItem,
} from './segment-item-store.ts';
export { StaleListing, withFreshListing } from './stale-listing.ts';
