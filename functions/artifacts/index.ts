export { artifactLocation } from './artifact-location.ts';
export { checkArtifactPath } from './artifact-path.ts';
export { readArtifact } from './artifact-store.ts';
export { download } from './download.ts';
export { listRunFiles } from './list-files.ts';
export { signatureInputs } from './model-signature.ts';
