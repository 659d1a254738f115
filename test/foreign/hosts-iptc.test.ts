import { hostsSuite } from './hosts.suite';

hostsSuite('iptc');
