/**
 * The part of the AWS SDK that the S3 store uses, as a bundle of its own: it is as large as all the rest together and
 * loaded only by those who publish to S3.
 */
export { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
