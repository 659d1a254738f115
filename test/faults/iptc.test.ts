import { connectionFaultSuite } from './connections.suite';
import { faultSuite } from './suite';

faultSuite('iptc');
connectionFaultSuite('iptc');
