/** `/docs`: the API's description as pages, by swagger-ui. */
import express, { type Router } from 'express';
import helmet from 'helmet';
// Not the package itself: that loads the whole user interface into the server.
import absolutePath from 'swagger-ui-dist/absolute-path.js';

const INITIALIZER = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'StandaloneLayout',
  });
};
`;

/** The pages load nothing from elsewhere. */
export function docsRouter(): Router {
  const router = express.Router();
  router.use(
    helmet({
      // The server may be plain HTTP on an internal address: nothing may be turned into HTTPS.
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
      strictTransportSecurity: false,
    }),
  );
  // The package's own initializer shows a sample of its maker's.
  router.get('/swagger-initializer.js', (_request, response) => {
    response.type('application/javascript').send(INITIALIZER);
  });
  router.use(express.static(absolutePath()));
  return router;
}
