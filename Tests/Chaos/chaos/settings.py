"""Where stack.sh keeps things, and how long things may take."""
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[3]
STATE = pathlib.Path('/var/lib/apus')
STACK = STATE / 'stack'
RUN = pathlib.Path('/run/apus')
LOGS = pathlib.Path('/var/log/apus')
SETTINGS = pathlib.Path('/etc/apus')
APUS = '/opt/apus-stack/bin/apus'
DATABASE_SOCKET = STACK / 'services/mariadb/mariadb.sock'
IMAGE_CACHE = STATE / 'compute-agent/images'

DAEMONS = ['identity', 'image', 'block-storage', 'network', 'scheduler', 'conductor', 'compute-api',
           'compute-agent']
SERVICES = ['rabbitmq', 'mariadb', 'memcached', 'libvirtd', 'tgtd', 'ovn-northd', 'ovn-nb', 'ovn-sb',
            'ovsdb-server']

# Seconds from the last restart until every operation has ended.
LIMIT = 30
# Names of what we make in the cloud.
PREFIX = 'chaos-'
