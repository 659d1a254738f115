import { connectionFaultSuite } from './connections.suite';
import { faultSuite } from './suite';

faultSuite('nft');
connectionFaultSuite('nft');
