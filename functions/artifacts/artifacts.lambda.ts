import { jsonApi } from '../shared/http/json-api.ts';
import { guarded } from './guard-operations.ts';
import { getModelArtifact, listModelArtifacts } from './model-artifacts.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
} from './multipart-artifacts.ts';
import {
  createPresignedDownloadUrl,
  createPresignedUploadUrl,
  getPresignedDownload,
} from './presigned-artifacts.ts';
import * as proxy from './proxy-artifacts.ts';
import { artifactsRoutes } from './routes.ts';
import { getRunArtifact, listRunArtifacts, uploadRunArtifact } from './run-artifacts.ts';
import { getVersionArtifact } from './version-artifacts.ts';

export const handler = jsonApi(
  artifactsRoutes,
  'artifacts',
  guarded({
    downloadArtifact: proxy.downloadArtifact,
    uploadArtifact: proxy.uploadArtifact,
    deleteArtifacts: proxy.deleteArtifacts,
    listProxiedArtifacts: proxy.listProxiedArtifacts,
    listRunArtifacts,
    listModelArtifacts,
    getModelArtifact,
    getRunArtifact,
    getVersionArtifact,
    uploadRunArtifact,
    createMultipartUpload,
    completeMultipartUpload,
    abortMultipartUpload,
    getPresignedDownload,
    createPresignedUploadUrl,
    createPresignedDownloadUrl,
  }),
);
