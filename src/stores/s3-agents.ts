import https from 'node:https';
import tls from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

export interface S3Agents {
  readonly httpAgent?: HttpsProxyAgent<string>;
  readonly httpsAgent?: https.Agent | HttpsProxyAgent<string>;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * What the SDK sends its requests with, where its own will not do: it knows neither the proxy of `https_proxy`, `http_proxy`
 * and `no_proxy` nor certificates other than Node's.
 * @param server the address that decides about the proxy.
 * @param certificates more that are trusted, PEM; empty for none.
 */
export function createAgents(server: string, certificates: string): S3Agents {
  const { hostname } = new URL(server);
  const proxy = LOOPBACK.test(hostname) ? '' : getProxyForUrl(server);
  const trusted = certificates === '' ? {} : { ca: [...tls.rootCertificates, certificates] };
  if (proxy === '') return certificates === '' ? {} : { httpsAgent: new https.Agent({ keepAlive: true, ...trusted }) };
  const agent = new HttpsProxyAgent(proxy, { keepAlive: true, ...trusted });
  // Those were for the proxy itself; these are for what is behind it.
  Object.assign(agent.options, trusted);
  return { httpAgent: agent, httpsAgent: agent };
}
