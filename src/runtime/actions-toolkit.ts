/**
 * The parts of GitHub's toolkit that only some runs need, as a bundle of its own: with the HTTP client that they all
 * bring along they are larger than everything else, and would take longer to load than most actions take.
 */
export { getOctokit } from '@actions/github';
export { HttpClient } from '@actions/http-client';
export { cacheDir, cacheFile, extractTar, find } from '@actions/tool-cache';
