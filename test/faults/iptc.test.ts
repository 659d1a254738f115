import { connectionFaultSuite } from './connections.suite';
import { faultSuite } from './suite';
import { watchFaultSuite } from './watch.suite';

faultSuite('iptc');
connectionFaultSuite('iptc');
watchFaultSuite('iptc');
