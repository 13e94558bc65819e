import { HelmCdError } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { RegistryCopy } from '../registry/copy.js';
import { claimTag, confirmClaims } from './oci-claim.js';
import { OciProgress } from './oci-progress.js';
import { problemsOf } from './oci-read-back.js';
import { refuseConflict, type OciRepository, type TaggedChart } from './oci-repository.js';
import { waitUntilVisible } from './read-back.js';
import type { CopiedChart, PublishedChart, PublishOptions } from './store.js';

/** The manifest of a chart, which must still be the one that was read. */
async function sourceOf(source: OciRepository, { metadata, digest }: PackedChart): Promise<TaggedChart> {
  const tagged = await source.tagged(metadata.version);
  const url = source.addressOf(metadata.version);
  if (tagged === undefined) throw new HelmCdError('not-found', `${url} is not there any more.`);
  if (tagged.chart === digest) return tagged;
  throw new HelmCdError('conflict', `${url} was changed while it was read: from ${digest} to ${tagged.chart}.`, {
    hint: 'Somebody has overwritten a published version. Find out which one is right.',
  });
}

/**
 * Copies a chart from one OCI repository to another with the very bytes of its manifest, so that whatever refers to the
 * manifest's digest, such as a signature, is true of the copy, too; and copies that as well. The order is blobs, manifest
 * (by its digest), referrers, and the tag at last: who sees the version finds its signatures.
 * @throws HelmCdError as `ChartStore.publish` does.
 */
export async function copyChart(
  source: OciRepository,
  target: OciRepository,
  chart: PackedChart,
  options: PublishOptions,
  services: Pick<Services, 'clock' | 'log'>,
): Promise<CopiedChart> {
  const { manifest, provenance } = await sourceOf(source, chart);
  const planned = refuseConflict(await target.planned(chart));
  const there = planned.state === 'already-published' ? await target.tagged(chart.metadata.version) : undefined;
  const copy = new RegistryCopy(source.client, target.client);
  if (there !== undefined && there.manifest.digest !== manifest.digest) {
    const warning = `${planned.url} has the same archive, but not by the same manifest (${there.manifest.digest}, in the source ${manifest.digest}): signatures of the source's manifest do not hold there.`;
    return { ...planned, manifest: there.manifest.digest, ...copy.report, warnings: [warning] };
  }

  const progress = new OciProgress();
  let published: PublishedChart;
  try {
    await copy.manifest(manifest);
    progress.upload(chart);
    await copy.referrersOf(manifest.digest);
    const claimed = await claimTag(target, chart, manifest.bytes, () => copy.blobs(manifest, true), services);
    progress.tag(chart);
    ({ published } = claimed);
    const claims = claimed.claim === undefined ? [] : [claimed.claim];
    await confirmClaims(claims, services, () => progress.lose(chart));
  } catch (error) {
    throw progress.tellWith(error);
  }
  const expected = { repository: target, chart, manifest: manifest.digest, signed: provenance !== undefined };
  const problems = async () => {
    const { descriptors } = await target.client.referrers(manifest.digest);
    const wanted = (await source.client.referrers(manifest.digest)).descriptors;
    const missing = wanted.filter((one) => !descriptors.some(({ digest }) => digest === one.digest));
    const unseen = missing.map(({ digest }) => `The referrer ${digest} is not listed there.`);
    return [...(await problemsOf(expected)), ...unseen];
  };
  await waitUntilVisible(target.parent, problems, options.verifyTimeoutMs, services);
  return { ...published, manifest: manifest.digest, ...copy.report };
}
