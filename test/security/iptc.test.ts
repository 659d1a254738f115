import { packetsSuite } from './packets.suite';
import { scansSuite } from './scans.suite';
import { trackingSuite } from './tracking.suite';

packetsSuite('iptc');
trackingSuite('iptc');
scansSuite('iptc');
