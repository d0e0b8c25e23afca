export { type ArtifactLocation, artifactLocation } from './artifact-location.ts';
export { type FileInfo, listArtifacts, readArtifact } from './artifact-store.ts';
export { listRunFiles } from './list-files.ts';
