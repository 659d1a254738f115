import { connectionFaultSuite } from './connections.suite';
import { faultSuite } from './suite';
import { watchFaultSuite } from './watch.suite';

faultSuite('nft');
connectionFaultSuite('nft');
watchFaultSuite('nft');
