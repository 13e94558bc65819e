import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { readFile } from 'node:fs/promises';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import type * as s3Sdk from './s3-sdk.js';
import type { StoreAccess } from './store.js';

export type S3Sdk = typeof s3Sdk;

const DEFAULT_REGION = 'us-east-1';
const ATTEMPTS = 5;

export interface S3Timeouts {
  readonly connectMs: number;
  /** Until an answer begins. */
  readonly answerMs: number;
  /** Without a byte in either direction. */
  readonly idleMs: number;
}

const TIMEOUTS: S3Timeouts = { connectMs: 5000, answerMs: 60_000, idleMs: 30_000 };

export interface S3Location {
  readonly bucket: string;
  /** Without slashes around it; may be empty. */
  readonly prefix: string;
}

/** @throws HelmCdError `input` for what is no `s3://bucket/prefix`. */
export function parseS3Url(url: string): S3Location {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?$/.exec(url);
  if (match === null) {
    throw new HelmCdError('input', `"${url}" is no place in S3.`, {
      hint: 'Write s3://bucket/prefix; a bucket has 3 to 63 lower-case letters, digits, dots and dashes.',
    });
  }
  return { bucket: match[1] ?? '', prefix: (match[2] ?? '').replace(/^\/+|\/+$/g, '') };
}

/** The SDK's settings: from the inputs and the usual variables, and else what it finds itself. */
function clientConfig(access: StoreAccess, environment: Services['environment']): S3ClientConfig {
  const variable = (name: string) => environment[name] || undefined;
  const endpoint = access.endpointUrl || variable('AWS_ENDPOINT_URL_S3') || variable('AWS_ENDPOINT_URL');
  const region = access.region || variable('AWS_REGION') || variable('AWS_DEFAULT_REGION');
  const accessKeyId = variable('AWS_ACCESS_KEY_ID');
  const secretAccessKey = variable('AWS_SECRET_ACCESS_KEY');
  const sessionToken = variable('AWS_SESSION_TOKEN');
  return {
    maxAttempts: ATTEMPTS,
    ...(region === undefined ? {} : { region }),
    // Servers other than Amazon's know neither bucket host names nor checksums behind the body.
    ...(endpoint === undefined
      ? { followRegionRedirects: true }
      : {
          endpoint,
          forcePathStyle: true,
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  };
}

/**
 * A client of S3 or of a compatible server. Nothing is sent yet. Credentials that the variables do not hold come from the
 * SDK's own chain: a web identity, a container's or a machine's role, a profile.
 */
export async function openS3Client(
  sdk: S3Sdk,
  access: StoreAccess,
  environment: Services['environment'],
  { connectMs, answerMs, idleMs }: S3Timeouts = TIMEOUTS,
): Promise<S3Client> {
  const config = clientConfig(access, environment);
  // A profile may name one; only if it does not, the default is taken.
  const region = config.region ?? (await new sdk.S3Client(config).config.region().catch(() => DEFAULT_REGION));
  const requestHandler = {
    ...sdk.createAgents(
      typeof config.endpoint === 'string' ? config.endpoint : `https://s3.${String(region)}.amazonaws.com`,
      await readCertificates(environment['AWS_CA_BUNDLE'] ?? ''),
    ),
    connectionTimeout: connectMs,
    requestTimeout: answerMs,
    // Otherwise it would only write a warning.
    throwOnRequestTimeout: true,
    socketTimeout: idleMs,
  };
  return new sdk.S3Client({ ...config, region, requestHandler });
}

/** @param file as AWS_CA_BUNDLE names it; empty for none. */
async function readCertificates(file: string): Promise<string> {
  if (file === '') return '';
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HelmCdError('file', `AWS_CA_BUNDLE cannot be read: ${messageOf(cause)}`, { cause });
  });
}
