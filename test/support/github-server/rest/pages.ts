import { notFound } from '../errors.js';
import { apiPath } from './present.js';
import { place, type RestOperations } from './rest.js';

export const pagesOperations: RestOperations = {
  'repos/request-pages-build': {
    needs: ['pages', 'write'],
    handle(request) {
      const site = request.repository.pages;
      if (site === undefined) throw notFound();
      site.request();
      return { status: 201, body: { url: apiPath(place(request), '/pages/builds/latest'), status: 'queued' } };
    },
  },
  'repos/get-pages': {
    needs: ['pages', 'read'],
    handle(request) {
      const { repository, call } = request;
      const site = repository.pages;
      if (site === undefined) throw notFound();
      const { branch, path, buildType, public: isPublic, url } = site.settings;
      const body = {
        url: apiPath(place(request), '/pages'),
        status: site.status,
        cname: null,
        custom_404: false,
        html_url: url ?? `${call.serverUrl}/pages/${repository.fullName}/`,
        build_type: buildType,
        source: { branch, path },
        public: isPublic,
        https_enforced: false,
      };
      return { status: 200, body };
    },
  },
};
