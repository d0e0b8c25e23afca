export { type ArtifactLocation, artifactLocation } from './artifact-location.ts';
export { readArtifact } from './artifact-store.ts';
