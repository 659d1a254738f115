import { packetsSuite } from './packets.suite';
import { scansSuite } from './scans.suite';
import { trackingSuite } from './tracking.suite';

packetsSuite('nft');
trackingSuite('nft');
scansSuite('nft');
