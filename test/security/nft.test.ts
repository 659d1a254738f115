import { packetsSuite } from './packets.suite';
import { trackingSuite } from './tracking.suite';

packetsSuite('nft');
trackingSuite('nft');
