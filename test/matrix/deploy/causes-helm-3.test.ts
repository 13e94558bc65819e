import { describeCauses } from '../../support/deploy-causes-suite.js';

describeCauses('3');
