/**
 * The part of the AWS SDK that the S3 store uses, as a bundle of its own: it is as large as all the rest together and
 * loaded only by those who publish to S3.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createAgents } from './s3-agents.js';

// Otherwise every run on Node 20 would show users a warning about later versions of the SDK, which is pinned here.
// eslint-disable-next-line no-restricted-globals -- the SDK reads it from nowhere else
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

export {
  createAgents,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
};
