import { faultSuite } from './suite';

faultSuite('iptc');
