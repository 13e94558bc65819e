import { randomUUID } from 'node:crypto';
import { HelmCdError } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import type { WebAnswer } from '../core/ports.js';
import { isWebPage, saidIn } from './http-answer.js';
import type { HttpClient } from './http-client.js';
import type { HttpReader } from './http-reader.js';

/** What became of an upload. `exists`: a file of that name is there, and was left as it is. */
export type Uploaded = 'saved' | 'exists';

/** The parts of a form as RFC 7578 has it. */
function multipart(parts: readonly { name: string; file: string; bytes: Uint8Array }[]) {
  const boundary = `helm-cd-${randomUUID()}`;
  const chunks = parts.flatMap(({ name, file, bytes }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${file}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    bytes,
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

function isChartList({ status, body }: WebAnswer): boolean {
  if (status !== 200) return false;
  try {
    const data: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return data !== null && typeof data === 'object' && !Array.isArray(data);
  } catch {
    return false;
  }
}

/**
 * ChartMuseum's API for one of its repositories (https://chartmuseum.com/docs/): uploads and deletions. `?force` is never
 * used: what is there stays.
 */
export class ChartMuseumApi {
  private readonly client: HttpClient;
  private readonly reader: HttpReader;
  private located: Promise<string> | undefined;

  constructor(client: HttpClient, reader: HttpReader) {
    this.client = client;
    this.reader = reader;
  }

  /**
   * Where the API is: `api` stands between the path that the server is at (its own context path, or a proxy's) and the
   * repository's, which one URL does not tell apart. The server says its context path in the index; else it is asked.
   */
  private base(): Promise<string> {
    this.located ??= this.locate();
    return this.located;
  }

  private async locate(): Promise<string> {
    const { origin, path } = this.client.location;
    const at = (length: number) =>
      [origin, ...[...path.slice(0, length), 'api', ...path.slice(length)].map(encodeURIComponent)].join('/');
    if (path.length === 0) return at(0);
    const context = (await this.reader.index()).contextPath.split('/').filter((part) => part !== '');
    if (context.length > 0 && context.every((part, index) => part === path[index])) return at(context.length);
    let refusal: HelmCdError | undefined;
    for (let length = 0; length <= path.length; length++) {
      const url = `${at(length)}/charts`;
      const answer = await this.client.get(`${url}?limit=1`);
      if (isChartList(answer)) return at(length);
      if (answer.status === 401 || answer.status === 403) {
        refusal ??= this.client.failure(answer, url, 'cannot be read');
      }
    }
    throw refusal ?? this.missing(`${at(0)}/charts`);
  }

  private missing(url: string): HelmCdError {
    return new HelmCdError('unsupported', `There is no API of ChartMuseum at ${url}: nothing can be published there.`, {
      hint: 'It may run with --disable-api (DISABLE_API=true), a proxy may hide /api, or the URL names no repository of it.',
    });
  }

  /** Uploads the archive; with its provenance in the same request, so that neither is there without the other. */
  async upload(chart: PackedChart, withProvenance: boolean): Promise<Uploaded> {
    const file = archiveName(chart.metadata);
    const { provenance } = chart;
    const url = `${await this.base()}/charts`;
    const content =
      withProvenance && provenance !== undefined
        ? multipart([
            { name: 'chart', file, bytes: chart.bytes },
            { name: 'prov', file: `${file}.prov`, bytes: provenance },
          ])
        : { body: chart.bytes, contentType: 'application/gzip' };
    return this.uploaded(await this.client.send({ method: 'POST', url, ...content }), url, file, chart.bytes.length);
  }

  /** Uploads a provenance file for an archive that is there. Its name is made by the server, of its content. */
  async uploadProvenance(provenance: Uint8Array, file: string): Promise<Uploaded> {
    const url = `${await this.base()}/prov`;
    const answer = await this.client.send({
      method: 'POST',
      url,
      contentType: 'application/pgp-signature',
      body: provenance,
    });
    return this.uploaded(answer, url, file, provenance.length);
  }

  private uploaded(answer: WebAnswer, url: string, file: string, size: number): Uploaded {
    const { status } = answer;
    if (status === 409) return 'exists';
    if ((status === 201 || status === 200) && !isWebPage(answer)) return 'saved';
    const said = saidIn(answer);
    const words = said === '' ? '' : ` ${said}`;
    if (status === 404 || status === 405) throw this.missing(url);
    if (status === 413) {
      throw new HelmCdError('refused', `${file} (${size} bytes) is larger than ${url} takes:${words} (HTTP 413).`, {
        hint: 'Raise --max-upload-size of ChartMuseum (20 MB by default) and the limit of the proxy before it, or leave large files out by .helmignore.',
      });
    }
    if (status === 507) {
      throw new HelmCdError('refused', `${url} has no room for ${file}:${words} (HTTP 507).`, {
        hint: 'Raise --max-storage-objects of ChartMuseum, or prune old versions.',
      });
    }
    if (status === 200 || status === 201) {
      throw new HelmCdError('unreachable', `${url} gives ${said} in place of an answer to the upload of ${file}.`, {
        hint: 'Is there a login or a proxy in front of ChartMuseum?',
      });
    }
    throw this.client.failure(answer, url, `does not take ${file}`);
  }

  /**
   * Deletes one version, archive and provenance.
   * @returns false when it was not there.
   * @throws HelmCdError `unsupported` when the server lets nothing be deleted.
   */
  async delete(name: string, version: string): Promise<boolean> {
    const url = `${await this.base()}/charts/${encodeURIComponent(name)}/${encodeURIComponent(version)}`;
    const answer = await this.client.send({ method: 'DELETE', url });
    if (answer.status === 200 || answer.status === 204) return true;
    if (answer.status === 404) return false;
    if (answer.status === 405 || answer.status === 501) {
      throw new HelmCdError(
        'unsupported',
        `${url} cannot be deleted: the server allows no deletion (HTTP ${answer.status}).`,
        {
          hint: 'It runs with --disable-delete (DISABLE_DELETE=true), or a proxy forbids it.',
        },
      );
    }
    throw this.client.failure(answer, url, 'cannot be deleted');
  }
}
